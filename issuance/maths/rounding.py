"""Rounding of printed figures: half up, the one rule of every market here (DOMAIN.md, section 2)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal

# Wide enough that no intermediate step of a price is ever rounded in a printed place.
EXACT = Context(prec=50, rounding=ROUND_HALF_UP)


def half_up(value: Decimal, places: int) -> Decimal:
    """`value` with exactly `places` decimals, halves away from zero."""
    return value.quantize(Decimal(1).scaleb(-places), context=EXACT)


def half_up_ratio(numerator: int, denominator: int) -> int:
    """The nearest whole number to numerator/denominator, both >= 0, halves up; exact for any size."""
    if denominator <= 0 or numerator < 0:
        raise ValueError("half_up_ratio takes a numerator of 0 or more and a denominator above 0")
    return (2 * numerator + denominator) // (2 * denominator)
