"""Day counts as records: how many days lie between two dates, and over which basis."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from issuance.maths.rounding import EXACT


@dataclass(frozen=True, slots=True)
class DayCount:
    """Actual days over a fixed basis: ACT/365 fixed, ACT/360."""

    name: str
    basis: int

    def days(self, start: date, end: date) -> int:
        """Actual days from `start` (included) to `end` (excluded); ValueError if `end` is earlier."""
        if end < start:
            raise ValueError(f"the period ends ({end}) before it starts ({start})")
        return (end - start).days

    def fraction(self, start: date, end: date) -> Decimal:
        """The period as a share of a year, unrounded."""
        return EXACT.divide(Decimal(self.days(start, end)), Decimal(self.basis))


ACT_365 = DayCount("ACT/365", 365)
ACT_360 = DayCount("ACT/360", 360)
