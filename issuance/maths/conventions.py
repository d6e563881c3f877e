"""Market conventions as immutable records. A new convention is one record in CONVENTIONS."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from issuance.maths.daycount import ACT_360, ACT_365, DayCount


class Quotation(StrEnum):
    SIMPLE_YIELD = "SIMPLE_YIELD"
    BANK_DISCOUNT = "BANK_DISCOUNT"


@dataclass(frozen=True, slots=True)
class BillConvention:
    """How a discount bill is quoted: prices per 100 face, rates in percent, both printed at fixed decimals.

    `source` says where the market publishes the rule; `settlement_lag` counts business days after the auction;
    nothing longer than `longest_days` is quoted so.
    """

    name: str
    quotation: Quotation
    day_count: DayCount
    price_places: int
    yield_places: int
    settlement_lag: int
    tenors: tuple[int, ...]
    source: str
    longest_days: int = 366
    negative_yields: bool = False


PK_MTB = BillConvention(
    name="PK-MTB",
    quotation=Quotation.SIMPLE_YIELD,
    day_count=ACT_365,
    price_places=4,
    yield_places=4,
    settlement_lag=1,
    tenors=(28, 84, 182, 364),
    source="State Bank of Pakistan: market treasury bills, P = 100/(1+y*d/365), not bank discount",
)
US_BILL = BillConvention(
    name="US-BILL",
    quotation=Quotation.BANK_DISCOUNT,
    day_count=ACT_360,
    price_places=6,
    yield_places=3,
    settlement_lag=1,
    tenors=(28, 42, 56, 91, 119, 182, 364),
    source="31 CFR Part 356, Appendix B, section VI",
)
PK_GIS = BillConvention(
    name="PK-GIS",
    quotation=Quotation.SIMPLE_YIELD,
    day_count=ACT_365,
    price_places=4,
    yield_places=4,
    settlement_lag=1,
    tenors=(364,),
    source="Government of Pakistan ijara sukuk, one year discounted: simple rate, ACT/365 (DOMAIN.md)",
)
CONVENTIONS = {convention.name: convention for convention in (PK_MTB, PK_GIS, US_BILL)}


@dataclass(frozen=True, slots=True)
class UnitConvention:
    """How a commodity-backed unit is quoted: money for one unit, at fixed decimals; no yield, nothing accrues."""

    name: str
    price_places: int
    settlement_lag: int
    source: str


UNIT_PRICE = UnitConvention(
    name="UNIT-PRICE",
    price_places=4,
    settlement_lag=1,
    source="the issuer's terms: price of one unit in the payment currency",
)
UNIT_CONVENTIONS = {UNIT_PRICE.name: UNIT_PRICE}


def convention(name: str) -> BillConvention:
    """The record of that name; KeyError names the known ones."""
    try:
        return CONVENTIONS[name]
    except KeyError:
        raise KeyError(f"no convention {name!r}; known: {', '.join(sorted(CONVENTIONS))}") from None
