"""What a series pays and what it is worth by its own convention: the joint of terms and debt arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from issuance.calendar.selectors import business_calendar
from issuance.maths.auction.paper import Paper, paper
from issuance.maths.bond_conventions import BOND_CONVENTIONS, BondConvention
from issuance.maths.conventions import CONVENTIONS, UNIT_CONVENTIONS, BillConvention, UnitConvention
from issuance.maths.coupon_amounts import coupon_fraction
from issuance.maths.faults import Fault
from issuance.maths.schedules import Coupon, coupons
from issuance.series.models import Series
from tokenization.kernel.errors import Refused


@dataclass(frozen=True, slots=True)
class Quote:
    """Per 100 face at the market's printed digits; `price` is clean, `dirty` = price + accrued is what is paid."""

    price: Decimal
    yield_pct: Decimal
    accrued: Decimal

    @property
    def dirty(self) -> Decimal:
        return self.price + self.accrued


def series_convention(series: Series) -> BillConvention | BondConvention:
    """How the debt of a series is quoted; Refused for a reserve-backed one, which has no yield."""
    if series.is_reserve:
        raise Refused(
            f"{series.isin} is sold at a price of one unit: it has no yield and no quote per 100.",
            field="series",
            rule="series.debt",
        )
    return CONVENTIONS.get(series.convention) or BOND_CONVENTIONS[series.convention]


def unit_convention(series: Series) -> UnitConvention:
    """How a unit of a reserve-backed series is priced; KeyError for debt."""
    return UNIT_CONVENTIONS[series.convention]


def coupon_schedule(series: Series) -> tuple[Coupon, ...]:
    """Every coupon in order, each with the business day on which it is paid by today's calendar; none for a bill or a
    reserve-backed unit."""
    if series.is_reserve:
        return ()
    rule = series_convention(series)
    if isinstance(rule, BillConvention) or not rule.clean:
        return ()
    return coupons(
        series.issue_date,
        series.maturity_date,
        rule.frequency,
        end_of_month=rule.end_of_month,
        first_coupon=series.first_coupon_date,
        calendar=business_calendar(series.calendar),
    )


def coupon_per_hundred(series: Series, coupon: Coupon) -> Fraction:
    """What a coupon pays per 100 of face, exactly: a regular one is coupon_pct / frequency."""
    rule = series_convention(series)
    if isinstance(rule, BillConvention):
        raise Refused(f"{series.isin} pays no coupons.", field="series", rule="series.coupon")
    return coupon_fraction(coupon, series.maturity_date, series.coupon_pct, rule)


def series_paper(series: Series, settlement: date) -> Paper:
    """The paper as an auction or a trade settling that day finds it. Refused outside the life of the series."""
    try:
        return paper(
            series_convention(series),
            settlement,
            series.maturity_date,
            series.coupon_pct,
            series.issue_date,
            series.first_coupon_date,
        )
    except Fault as fault:
        raise Refused(
            f"Settlement {settlement}: {fault}.", field="settlement_date", rule="series.settlement"
        ) from fault


def series_quote(
    series: Series, *, settlement: date, price: Decimal | None = None, yield_pct: Decimal | None = None
) -> Quote:
    """The full quote from a clean price or from a yield; from both, Refused unless the market could print the pair."""
    found = series_paper(series, settlement)
    try:
        if price is None and yield_pct is None:
            raise Fault("price", "give the price or the yield")
        if price is None:
            assert yield_pct is not None  # noqa: S101
            return Quote(found.price(yield_pct), yield_pct, found.accrued)
        if yield_pct is not None and not found.agrees(price, yield_pct):
            raise Fault("price", f"does not agree with the yield, which gives {found.price(yield_pct)}")
        return Quote(price, yield_pct if yield_pct is not None else found.yield_pct(price), found.accrued)
    except (Fault, ValueError) as fault:
        field = fault.field if isinstance(fault, Fault) else "price"
        raise Refused(f"{series.isin} has no such quote: {fault}.", field=field, rule="series.quote") from fault
