"""What the buyer of a bond receives, and what has accrued, on a settlement date; per 100 face, exact.

A bond lives on a grid of regular dates. Odd first coupons are sums over the notional periods they cross: the rule of
31 CFR 356 Appendix B, of the UK DMO and of ICMA alike.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import QuantLib as ql

from issuance.maths.bond_conventions import Accrual, BondConvention, ExDividend
from issuance.maths.faults import Fault
from issuance.maths.market_days import business_days_before
from issuance.maths.rounding import EXACT, half_up
from issuance.maths.schedules import first_coupon_date, grid, ql_date

HUNDRED = Decimal(100)
_THIRTY_360 = ql.Thirty360(ql.Thirty360.USA)


@dataclass(frozen=True, slots=True)
class Terms:
    """A bond's own terms. `dated` is the day interest runs from; None means that every coupon still due is regular."""

    maturity: date
    coupon_pct: Decimal
    dated: date | None = None
    first_coupon: date | None = None


@dataclass(frozen=True, slots=True)
class Flows:
    """`amounts[k]` falls due `stub + k` regular periods after settlement; `stub` is above 0 and at most 1."""

    stub: Decimal
    amounts: tuple[Decimal, ...]
    accrued: Decimal


def flows_at(settlement: date, terms: Terms, convention: BondConvention) -> Flows:
    """The flows of a purchase settled on `settlement`; Fault names the term that does not fit."""
    if settlement >= terms.maturity:
        raise Fault("settlement", f"before maturity {terms.maturity}")
    if terms.dated is not None and settlement < terms.dated:
        raise Fault("settlement", f"on or after {terms.dated}, the day interest runs from")
    dates = grid(terms.dated or settlement, terms.maturity, convention.frequency, convention.end_of_month)
    here = bisect_right(dates, settlement) - 1
    due, first = dates[here + 1 :], _first(terms, convention)
    in_first = first is not None and settlement < first
    amounts = [EXACT.divide(terms.coupon_pct, Decimal(convention.frequency))] * len(due)
    if in_first and first and terms.dated:
        at = due.index(first)
        amounts[: at + 1] = [Decimal(0)] * at + [_interest(terms.dated, first, dates, terms, convention)]
    since = terms.dated if in_first and terms.dated else dates[here]
    accrued = _accrued(since, settlement, dates, terms, convention)
    if convention.ex_dividend and is_ex_dividend(settlement, due[0], convention.ex_dividend):
        accrued, amounts[0] = EXACT.subtract(accrued, amounts[0]), Decimal(0)
    if convention.rounds_accrued:
        accrued = half_up(accrued, convention.accrued_places)
    amounts[-1] = EXACT.add(amounts[-1], HUNDRED)
    gone = _share(dates[here], settlement, dates[here], due[0], convention)
    return Flows(EXACT.subtract(Decimal(1), gone), tuple(amounts), accrued)


def is_ex_dividend(settlement: date, coupon: date, rule: ExDividend) -> bool:
    """Whether who settles on that day no longer receives the coupon."""
    if rule.market is None:
        return settlement > coupon - timedelta(days=rule.days)
    # Cheap test first: no run of business days stretches over more than twice its length and five days.
    if settlement < coupon - timedelta(days=2 * rule.days + 5):
        return False
    return settlement > business_days_before(coupon, rule.days, rule.market)


def coupon_amount(start: date, end: date, terms: Terms, convention: BondConvention) -> Decimal:
    """Interest per 100 face that a coupon running [start, end) pays, unrounded."""
    dates = grid(start, terms.maturity, convention.frequency, convention.end_of_month)
    return _interest(start, end, dates, terms, convention)


def _first(terms: Terms, convention: BondConvention) -> date | None:
    if terms.dated is None:
        return None
    return first_coupon_date(
        terms.dated, terms.maturity, convention.frequency, convention.end_of_month, terms.first_coupon
    )


def _accrued(
    since: date, settlement: date, dates: tuple[date, ...], terms: Terms, convention: BondConvention
) -> Decimal:
    if convention.accrual is Accrual.ACT_365:
        return EXACT.divide(EXACT.multiply(terms.coupon_pct, Decimal((settlement - since).days)), Decimal(365))
    return _interest(since, settlement, dates, terms, convention)


def _interest(start: date, end: date, dates: tuple[date, ...], terms: Terms, convention: BondConvention) -> Decimal:
    """Interest over [start, end): for each regular period crossed, the share of it that was crossed."""
    total = Decimal(0)
    for opens, closes in zip(dates, dates[1:], strict=False):
        if opens >= end or closes <= start:
            continue
        total = EXACT.add(total, _share(max(opens, start), min(closes, end), opens, closes, convention))
    return EXACT.divide(EXACT.multiply(terms.coupon_pct, total), Decimal(convention.frequency))


def _share(start: date, end: date, opens: date, closes: date, convention: BondConvention) -> Decimal:
    """[start, end) as a share of the regular period [opens, closes) around it."""
    if convention.accrual is Accrual.THIRTY_360:
        days = _THIRTY_360.dayCount(ql_date(start), ql_date(end))
        return EXACT.divide(Decimal(days * convention.frequency), Decimal(360))
    return EXACT.divide(Decimal((end - start).days), Decimal((closes - opens).days))
