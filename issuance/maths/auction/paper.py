"""The paper on offer, as the auction needs it: price of a yield, yield of a price, accrued interest; printed digits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from issuance.maths.bills import bill_price, bill_yield
from issuance.maths.bonds import clean_price, yield_of
from issuance.maths.conventions import BillConvention
from issuance.maths.faults import Fault
from issuance.maths.flows import Flows, Terms, flows_at
from issuance.maths.quotes.request import Convention
from issuance.maths.rounding import EXACT, half_up

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Paper:
    """`accrued` per 100 is printed, so that amounts can be recomputed from the result sheet."""

    convention: Convention
    days: int
    flows: Flows | None
    accrued: Decimal

    @property
    def bears_interest(self) -> bool:
        return not isinstance(self.convention, BillConvention) and self.convention.clean

    def price(self, yield_pct: Decimal, places: int | None = None) -> Decimal:
        """Clean price at a yield, with the market's decimals unless told; Fault where none is above 0."""
        digits = self.convention.price_places if places is None else places
        if isinstance(self.convention, BillConvention):
            try:
                found = half_up(bill_price(yield_pct, self.days, self.convention, rounded=False), digits)
            except ValueError:
                found = NOTHING
        else:
            assert self.flows is not None  # noqa: S101 (a bond's paper is made with its flows)
            found = half_up(clean_price(self.flows, yield_pct, self.convention), digits)
        if found <= 0:
            raise Fault("yield_pct", "leaves no positive price")
        return found

    def yield_pct(self, price: Decimal, places: int | None = None) -> Decimal:
        """Yield in percent of a clean price, with the market's decimals unless told; Fault where no market has it."""
        digits = self.convention.yield_places if places is None else places
        if isinstance(self.convention, BillConvention):
            found = bill_yield(price, self.days, self.convention, rounded=False)
        else:
            assert self.flows is not None  # noqa: S101
            found = yield_of(self.flows, EXACT.add(price, self.flows.accrued), self.convention)
        if found < 0 and not self.convention.negative_yields:
            raise Fault("price", f"gives a yield below 0, which {self.convention.name} does not quote")
        return half_up(found, digits)

    def agrees(self, price: Decimal, yield_pct: Decimal) -> bool:
        """Whether price and yield are a pair the market could have printed: either one, rounded, gives the other."""
        return self.yield_pct(price) == yield_pct or self.price(yield_pct) == price


def paper(
    convention: Convention,
    settlement: date,
    maturity: date,
    coupon_pct: Decimal = NOTHING,
    dated: date | None = None,
    first_coupon: date | None = None,
) -> Paper:
    """The paper settled on that day; Fault names the term that does not fit."""
    if settlement >= maturity:
        raise Fault("settlement", f"before maturity {maturity}")
    days = (maturity - settlement).days
    if isinstance(convention, BillConvention):
        if days > convention.longest_days:
            raise Fault("maturity", f"at most {convention.longest_days} days after settlement for {convention.name}")
        return Paper(convention, days, None, NOTHING)
    flows = flows_at(settlement, Terms(maturity, coupon_pct, dated, first_coupon), convention)
    accrued = half_up(flows.accrued, convention.accrued_places) if convention.clean else NOTHING
    return Paper(convention, days, flows, accrued)
