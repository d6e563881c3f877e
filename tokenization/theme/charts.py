"""Charts as values, drawn by the server as SVG: the same for every reader, on paper too, and with their figures beside.

A chart says nothing that its table does not say exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tokenization.theme.tables import Cell, Table, table

# The plane inside the axes, in the drawing's own units; to the left of it stand the figures of the scale, with room for
# letters that are twelve pixels high in a hand (theme.css, .tk-curve text).
LEFT, TOP, WIDTH, HEIGHT = 80, 12, 272, 150
LABELS, IN_A_HAND, WIDEST = 6, 4, Decimal(42)
Write = Callable[[int], str]


@dataclass(frozen=True)
class Bar:
    x: str
    y: str
    width: str
    height: str
    tone: int
    words: str


@dataclass(frozen=True)
class Stroke:
    path: str
    tone: int


@dataclass(frozen=True)
class Label:
    """`spared`: left out where the drawing is narrow."""

    x: str
    words: str
    anchor: str = "middle"
    spared: bool = False


@dataclass(frozen=True)
class Chart:
    """`key` tells the drawings of a page apart; `words` is what who cannot see the drawing is told."""

    key: str
    title: str
    words: str
    top: str
    middle: str
    labels: list[Label]
    legend: list[tuple[int, str]]
    table: Table
    bars: list[Bar]
    strokes: list[Stroke]


def compact(minor: int, digits: int) -> str:
    """A figure for a scale: 12.5 bn, 340 m, 7,500; three places at most, exact figures stand in the table."""
    value = Decimal(minor).scaleb(-digits)
    for size, word in ((Decimal(10) ** 12, " tn"), (Decimal(10) ** 9, " bn"), (Decimal(10) ** 6, " m")):
        if abs(value) >= size:
            return f"{_trimmed(value / size)}{word}"
    return _trimmed(value)


def _trimmed(value: Decimal) -> str:
    said = f"{value:,.3f}"
    return said.rstrip("0").rstrip(".")


def stacked(
    key: str,
    title: str,
    columns: Sequence[tuple[str, Mapping[str, int]]],
    *,
    head: str,
    exact: Write,
    short: Write,
    words: str,
) -> Chart | None:
    """Bars of parts upon each other, column by column; None where there is nothing to draw."""
    kinds = list(dict.fromkeys(kind for _, parts in columns for kind in parts))
    highest = max((sum(parts.values()) for _, parts in columns), default=0)
    if not highest:
        return None
    slot, every = Decimal(WIDTH) / len(columns), max(1, -(-len(columns) // LABELS))
    bars = [
        bar for at, column in enumerate(columns) for bar in _bars(column, kinds, LEFT + slot * at, slot, highest, exact)
    ]
    shown = range(0, len(columns), every)
    labels = [
        Label(f"{LEFT + slot * at + slot / 2:.1f}", columns[at][0], spared=len(shown) > IN_A_HAND and number % 2 == 1)
        for number, at in enumerate(shown)
    ]
    rows = (
        (name, *(_figure(parts.get(kind, 0), exact) for kind in kinds), _figure(sum(parts.values()), exact))
        for name, parts in columns
    )
    figures = table(key, (head, *(f"#{kind}" for kind in kinds), "#Together"), rows)
    return Chart(
        key, title, words, short(highest), short(highest // 2), labels, list(enumerate(kinds)), figures, bars, []
    )


def _bars(
    column: tuple[str, Mapping[str, int]],
    kinds: Sequence[str],
    left: Decimal,
    slot: Decimal,
    highest: int,
    exact: Write,
) -> list[Bar]:
    """The parts of one column, each upon the one before it."""
    label, parts = column
    wide, floor, made = min(slot * 7 / 10, WIDEST), 0, []
    for tone, kind in enumerate(kinds):
        value = parts.get(kind, 0)
        if not value:
            continue
        floor += value
        y, tall = TOP + HEIGHT - Decimal(floor) * HEIGHT / highest, Decimal(value) * HEIGHT / highest
        x = left + (slot - wide) / 2
        made.append(Bar(f"{x:.1f}", f"{y:.1f}", f"{wide:.1f}", f"{tall:.1f}", tone, f"{label}, {kind}: {exact(value)}"))
    return made


def lines(
    key: str,
    title: str,
    points: Sequence[str],
    values: Mapping[str, Sequence[int | None]],
    *,
    head: str,
    exact: Write,
    short: Write,
    words: str,
) -> Chart | None:
    """One line for each record over the same points, as steps: a figure stands until the next. None below two points.

    Nothing is drawn where a record showed nothing.
    """
    known = [value for line in values.values() for value in line if value is not None]
    if len(points) < 2 or not known:
        return None
    highest = max(*known, 1)

    def x(at: int) -> str:
        return f"{LEFT + Decimal(WIDTH) * at / (len(points) - 1):.1f}"

    def y(value: int) -> str:
        return f"{TOP + HEIGHT - Decimal(max(value, 0)) * HEIGHT / highest:.1f}"

    strokes = [Stroke(_path(line, x, y), tone) for tone, line in enumerate(values.values())]
    rows = (
        (name, *(_figure(line[at], exact) for line in values.values())) for at, name in reversed([*enumerate(points)])
    )
    labels = [Label(str(LEFT), points[0], "start"), Label(str(LEFT + WIDTH), points[-1], "end")]
    shown = table(key, (head, *(f"#{name}" for name in values)), rows)
    return Chart(
        key, title, words, short(highest), short(highest // 2), labels, list(enumerate(values)), shown, [], strokes
    )


def _figure(value: int | None, exact: Write) -> Cell:
    return Cell("–") if value is None else Cell(exact(value), sort=value)


def _path(line: Sequence[int | None], x: Callable[[int], str], y: Callable[[int], str]) -> str:
    said, lifted = [], True
    for at, value in enumerate(line):
        if value is None:
            lifted = True
        elif lifted:
            said.append(f"M{x(at)} {y(value)}")
            lifted = False
        else:
            said.append(f"H{x(at)} V{y(value)}")
    return " ".join(said)
