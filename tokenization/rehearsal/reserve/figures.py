"""Figures, dates and names of the rehearsed reserves. Everything is synthetic and says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from issuance.maths.identifiers import synthetic_isin
from issuance.series.models import Series
from tokenization.rehearsal import plan
from tokenization.rehearsal.people import Investor

BARS = 27
LONG_STOP_YEARS = 10


@dataclass(frozen=True)
class Commodity:
    """One kind of reserve and the token on it: the phases know no other difference between gold and oil."""

    measure: str
    name: str
    isin: str
    vault: str
    vault_name: str
    ceiling_minor: int
    price: Decimal
    margin_bps: int

    @property
    def reference(self) -> str:
        return f"REHEARSAL-{self.measure}"


GOLD = Commodity(
    measure="XAU",
    name="gold",
    isin=synthetic_isin(21),
    vault="VLT-REH",
    vault_name="Rehearsal vault (synthetic)",
    ceiling_minor=10_000_000,
    price=Decimal("1450.0000"),
    margin_bps=100,
)
OIL = Commodity(
    measure="OIL",
    name="stored crude",
    isin=synthetic_isin(22),
    vault="TRM-REH",
    vault_name="Rehearsal terminal (synthetic)",
    ceiling_minor=50_000_000,
    price=Decimal("195.0000"),
    margin_bps=250,
)
COMMODITIES = (GOLD, OIL)
ISINS = (GOLD.isin, OIL.isin)

BUYERS = [Investor(index, prefix="RSV", word="Saver") for index in range(1, 9)]
OIL_BUYERS = BUYERS[:2]


def units_of(commodity: Commodity, investor: Investor) -> int:
    """Gold: 400.250 to 1,202.000 oz a buyer, 6,401.000 oz together. Oil: 20,000.00 and 40,000.00 barrels."""
    return 400_250 + (investor.index - 1) * 114_250 if commodity is GOLD else investor.index * 2_000_000


def issue_date() -> date:
    """A business day at least three days away, fixed once the series is drafted."""
    drafted = Series.objects.filter(isin=GOLD.isin).values_list("issue_date", flat=True).first()
    return drafted or plan.next_issue_date()


def long_stop() -> date:
    return issue_date().replace(year=issue_date().year + LONG_STOP_YEARS, day=1)


def first_expiry() -> datetime:
    """Of the attestation that leaves one buyer of gold out."""
    return plan.at(issue_date(), 23)


def oil_expiry() -> datetime:
    """At noon of the day of issue, while one buyer of oil still waits."""
    return plan.at(issue_date(), 12)


def gold_expiry() -> datetime:
    """Thirty days on: transfers and redemption go on afterwards."""
    return plan.at(issue_date() + timedelta(days=30), 12)
