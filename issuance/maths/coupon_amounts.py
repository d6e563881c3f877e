"""What one coupon pays per 100 face, as an exact fraction: nothing is rounded before a holder's amount is known."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import QuantLib as ql

from issuance.maths.bond_conventions import Accrual, BondConvention
from issuance.maths.schedules import Coupon, grid, ql_date

_THIRTY_360 = ql.Thirty360(ql.Thirty360.USA)


def coupon_fraction(coupon: Coupon, maturity: date, coupon_pct: Decimal, convention: BondConvention) -> Fraction:
    """Interest per 100 face over [start, end): coupon / frequency for a regular period, for an odd one the sum of the
    shares of the notional periods it crosses (31 CFR 356 Appendix B, UK DMO, ICMA)."""
    dates = grid(coupon.start, maturity, convention.frequency, convention.end_of_month)
    periods = Fraction(0)
    for opens, closes in zip(dates, dates[1:], strict=False):
        start, end = max(opens, coupon.start), min(closes, coupon.end)
        if start < end:
            periods += Fraction(1) if (start, end) == (opens, closes) else _share(start, end, opens, closes, convention)
    return Fraction(coupon_pct) * periods / convention.frequency


def _share(start: date, end: date, opens: date, closes: date, convention: BondConvention) -> Fraction:
    if convention.accrual is Accrual.THIRTY_360:
        days = _THIRTY_360.dayCount(ql_date(start), ql_date(end))
        return Fraction(days * convention.frequency, 360)
    return Fraction((end - start).days, (closes - opens).days)
