"""How much of a ceiling is used, day by day: pure arithmetic over dated amounts. The database says the same in SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class Flow:
    """An amount that weighs on a ceiling from `settles_on`, and no longer from `frees_on` (the day it is repaid)."""

    settles_on: date
    frees_on: date
    amount: int


@dataclass(frozen=True, slots=True)
class Window:
    """A budget year, both days included: what gross and net ceilings look at."""

    starts_on: date
    ends_on: date

    def holds(self, day: date) -> bool:
        return self.starts_on <= day <= self.ends_on


@dataclass(frozen=True, slots=True)
class Peak:
    """The highest use and the first day on which it is reached."""

    used: int
    on: date


def used_at(flows: Iterable[Flow], day: date, *, restores: bool, window: Window | None = None) -> int:
    """Use at the end of settlement on `day`; that day's repayments are counted as made."""
    steps = _steps(flows, restores=restores, window=window)
    return sum(amount for when, amount in steps.items() if when <= day)


def peak(
    flows: Iterable[Flow], start: date, until: date | None, *, restores: bool, window: Window | None = None
) -> Peak:
    """The highest use on any day of [start, until); `until` None means for ever.

    Use only changes on days with a flow, so these and `start` are all that need looking at.
    """
    steps = _steps(flows, restores=restores, window=window)
    steps[start] += 0
    days = sorted(steps)
    running = accumulate(steps[day] for day in days)
    inside = [
        (used, day) for day, used in zip(days, running, strict=True) if start <= day and (not until or day < until)
    ]
    if not inside:
        raise ValueError(f"no day lies in [{start}, {until})")
    used, on = max(inside, key=lambda pair: (pair[0], -pair[1].toordinal()))
    return Peak(used, on)


def _steps(flows: Iterable[Flow], *, restores: bool, window: Window | None) -> defaultdict[date, int]:
    steps: defaultdict[date, int] = defaultdict(int)
    for flow in flows:
        if window is None or window.holds(flow.settles_on):
            steps[flow.settles_on] += flow.amount
        if restores and (window is None or window.holds(flow.frees_on)):
            steps[flow.frees_on] -= flow.amount
    return steps
