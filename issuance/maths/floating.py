"""Floating-rate notes: interest by the day, price at a discount margin (31 CFR 356 App. B, section IV).

Rates are fractions of a year; interest is per 100 face. The benchmark, spread and margin are the caller's data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from issuance.maths.rounding import EXACT, half_up

YEAR = Decimal(360)
HUNDRED = Decimal(100)
INTEREST_PLACES = 9


@dataclass(frozen=True, slots=True)
class Floater:
    """`floor` holds the daily rate up: 0 in the United States. The margin discounts without it."""

    spread: Decimal
    floor: Decimal = Decimal(0)

    def daily_interest(self, index: Decimal) -> Decimal:
        """Interest of one day per 100, nine decimals."""
        rate = max(EXACT.add(index, self.spread), self.floor)
        return half_up(EXACT.divide(EXACT.multiply(rate, HUNDRED), YEAR), INTEREST_PLACES)

    def accrued(self, windows: Sequence[tuple[int, Decimal]]) -> Decimal:
        """Interest of `(days, index)` windows one after the other, simple."""
        total = Decimal(0)
        for days, index in windows:
            total = EXACT.fma(self.daily_interest(index), Decimal(days), total)
        return total

    def dirty_price(self, index: Decimal, margin: Decimal, dates: Sequence[date], accrued: Decimal) -> Decimal:
        """Price with accrued interest on `dates[0]`, flows on the others at today's index, discounted with `margin`.

        The first flow also pays what has `accrued`; unrounded.
        """
        rate, growth, value = EXACT.add(index, margin), Decimal(1), Decimal(0)
        paid = accrued
        for start, end in zip(dates, dates[1:], strict=False):
            days = Decimal((end - start).days)
            period = half_up(EXACT.fma(EXACT.divide(rate, YEAR), days, Decimal(1)), INTEREST_PLACES)
            growth = EXACT.multiply(growth, period)
            paid = EXACT.fma(self.daily_interest(index), days, paid)
            value = EXACT.add(value, EXACT.divide(paid, growth))
            paid = Decimal(0)
        return EXACT.add(value, EXACT.divide(HUNDRED, growth))
