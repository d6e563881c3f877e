"""Business-day calendars as immutable records: weekend, fixed-date holidays, and the registrar's dated overrides.

Moon-sighted holidays are declared days before they fall, so they are never in the seed: they arrive as overrides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

SATURDAY, SUNDAY = 5, 6
# A calendar closed for longer than this is a mistake in the overrides, not a market.
LONGEST_CLOSURE = 60


@dataclass(frozen=True, slots=True)
class Calendar:
    """`weekend`: weekday numbers (Monday 0); `yearly`: (month, day). `closed` beats all, `open` the other two."""

    name: str
    weekend: frozenset[int] = frozenset({SATURDAY, SUNDAY})
    yearly: frozenset[tuple[int, int]] = frozenset()
    closed: frozenset[date] = frozenset()
    open: frozenset[date] = frozenset()

    def is_business(self, day: date) -> bool:
        if day in self.closed:
            return False
        if day in self.open:
            return True
        return day.weekday() not in self.weekend and (day.month, day.day) not in self.yearly

    def following(self, day: date) -> date:
        """`day` itself if it is a business day, else the next one."""
        return self._first(day, 1)

    def preceding(self, day: date) -> date:
        """`day` itself if it is a business day, else the one before."""
        return self._first(day, -1)

    def add(self, day: date, business_days: int) -> date:
        """The date `business_days` (0 or more) business days after `day`; 0 gives the following business day."""
        if business_days < 0:
            raise ValueError("business_days must be 0 or more")
        result = self.following(day) if business_days == 0 else day
        for _ in range(business_days):
            result = self._first(result + timedelta(days=1), 1)
        return result

    def settlement(self, trade: date, lag: int = 1) -> date:
        """The settlement date of a trade or auction on `trade`: T+1 unless the convention says otherwise."""
        return self.add(trade, lag)

    def overridden(self, *, closed: Iterable[date] = (), opened: Iterable[date] = ()) -> Calendar:
        """This calendar with further dated overrides; the later word on a date wins."""
        shut, unshut = frozenset(closed), frozenset(opened)
        if shut & unshut:
            raise ValueError(f"{self.name}: {min(shut & unshut)} is both closed and opened")
        return replace(self, closed=(self.closed - unshut) | shut, open=(self.open - shut) | unshut)

    def _first(self, day: date, step: int) -> date:
        for offset in range(LONGEST_CLOSURE + 1):
            candidate = day + timedelta(days=step * offset)
            if self.is_business(candidate):
                return candidate
        raise ValueError(f"{self.name}: no business day within {LONGEST_CLOSURE} days of {day}")


WEEKENDS = Calendar("WEEKENDS")
# Pakistan's fixed-date public holidays: Kashmir, Pakistan, Labour, Youm-e-Takbeer, Independence, Iqbal, Quaid-e-Azam.
PAKISTAN = Calendar("PK", yearly=frozenset({(2, 5), (3, 23), (5, 1), (5, 28), (8, 14), (11, 9), (12, 25)}))
CALENDARS = {calendar.name: calendar for calendar in (WEEKENDS, PAKISTAN)}


def calendar(name: str) -> Calendar:
    """The seed calendar of that name; KeyError names the known ones."""
    try:
        return CALENDARS[name]
    except KeyError:
        raise KeyError(f"no calendar {name!r}; known: {', '.join(sorted(CALENDARS))}") from None
