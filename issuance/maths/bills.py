"""Treasury-bill arithmetic: price per 100 face from the quoted rate and back, in Decimal only.

Source of the rules: DOMAIN.md section 2 (PK-MTB), 31 CFR 356 Appendix B section VI (bank discount).
"""

from __future__ import annotations

from decimal import Decimal

from issuance.maths.conventions import PK_MTB, BillConvention, Quotation
from issuance.maths.rounding import EXACT, half_up, half_up_ratio

HUNDRED = Decimal(100)


def bill_price(yield_pct: Decimal, days: int, convention: BillConvention = PK_MTB, *, rounded: bool = True) -> Decimal:
    """Price per 100 face at a quoted rate in percent; ValueError where no positive price exists."""
    term = _rate_to_term(yield_pct, days, convention)
    if convention.quotation is Quotation.SIMPLE_YIELD:
        growth = EXACT.add(Decimal(1), term)
        if growth <= 0:
            raise ValueError(f"yield_pct: {yield_pct} % over {days} days leaves no positive price")
        price = EXACT.divide(HUNDRED, growth)
    else:
        price = EXACT.multiply(HUNDRED, EXACT.subtract(Decimal(1), term))
        if price <= 0:
            raise ValueError(f"yield_pct: {yield_pct} % over {days} days leaves no positive price")
    return half_up(price, convention.price_places) if rounded else price


def bill_yield(price: Decimal, days: int, convention: BillConvention = PK_MTB, *, rounded: bool = True) -> Decimal:
    """Quoted rate in percent of a price per 100 face; ValueError unless price > 0 and days >= 1."""
    _check_days(days)
    _check_price(price)
    discount = EXACT.subtract(HUNDRED, price)
    over = price if convention.quotation is Quotation.SIMPLE_YIELD else HUNDRED
    annual = EXACT.divide(Decimal(100 * convention.day_count.basis), Decimal(days))
    rate = EXACT.multiply(EXACT.divide(discount, over), annual)
    return half_up(rate, convention.yield_places) if rounded else rate


def proceeds_minor(face_minor: int, price: Decimal) -> int:
    """What a face amount costs at a price per 100, in the same minor units, half up."""
    _check_price(price)
    if face_minor < 0:
        raise ValueError("face_minor: must be 0 or more")
    numerator, denominator = price.as_integer_ratio()
    return half_up_ratio(face_minor * numerator, 100 * denominator)


def agrees(price: Decimal, yield_pct: Decimal, days: int, convention: BillConvention = PK_MTB) -> bool:
    """Whether a printed price and a printed rate belong together: either one, rounded, gives the other."""
    return bill_price(yield_pct, days, convention) == price or bill_yield(price, days, convention) == yield_pct


def _rate_to_term(yield_pct: Decimal, days: int, convention: BillConvention) -> Decimal:
    _check_days(days)
    if not yield_pct.is_finite():
        raise ValueError("yield_pct: must be a finite number")
    share = EXACT.divide(Decimal(days), Decimal(100 * convention.day_count.basis))
    return EXACT.multiply(yield_pct, share)


def _check_days(days: int) -> None:
    if days < 1:
        raise ValueError(f"days: a bill runs for 1 day or more, not {days}")


def _check_price(price: Decimal) -> None:
    if not price.is_finite() or price <= 0:
        raise ValueError(f"price: must be above 0, not {price}")
