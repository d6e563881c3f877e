"""Rates that other markets derive from a bill: the US investment rate, and the benchmark of floating-rate notes."""

from __future__ import annotations

from decimal import Decimal

from issuance.maths.bills import bill_price
from issuance.maths.conventions import US_BILL
from issuance.maths.faults import Fault
from issuance.maths.rounding import EXACT, half_up

HUNDRED = Decimal(100)
BENCHMARK_PLACES = 9


def investment_rate(price: Decimal, days: int, year_days: int = 365) -> Decimal:
    """The coupon-equivalent yield in percent of a bill, unrounded (31 CFR 356 App. B section VI.D).

    Simple up to half a year; beyond it, with interest paid once after half a year: the root of
    a i^2 + b i + c = 0, where a = d/2y - 1/4, b = d/y, c = (P - 100)/P.
    """
    if days < 1 or not price.is_finite() or price <= 0:
        raise Fault("price", "above 0, over 1 day or more")
    share = EXACT.divide(Decimal(days), Decimal(year_days))
    gain = EXACT.divide(EXACT.subtract(HUNDRED, price), price)
    if 2 * days <= year_days:
        return EXACT.multiply(EXACT.divide(gain, share), HUNDRED)
    square = EXACT.subtract(EXACT.divide(share, Decimal(2)), Decimal("0.25"))
    under = EXACT.fma(EXACT.multiply(Decimal(4), square), gain, EXACT.multiply(share, share))
    root = EXACT.divide(EXACT.subtract(EXACT.sqrt(under), share), EXACT.multiply(Decimal(2), square))
    return EXACT.multiply(root, HUNDRED)


def bill_benchmark(high_rate_pct: Decimal, days: int) -> Decimal:
    """The simple money-market rate in percent of a bill auctioned at that discount rate; nine decimals (section IV)."""
    price = bill_price(high_rate_pct, days, US_BILL, rounded=False)
    simple = EXACT.subtract(EXACT.divide(HUNDRED, price), Decimal(1))
    annual = EXACT.divide(EXACT.multiply(simple, HUNDRED * US_BILL.day_count.basis), Decimal(days))
    return half_up(annual, BENCHMARK_PLACES)
