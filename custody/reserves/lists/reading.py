"""A keeper's list of either kind of file: the head, the heading, one item a line, the totals. Whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from custody.reserves.kinds import ReserveKind
from custody.reserves.lists.cells import LineReader
from custody.reserves.lists.lbma import layout as lbma
from custody.reserves.lists.line import Head, ListLine, ParsedList
from custody.reserves.lists.terminal import layout as terminal
from tokenization.files.rows import Cell, Faults, Row, Wrong, refuse, rows_of
from tokenization.kernel.errors import Problems

TOTAL = "total"
HEAD = ("layout", "vault", "list", "as of", "measure")
_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{1,19}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Layout:
    """`columns` in their order; `summed` those that the last line adds up, by attribute of a line."""

    name: str
    columns: tuple[str, ...]
    summed: Mapping[str, str]
    read: Callable[[LineReader, ReserveKind], ListLine | None]


LAYOUTS: dict[str, Layout] = {
    row.name: row
    for row in (
        Layout("LBMA", lbma.COLUMNS, lbma.SUMMED, lbma.read),
        Layout("TERMINAL", terminal.COLUMNS, terminal.SUMMED, terminal.read),
    )
}


def parse(content: bytes, kind: ReserveKind) -> ParsedList:
    """The list as the file says it; Problems (line, field, rule), all that were found, when anything is wrong.

    `kind` is that of the vault: a list in another measure, at another temperature or in another layout is refused.
    """
    rows = [_trimmed(row) for row in rows_of(content)]
    while rows and not rows[-1].cells:
        rows.pop()
    if not rows:
        raise refuse("file.empty", "the file holds nothing")
    faults = Faults()
    layout = LAYOUTS[kind.layout]
    at = _heading_at(rows, layout, faults)
    head = _head(rows[:at], kind, faults)
    _check_columns(rows[at], layout, faults)
    faults.stop()
    body = rows[at + 1 :]
    lines = [found for row in body if not _is_total(row) and (found := _line(row, layout, kind, faults)) is not None]
    _once(lines, faults)
    _totals(body, lines, layout, kind, faults)
    faults.stop()
    return ParsedList(head, tuple(lines))


def _trimmed(row: Row) -> Row:
    cells = list(row.cells)
    while cells and cells[-1] == "":
        cells.pop()
    return Row(row.line, tuple(cells))


def _word(cell: Cell) -> str:
    return "" if isinstance(cell, Wrong) else cell.lower()


def _is_total(row: Row) -> bool:
    return bool(row.cells) and _word(row.cells[0]) == TOTAL


def _heading_at(rows: Sequence[Row], layout: Layout, faults: Faults) -> int:
    for position, row in enumerate(rows):
        if row.cells and _word(row.cells[0]) == layout.columns[0]:
            return position
    faults.add(0, layout.columns[0], "heading.needed", f"no line begins with the column {layout.columns[0]}")
    faults.stop()
    return 0


def _head(rows: Sequence[Row], kind: ReserveKind, faults: Faults) -> Head:
    """Raises what was found so far when the head is wrong: without it the lines say nothing."""
    given: dict[str, tuple[int, str]] = {}
    wanted = (*HEAD, "base temperature") if kind.base else HEAD
    for row in rows:
        name = _word(row.cells[0]) if row.cells else ""
        if name not in wanted or name in given or len(row.cells) != 2 or isinstance(row.cells[1], Wrong):
            faults.add(
                row.line, name[:40], "head.known", f"the head holds {', '.join(wanted)}, each once with one value"
            )
        else:
            given[name] = (row.line, row.cells[1])
    for name in wanted:
        if name not in given:
            faults.add(0, name, "head.given", f"the head does not say {name}")
    faults.stop()
    _check_head(given, kind, faults)
    as_of = _instant(given["as of"], faults)
    faults.stop()
    return Head(kind.layout, given["vault"][1], int(given["list"][1]), as_of, kind.measure, kind.base)


def _check_head(given: Mapping[str, tuple[int, str]], kind: ReserveKind, faults: Faults) -> None:
    expected = {"layout": kind.layout, "measure": kind.measure}
    if kind.base:
        expected["base temperature"] = kind.base
    for name, value in expected.items():
        line, found = given[name]
        if found != value:
            told = f"the list says {found!r:.40}; a vault of {kind.words} has {value}"
            faults.add(line, name, f"{name.replace(' ', '_')}.of_vault", told)
    if not _CODE.fullmatch(given["vault"][1]):
        faults.add(given["vault"][0], "vault", "vault.code", f"{given['vault'][1]!r:.40} is no code of a vault")
    number = given["list"][1]
    if not re.fullmatch(r"[1-9][0-9]{0,5}", number):
        faults.add(given["list"][0], "list", "list.number", f"{number!r:.40} is not a number from 1")


def _instant(given: tuple[int, str], faults: Faults) -> datetime:
    """With its offset from UTC; raises with the other faults of the head when it is none."""
    line, text = given
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return found
    except ValueError:
        pass
    faults.add(line, "as of", "as_of.offset", f"{text!r:.40} is not ISO 8601 with date, time and offset")
    raise Problems(faults.found)


def _check_columns(row: Row, layout: Layout, faults: Faults) -> None:
    names = [_word(cell) for cell in row.cells]
    for position, wanted in enumerate(layout.columns):
        if position >= len(names) or names[position] != wanted:
            found = names[position] if position < len(names) else ""
            faults.add(row.line, wanted, "columns.in_order", f"column {position + 1} is {found!r:.40}")
    for name in names[len(layout.columns) :]:
        faults.add(row.line, name[:40], "columns.known", f"the layout has no column {name!r:.40}")


def _line(row: Row, layout: Layout, kind: ReserveKind, faults: Faults) -> ListLine | None:
    if not row.cells:
        faults.add(row.line, "", "line.blank", "an empty line between items")
        return None
    if len(row.cells) > len(layout.columns):
        faults.add(row.line, "", "line.columns", f"{len(row.cells)} cells, and the layout has {len(layout.columns)}")
        return None
    cells = dict(zip(layout.columns, (*row.cells, *[""] * len(layout.columns)), strict=False))
    reader = LineReader(row.line, cells, kind.measure, faults)
    found = layout.read(reader, kind)
    return None if reader.faulty else found


def _once(lines: Sequence[ListLine], faults: Faults) -> None:
    first: dict[str, int] = {}
    for line in lines:
        if line.identity in first:
            faults.add(line.line, "item", "item.once", f"{line.key} stands on line {first[line.identity]} already")
        first.setdefault(line.identity, line.line)


def _totals(rows: Sequence[Row], lines: Sequence[ListLine], layout: Layout, kind: ReserveKind, faults: Faults) -> None:
    """The last line counts the items and adds up the columns; without it the file may be cut short."""
    if not rows or not _is_total(rows[-1]) or sum(map(_is_total, rows)) != 1:
        line = rows[-1].line if rows else 0
        faults.add(
            line, TOTAL, "file.whole", "the last line, and only it, begins with total: the file may be cut short"
        )
        return
    row = rows[-1]
    if len(rows) == 1:
        faults.add(row.line, "", "file.empty", "there is a heading and no item")
    if faults.found:
        return
    cells = dict(zip(layout.columns, (*row.cells, *[""] * len(layout.columns)), strict=False))
    reader = LineReader(row.line, cells, kind.measure, faults)
    second = layout.columns[1]
    if (count := reader.text(second)) and count != str(len(lines)):
        reader.fault(second, "total.count", f"the total counts {count:.20} items, the list has {len(lines)}")
    for column, attribute in layout.summed.items():
        told = reader.quantity(column)
        found = sum(getattr(line, attribute) for line in lines)
        if told and told != found:
            reader.fault(column, "total.sum", f"the total says {told} smallest units, the lines add up to {found}")
