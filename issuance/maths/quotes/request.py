"""A question for a quote: one JSON object, read and checked before anything is computed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from issuance.maths.bond_conventions import BOND_CONVENTIONS, BondConvention
from issuance.maths.conventions import CONVENTIONS, BillConvention
from issuance.maths.faults import Fault
from issuance.maths.fields import Members, at_most_places, date_of, decimal_of, members_of, text_of, truth_of

Convention = BillConvention | BondConvention
QUOTED: dict[str, Convention] = {**CONVENTIONS, **BOND_CONVENTIONS}
KNOWN = frozenset(
    ("id", "convention", "settlement", "maturity", "coupon_pct", "price", "clean_price", "yield_pct", "round")
    + ("dated", "first_coupon")
)
HIGHEST_COUPON = Decimal(100)


@dataclass(frozen=True, slots=True)
class Request:
    """`price` is the one that the convention quotes (clean for coupon bonds); it or `yield_pct` is there, or both."""

    convention: Convention
    settlement: date
    maturity: date
    coupon_pct: Decimal
    price: Decimal | None
    yield_pct: Decimal | None
    printed: bool
    dated: date | None = None
    first_coupon: date | None = None


def price_field(convention: Convention) -> str:
    """The name under which that market's price is asked and answered."""
    return "clean_price" if isinstance(convention, BondConvention) and convention.clean else "price"


def request_of(value: object) -> Request:
    """The checked request; Fault names the first field that breaks a rule. null counts as not given."""
    members = members_of(value, "line", KNOWN)
    given = Members({name: item for name, item in members.items() if item is not None})
    convention = convention_of(given.get("convention"))
    settlement = date_of(given.get("settlement"), "settlement")
    maturity = date_of(given.get("maturity"), "maturity")
    if settlement >= maturity:
        raise Fault("settlement", f"before maturity {maturity}")
    printed = truth_of(given.get("round", True), "round")
    price, yield_pct = _price(given, convention, printed), _yield(given, convention, printed)
    if price is None and yield_pct is None:
        raise Fault(price_field(convention), f"{price_field(convention)} or yield_pct is needed")
    coupon = coupon_of(given.get("coupon_pct"), convention)
    dated, first = _odd_first(given, convention)
    return Request(convention, settlement, maturity, coupon, price, yield_pct, printed, dated, first)


def convention_of(value: object) -> Convention:
    name = text_of(value, "convention")
    if name not in QUOTED:
        raise Fault("convention", f"one of {', '.join(sorted(QUOTED))}")
    return QUOTED[name]


def coupon_of(value: object, convention: Convention) -> Decimal:
    """The coupon in percent a year; none (or 0) for paper without coupons."""
    if price_field(convention) == "price":
        if value is not None and decimal_of(value, "coupon_pct") != 0:
            raise Fault("coupon_pct", f"absent: {convention.name} pays no coupon")
        return Decimal(0)
    if value is None:
        raise Fault("coupon_pct", f"needed for {convention.name}")
    coupon = decimal_of(value, "coupon_pct")
    if not 0 <= coupon <= HIGHEST_COUPON:
        raise Fault("coupon_pct", f"0 to {HIGHEST_COUPON}")
    return coupon


def _price(given: Members, convention: Convention, printed: bool) -> Decimal | None:
    field = price_field(convention)
    other = "price" if field == "clean_price" else "clean_price"
    if other in given:
        raise Fault(other, f"{convention.name} is quoted by {field}")
    if field not in given:
        return None
    price = decimal_of(given[field], field)
    if price <= 0:
        raise Fault(field, "above 0")
    return at_most_places(price, convention.price_places, field) if printed else price


def _yield(given: Members, convention: Convention, printed: bool) -> Decimal | None:
    if "yield_pct" not in given:
        return None
    yield_pct = decimal_of(given["yield_pct"], "yield_pct")
    if yield_pct < 0 and not convention.negative_yields:
        raise Fault("yield_pct", f"0 or more for {convention.name}")
    return at_most_places(yield_pct, convention.yield_places, "yield_pct") if printed else yield_pct


def _odd_first(given: Members, convention: Convention) -> tuple[date | None, date | None]:
    for field in ("dated", "first_coupon"):
        if field in given and price_field(convention) == "price":
            raise Fault(field, f"absent: {convention.name} pays no coupon")
    if "first_coupon" in given and "dated" not in given:
        raise Fault("dated", "needed with first_coupon")
    dated = date_of(given["dated"], "dated") if "dated" in given else None
    return dated, date_of(given["first_coupon"], "first_coupon") if "first_coupon" in given else None
