"""Day counts beyond actual days: 30/360 and its relatives, business days over 252, and the ACT/ACT family.

QuantLib counts the days; the counts are whole numbers, so nothing inexact leaves this room. ISDA's ACT/ACT is exact
here; the AFB variant is QuantLib's double, quantised.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import QuantLib as ql

from issuance.maths.market_days import MARKETS
from issuance.maths.rounding import EXACT, half_up
from issuance.maths.schedules import ql_date

_AFB = ql.ActualActual(ql.ActualActual.AFB)
AFB_PLACES = 12


@dataclass(frozen=True, slots=True)
class CountedDays:
    """Days counted by a table of rules, over a fixed basis; negative if `end` is earlier."""

    name: str
    basis: int
    counter: ql.DayCounter

    def days(self, start: date, end: date) -> int:
        return int(self.counter.dayCount(ql_date(start), ql_date(end)))

    def fraction(self, start: date, end: date) -> Decimal:
        """The period as a share of a year, unrounded."""
        return EXACT.divide(Decimal(self.days(start, end)), Decimal(self.basis))


THIRTY_360_BOND = CountedDays("30/360", 360, ql.Thirty360(ql.Thirty360.BondBasis))
THIRTY_E_360 = CountedDays("30E/360", 360, ql.Thirty360(ql.Thirty360.EurobondBasis))
THIRTY_360_US = CountedDays("30/360 US", 360, ql.Thirty360(ql.Thirty360.USA))
THIRTY_365 = CountedDays("30/365", 365, ql.Thirty365())
BUSINESS_252 = CountedDays("BUS/252", 252, ql.Business252(MARKETS["BRAZIL"]))


def thirty_e_360_isda(maturity: date) -> CountedDays:
    """30E/360 (ISDA): the last day of February counts as the 30th, except at maturity."""
    return CountedDays("30E/360 ISDA", 360, ql.Thirty360(ql.Thirty360.ISDA, ql_date(maturity)))


def act_act_isda(start: date, end: date) -> Decimal:
    """ACT/ACT ISDA: days in leap years over 366, all others over 365; unrounded."""
    total = Decimal(0)
    for year in range(start.year, end.year + 1):
        opens, closes = max(start, date(year, 1, 1)), min(end, date(year + 1, 1, 1))
        length = (date(year + 1, 1, 1) - date(year, 1, 1)).days
        total = EXACT.add(total, EXACT.divide(Decimal((closes - opens).days), Decimal(length)))
    return total


def act_act_afb(start: date, end: date) -> Decimal:
    """ACT/ACT AFB (French), twelve decimals."""
    return half_up(Decimal(repr(_AFB.yearFraction(ql_date(start), ql_date(end)))), AFB_PLACES)


def act_act_icma(start: date, end: date, regular: tuple[date, ...], frequency: int) -> Decimal:
    """ACT/ACT ICMA: each regular period crossed counts 1/frequency, in shares of its days; `regular` must cover it."""
    if regular[0] > start or regular[-1] < end:
        raise ValueError(f"the regular dates cover {start} to {end}")
    total = Decimal(0)
    for opens, closes in zip(regular, regular[1:], strict=False):
        crossed = (min(closes, end) - max(opens, start)).days
        if crossed > 0:
            total = EXACT.add(total, EXACT.divide(Decimal(crossed), Decimal((closes - opens).days)))
    return EXACT.divide(total, Decimal(frequency))
