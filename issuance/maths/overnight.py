"""Overnight rates compounded over a period, with lookback, observation shift and lockout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from issuance.maths.market_days import business_days, business_days_before
from issuance.maths.rounding import EXACT


@dataclass(frozen=True, slots=True)
class Observation:
    """`lookback`: business days between a day and the rate used for it. `shift`: that rate's own days weigh it.

    `lockout`: so many of the last days take the rate of the day before them.
    """

    market: str
    lookback: int = 0
    shift: bool = False
    lockout: int = 0
    basis: int = 360


def compounded(start: date, end: date, fixings: Mapping[date, Decimal], rule: Observation) -> Decimal:
    """The simple rate of [start, end), a fraction of a year, unrounded; KeyError names a missing fixing."""
    days = [*business_days(start, end, rule.market), end]
    observed = [business_days_before(day, rule.lookback, rule.market) for day in days]
    weighing = observed if rule.shift else days
    growth = Decimal(1)
    for position in range(len(days) - 1):
        source = min(position, len(days) - 2 - rule.lockout)
        length = (weighing[position + 1] - weighing[position]).days
        share = EXACT.divide(EXACT.multiply(fixings[observed[source]], Decimal(length)), Decimal(rule.basis))
        growth = EXACT.multiply(growth, EXACT.add(Decimal(1), share))
    total = Decimal((weighing[-1] - weighing[0]).days)
    return EXACT.divide(EXACT.multiply(EXACT.subtract(growth, Decimal(1)), Decimal(rule.basis)), total)
