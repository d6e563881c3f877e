"""The figures and dates of the rehearsed market: a bill, a bond, their auctions; all synthetic."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from issuance.maths.calendars import PAKISTAN
from issuance.maths.identifiers import synthetic_isin
from issuance.series.models import Series
from tokenization.rehearsal import plan

BILL, BOND = synthetic_isin(11), synthetic_isin(12)
BILL_DAYS, BOND_YEARS = 84, 3
COUPON_PCT = Decimal("12")
# Face of one unit: the market's smallest bid, so that every bid is a whole number of units.
BILL_FACE_MINOR, BOND_FACE_MINOR = 5_000_00, 100_000_00
BILLION = 1_000_000_000
MILLION = 1_000_000
BILL_CEILING_UNITS, BOND_CEILING_UNITS = 300 * BILLION // 5_000, 200 * BILLION // 100_000
BILL_TARGET, BOND_TARGET = 100 * BILLION, 50 * BILLION
# The rest of the target goes to the one non-competitive bid.
BOND_COMPETITIVE = BOND_TARGET - 200 * MILLION
CASH = "PKR"


def bill_issue() -> date:
    """Both are issued on one day, business days at issue and at the bill's maturity; fixed once drafted."""
    drafted = Series.objects.filter(isin=BILL).values_list("issue_date", flat=True).first()
    if drafted:
        return drafted
    day = PAKISTAN.following(plan.today() + timedelta(days=5))
    while not PAKISTAN.is_business(day + timedelta(days=BILL_DAYS)) or (day.month, day.day) == (2, 29):
        day = PAKISTAN.settlement(day)
    return day


def bond_maturity() -> date:
    issue = bill_issue()
    return issue.replace(year=issue.year + BOND_YEARS)


def auction_day() -> date:
    """The business day before settlement: T+1."""
    day = PAKISTAN.preceding(bill_issue() - timedelta(days=1))
    return day


CASH_CEILING_MINOR = 1_000 * BILLION * 100
