"""The demand curve of an auction as a drawing: face bid so far against price or yield, best bid first.

The drawing says nothing that the table of levels beside it does not say in figures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from issuance.allotment.decisions.clearing import Step
from tokenization.theme import figures

# The plane inside the axes, in the drawing's own units.
LEFT, TOP, WIDTH, HEIGHT = 46, 12, 300, 170
MILLION = 1_000_000
# The drawing ends at so many times the target, and outliers are looked for from so many levels on.
TARGETS, FEWEST = 3, 4


@dataclass(frozen=True)
class Mark:
    """A line across the plane with its words."""

    at: str
    words: str


@dataclass(frozen=True)
class Curve:
    """`line` is the demand, `taken` the part that a cut-off accepts (empty without one); both are SVG paths. `end` is
    the face at the right edge, `beyond` says what lies outside of the drawing."""

    line: str
    taken: str
    target: Mark
    highest: Mark
    lowest: Mark
    cut_off: Mark | None
    end: str
    words: str
    beyond: str


def millions(face: int) -> str:
    """12,345.5 m: short enough for an axis."""
    number = (Decimal(face) / MILLION).normalize()
    return f"{number:,f} m"


def demand_curve(steps: Sequence[Step], *, target: int, accepted: int = 0) -> Curve | None:
    """None without a competitive bid. `accepted`: face of the competitive bids that a chosen cut-off takes."""
    if not steps:
        return None
    widest = min(max(steps[-1].rung.cumulative, target), max(target * TARGETS, accepted))
    low, high = _usual([step.rung.value for step in steps])
    # One level alone is drawn half way up.
    spread = high - low or Decimal(1)
    middle = high == low

    def x(face: int) -> str:
        return f"{LEFT + Decimal(min(face, widest)) * WIDTH / widest:.1f}"

    def y(value: Decimal) -> str:
        share = Decimal("0.5") if middle else (high - min(max(value, low), high)) / spread
        return f"{TOP + share * HEIGHT:.1f}"

    whole = _steps(steps, x, y)
    last = next((step for step in steps if step.rung.cumulative >= accepted), steps[-1])
    taken = ""
    if accepted:
        upto = [*(step for step in steps if step.rung.cumulative < accepted), last]
        floor = f"{TOP + HEIGHT}"
        taken = f"{_steps(upto, x, y, end=accepted)} V{floor} H{LEFT} Z"
    return Curve(
        line=whole,
        taken=taken,
        target=Mark(x(target), f"target {millions(target)}"),
        highest=Mark(y(high), figures.price(high)),
        lowest=Mark(y(low), figures.price(low)),
        cut_off=Mark(y(last.rung.value), f"cut-off {figures.price(last.rung.value)}") if accepted else None,
        end=millions(widest),
        words=_words(steps, target),
        beyond=_beyond(steps, widest, low, high),
    )


def _usual(values: Sequence[Decimal]) -> tuple[Decimal, Decimal]:
    """From where to where levels are drawn: all of them, but for those far out (Tukey's outer fence, never narrower
    than a fiftieth of the middle level), which would press all others into one line."""
    ordered = sorted(values)
    if len(ordered) < FEWEST:
        return ordered[0], ordered[-1]
    first, middle, third = (ordered[len(ordered) * part // 4] for part in (1, 2, 3))
    fence = max(3 * (third - first), abs(middle) / 50)
    near = [value for value in ordered if first - fence <= value <= third + fence]
    return near[0], near[-1]


def _beyond(steps: Sequence[Step], widest: int, low: Decimal, high: Decimal) -> str:
    far = [step.rung for step in steps if not low <= step.rung.value <= high]
    said = []
    if far:
        bids, named = sum(rung.bids for rung in far), ", ".join(figures.price(rung.value) for rung in far[:3])
        more = f" and {len(far) - 3} more levels" if len(far) > 3 else ""
        said.append(f"{figures.units(bids)} bid{'s' if bids > 1 else ''} at {named}{more}, drawn at the edge")
    if (whole := steps[-1].rung.cumulative) > widest:
        said.append(f"demand beyond {figures.units(widest)} of face, up to {figures.units(whole)}")
    return f"Outside of the drawing: {'; '.join(said)}." if said else ""


def _steps(
    steps: Sequence[Step], x: Callable[[int], str], y: Callable[[Decimal], str], *, end: int | None = None
) -> str:
    """A stair: along to the face bid at a level, then across to the next level."""
    said = [f"M{LEFT} {y(steps[0].rung.value)}"]
    for step in steps:
        face = step.rung.cumulative if end is None else min(end, step.rung.cumulative)
        said.append(f"V{y(step.rung.value)} H{x(face)}")
    return " ".join(said)


def _words(steps: Sequence[Step], target: int) -> str:
    rungs = [step.rung for step in steps]
    bids = sum(rung.bids for rung in rungs)
    reached = next((rung for rung in rungs if rung.cumulative >= target), None)
    enough = f"the target is reached at {figures.price(reached.value)}" if reached else "the target is not reached"
    return (
        f"{figures.units(bids)} bids with a price for {figures.units(rungs[-1].cumulative)} of face, "
        f"from {figures.price(rungs[0].value)} to {figures.price(rungs[-1].value)}; {enough}."
    )
