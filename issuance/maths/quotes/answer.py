"""Answering a request: the quoted price, what follows from it, and the yield; printed digits or twelve significant."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal

from issuance.maths.bills import bill_price, bill_yield
from issuance.maths.bond_conventions import BondConvention
from issuance.maths.bonds import clean_price, yield_of
from issuance.maths.conventions import BillConvention
from issuance.maths.faults import Fault
from issuance.maths.flows import Flows, Terms, flows_at
from issuance.maths.quotes.request import Convention, Request, price_field
from issuance.maths.rounding import EXACT, half_up

_TWELVE = Context(prec=12, rounding=ROUND_HALF_UP)
Answer = dict[str, str | int]
_Map = Callable[[Decimal], Decimal]


def answer(request: Request) -> Answer:
    """Every figure that applies; Fault when the price has no admitted yield, or price and yield disagree."""
    if isinstance(request.convention, BillConvention):
        return _bill(request, request.convention)
    return _bond(request, request.convention)


def _bill(request: Request, convention: BillConvention) -> Answer:
    days = convention.day_count.days(request.settlement, request.maturity)
    if days > convention.longest_days:
        raise Fault("maturity", f"at most {convention.longest_days} days after settlement for {convention.name}")
    price, yield_pct = _pair(
        request,
        lambda rate: _priced(rate, days, convention),
        lambda price: bill_yield(price, days, convention, rounded=False),
    )
    shown = _shown(request, price, convention.price_places)
    return {"price": shown, "yield_pct": _shown(request, yield_pct, convention.yield_places), "days": days}


def _bond(request: Request, convention: BondConvention) -> Answer:
    terms = Terms(request.maturity, request.coupon_pct, request.dated, request.first_coupon)
    flows = flows_at(request.settlement, terms, convention)
    price, yield_pct = _pair(
        request,
        lambda rate: clean_price(flows, rate, convention),
        lambda price: yield_of(flows, EXACT.add(price, flows.accrued), convention),
    )
    days = (request.maturity - request.settlement).days
    shown_yield = _shown(request, yield_pct, convention.yield_places)
    if not convention.clean:
        return {"price": _shown(request, price, convention.price_places), "yield_pct": shown_yield, "days": days}
    return {**_three(request, price, flows, convention), "yield_pct": shown_yield, "days": days}


def _three(request: Request, clean: Decimal, flows: Flows, convention: BondConvention) -> Answer:
    """Clean, accrued, dirty; printed figures add up as printed."""
    accrued = flows.accrued
    if request.printed:
        clean, accrued = half_up(clean, convention.price_places), half_up(accrued, convention.accrued_places)
    dirty = EXACT.add(clean, accrued)
    places = max(convention.price_places, convention.accrued_places)
    return {
        "clean_price": _shown(request, clean, convention.price_places),
        "accrued": _shown(request, accrued, convention.accrued_places),
        "dirty_price": _shown(request, dirty, places),
    }


def _pair(request: Request, to_price: _Map, to_yield: _Map) -> tuple[Decimal, Decimal]:
    """Price and yield, each exact unless given; both given must be a pair the market could have printed."""
    convention, price, yield_pct = request.convention, request.price, request.yield_pct
    if price is not None:
        implied = to_yield(price)
        if implied < 0 and not convention.negative_yields:
            raise Fault(price_field(convention), f"gives a yield below 0, which {convention.name} does not quote")
        if yield_pct is None:
            return price, implied
        if not _agree(price, yield_pct, convention, to_price, implied):
            raise Fault(
                "yield_pct", f"must agree with the {price_field(convention)}, whose yield is {half_up(implied, 6)}"
            )
        return price, yield_pct
    if yield_pct is None:
        raise Fault(price_field(convention), f"{price_field(convention)} or yield_pct is needed")
    price = to_price(yield_pct)
    if half_up(price, convention.price_places) <= 0:
        raise Fault("yield_pct", "leaves no positive price")
    return price, yield_pct


def _agree(price: Decimal, yield_pct: Decimal, convention: Convention, to_price: _Map, implied: Decimal) -> bool:
    if half_up(implied, convention.yield_places) == half_up(yield_pct, convention.yield_places):
        return True
    return half_up(to_price(yield_pct), convention.price_places) == half_up(price, convention.price_places)


def _priced(rate: Decimal, days: int, convention: BillConvention) -> Decimal:
    try:
        return bill_price(rate, days, convention, rounded=False)
    except ValueError:
        raise Fault("yield_pct", "leaves no positive price") from None


def _shown(request: Request, value: Decimal, places: int) -> str:
    return f"{half_up(value, places) if request.printed else _TWELVE.plus(value):f}"
