"""The figures and dates of the rehearsed bill. Names, rates and identifiers are synthetic and say so."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from issuance.maths.calendars import PAKISTAN
from issuance.maths.identifiers import synthetic_isin
from issuance.series.models import Series
from tokenization.kernel import clock
from tokenization.rehearsal.people import Investor

ZONE = ZoneInfo("Asia/Karachi")
TENOR = 84
# A round synthetic rate: a unit of PKR 1,000,000 is exactly USD 4,000, so 500,000 units fill USD 2 billion to the cent.
PKR_PER_USD = Decimal("250")
DENOMINATION_MINOR = 1_000_000_00
PROGRAMME_MINOR = 2_000_000_000_00
ENVELOPE_MINOR = 600_000_000_000_00
AUTHORITY_MINOR = 1_000_000_000_000_00
CEILING_UNITS = 500_000
YIELD_PCT = Decimal("11.2500")
BILL, ROLLOVER = synthetic_isin(1), synthetic_isin(2)
AUTHORITY, PROGRAMME = "REHEARSAL-ACT-1", "REHEARSAL-MTB-USD2BN"


def units_of(investor: Investor) -> int:
    """8,600 to 16,400 units; the forty buyers together take the whole programme."""
    return 12_500 + (2 * investor.index - 41) * 100


def issue_date() -> date:
    """Issue and maturity are business days, at least three days away (a power announced today has its two days); fixed
    once the series is drafted."""
    drafted = Series.objects.filter(isin=BILL).values_list("issue_date", flat=True).first()
    return drafted or next_issue_date()


def next_issue_date() -> date:
    """The first business day far enough away, whose bill ends on a business day too."""
    day = PAKISTAN.following(today() + timedelta(days=3))
    while not PAKISTAN.is_business(day + timedelta(days=TENOR)):
        day = PAKISTAN.settlement(day)
    return day


def maturity_date() -> date:
    return issue_date() + timedelta(days=TENOR)


def today() -> date:
    return clock.now().astimezone(ZONE).date()


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """An instant in the market's zone."""
    return datetime.combine(day, time(hour, minute), tzinfo=ZONE)
