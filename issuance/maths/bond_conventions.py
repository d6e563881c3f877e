"""Coupon-bond conventions as immutable records. A new convention is one record in BOND_CONVENTIONS."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Stub(StrEnum):
    """How the part of a period before the next coupon date is discounted."""

    COMPOUND = "COMPOUND"
    SIMPLE = "SIMPLE"
    SIMPLE_LAST = "SIMPLE_LAST"  # simple once a single payment is left, compound before


class Accrual(StrEnum):
    """How accrued interest is counted; the discounting always counts shares of the coupon period."""

    PERIOD = "PERIOD"  # coupon / frequency x days / days in the period: ACT/ACT ICMA
    ACT_365 = "ACT_365"  # coupon x days / 365
    THIRTY_360 = "THIRTY_360"  # 30/360 US


@dataclass(frozen=True, slots=True)
class ExDividend:
    """The buyer misses the next coupon when he settles later than `days` (business or calendar) before it."""

    days: int
    market: str | None  # a market of `market_days`; None counts calendar days


@dataclass(frozen=True, slots=True)
class BondConvention:
    """How a bond is quoted per 100 face, yields in percent, each printed at fixed decimals.

    `clean` says that the quoted price excludes accrued interest; a zero-coupon bond simply has a price.
    `rounds_accrued`: the printed accrued interest, not the exact one, lies between clean and dirty price.
    """

    name: str
    frequency: int
    stub: Stub
    accrual: Accrual
    price_places: int
    yield_places: int
    accrued_places: int
    source: str
    clean: bool = True
    rounds_accrued: bool = False
    end_of_month: bool = False
    ex_dividend: ExDividend | None = None
    negative_yields: bool = False
    settlement_lag: int = 1
    # Whole years from issue to maturity that the market sells; empty: any.
    tenor_years: tuple[int, ...] = ()


PK_PIB = BondConvention(
    name="PK-PIB",
    frequency=2,
    stub=Stub.COMPOUND,
    accrual=Accrual.PERIOD,
    price_places=4,
    yield_places=4,
    accrued_places=4,
    tenor_years=(3, 5, 10, 15, 20, 30),
    source="State Bank of Pakistan: investment bonds, semi-annual compounding including the stub, ACT/ACT ICMA",
)
PK_PIB_ACT365 = BondConvention(
    name="PK-PIB-ACT365",
    frequency=2,
    stub=Stub.COMPOUND,
    accrual=Accrual.ACT_365,
    price_places=4,
    yield_places=4,
    accrued_places=4,
    tenor_years=(3, 5, 10, 15, 20, 30),
    source="State Bank of Pakistan: investment bonds of 2012-13, accrued interest coupon x days / 365",
)
PK_PIB_ZERO = BondConvention(
    name="PK-PIB-ZERO",
    frequency=1,
    stub=Stub.COMPOUND,
    accrual=Accrual.PERIOD,
    price_places=4,
    yield_places=4,
    accrued_places=4,
    clean=False,
    tenor_years=(2, 15),
    source="State Bank of Pakistan: zero-coupon investment bonds, annual compounding, ACT/ACT stub",
)
US_NOTE = BondConvention(
    name="US-NOTE",
    frequency=2,
    stub=Stub.SIMPLE,
    accrual=Accrual.PERIOD,
    price_places=6,
    yield_places=3,
    accrued_places=6,
    end_of_month=True,
    rounds_accrued=True,
    negative_yields=True,
    source="31 CFR Part 356, Appendix B, sections I and II",
)
US_AGENCY = BondConvention(
    name="US-AGENCY",
    frequency=2,
    stub=Stub.COMPOUND,
    accrual=Accrual.THIRTY_360,
    price_places=6,
    yield_places=3,
    accrued_places=6,
    negative_yields=True,
    source="30/360 US: 2006 ISDA Definitions 4.16(f); QuantLib testThirty360BondWithSettlementOn31st (Bloomberg)",
)
UK_GILT = BondConvention(
    name="UK-GILT",
    frequency=2,
    stub=Stub.COMPOUND,
    accrual=Accrual.PERIOD,
    price_places=6,
    yield_places=6,
    accrued_places=6,
    end_of_month=True,
    ex_dividend=ExDividend(days=7, market="UK"),
    negative_yields=True,
    source="UK DMO, Formulae for Calculating Gilt Prices from Yields",
)
AU_BOND = BondConvention(
    name="AU-BOND",
    frequency=2,
    stub=Stub.COMPOUND,
    accrual=Accrual.PERIOD,
    price_places=3,
    yield_places=4,
    accrued_places=3,
    rounds_accrued=True,
    ex_dividend=ExDividend(days=8, market=None),
    negative_yields=True,
    source="AOFM, as in QuantLib test-suite/bonds.cpp (ex-interest from seven days before the coupon)",
)
DE_BUND = BondConvention(
    name="DE-BUND",
    frequency=1,
    stub=Stub.SIMPLE_LAST,
    accrual=Accrual.PERIOD,
    price_places=6,
    yield_places=6,
    accrued_places=6,
    negative_yields=True,
    settlement_lag=2,
    source="Bundesbank yields: annual ACT/ACT ICMA, simple in the last period (rateslib legacy tests)",
)
FR_OAT = BondConvention(
    name="FR-OAT",
    frequency=1,
    stub=Stub.COMPOUND,
    accrual=Accrual.PERIOD,
    price_places=6,
    yield_places=6,
    accrued_places=6,
    negative_yields=True,
    settlement_lag=2,
    source="Agence France Tresor: annual ACT/ACT ICMA, compounded also in the last period (rateslib legacy tests)",
)
BOND_CONVENTIONS = {
    record.name: record
    for record in (PK_PIB, PK_PIB_ACT365, PK_PIB_ZERO, US_NOTE, US_AGENCY, UK_GILT, AU_BOND, DE_BUND, FR_OAT)
}
