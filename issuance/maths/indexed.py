"""Inflation-indexed bonds: reference index, index ratio, and what they make of real prices (31 CFR 356, UK DMO)."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal

from issuance.maths.rounding import EXACT, half_up

TRUNCATED, PRINTED = 6, 5


def reference_index(first_of_month: Decimal, first_of_next: Decimal, day: int, days_in_month: int) -> Decimal:
    """The index on `day` of a month: straight line from its first day to the next month's; five decimals."""
    if not 1 <= day <= days_in_month:
        raise ValueError(f"day: 1 to {days_in_month}, not {day}")
    rise = EXACT.multiply(EXACT.subtract(first_of_next, first_of_month), Decimal(day - 1))
    return _printed(EXACT.add(first_of_month, EXACT.divide(rise, Decimal(days_in_month))))


def index_ratio(reference: Decimal, base: Decimal) -> Decimal:
    """How far the index has gone since the bond's dated date: truncated to six decimals, rounded to five."""
    if base <= 0:
        raise ValueError(f"base: must be above 0, not {base}")
    return _printed(EXACT.divide(reference, base))


def adjusted(amount: Decimal, ratio: Decimal, places: int) -> Decimal:
    """A real price or amount in today's money."""
    return half_up(EXACT.multiply(amount, ratio), places)


def interest(adjusted_principal: Decimal, coupon_pct: Decimal, frequency: int = 2, places: int = 2) -> Decimal:
    """One coupon on the adjusted principal."""
    return half_up(EXACT.divide(EXACT.multiply(adjusted_principal, coupon_pct), Decimal(100 * frequency)), places)


def strip_value(par: Decimal, coupon_pct: Decimal, base: Decimal) -> Decimal:
    """The adjusted value that one stripped coupon carries for good: its interest at an index of 100."""
    real = EXACT.divide(EXACT.multiply(par, coupon_pct), Decimal(200))
    return half_up(EXACT.divide(EXACT.multiply(real, Decimal(100)), base), 2)


def strip_payment(value: Decimal, reference: Decimal) -> Decimal:
    """What a stripped coupon of that adjusted value pays."""
    return half_up(EXACT.divide(EXACT.multiply(value, reference), Decimal(100)), 2)


def _printed(value: Decimal) -> Decimal:
    truncated = value.quantize(Decimal(1).scaleb(-TRUNCATED), rounding=ROUND_DOWN, context=EXACT)
    return half_up(truncated, PRINTED)
