"""Reading one bid of an auction document."""

from __future__ import annotations

from decimal import Decimal

from issuance.maths.auction.bids import Bid
from issuance.maths.auction.paper import Paper
from issuance.maths.auction.rules import AuctionRule, Variable
from issuance.maths.faults import Fault
from issuance.maths.fields import Members, at_most_places, decimal_of, members_of, text_of, truth_of, whole_of
from issuance.maths.rounding import half_up

KNOWN = frozenset(("id", "bidder", "face", "price", "yield_pct", "competitive"))
LOWEST_YIELD = Decimal(-100)


class BidReader:
    """Reads the bids of one document: remembers the ids, and each price and yield already found good.

    `numbered` are the ids that the document gives as numbers: the answer gives them back so.
    """

    def __init__(self, rule: AuctionRule, paper: Paper | None, needs_paper: bool = True) -> None:
        self.rule = rule
        self.paper = paper
        self.needs_paper = needs_paper
        self.numbered: set[str] = set()
        self._ids: set[str] = set()
        self._good: set[tuple[Decimal | None, Decimal | None]] = set()

    def read(self, value: object) -> Bid:
        """The bid; Fault names the first field that breaks a rule."""
        given = members_of(value, "", KNOWN)
        name = label_of(given.get("id"), "id")
        if name in self._ids:
            raise Fault("id", "given to one bid only")
        self._ids.add(name)
        if not isinstance(given["id"], str):
            self.numbered.add(name)
        bidder = label_of(given.get("bidder"), "bidder")
        face = self._face(given.get("face"))
        competitive = given.get("competitive")
        if competitive is not None and not truth_of(competitive, "competitive"):
            for field in ("price", "yield_pct"):
                if given.get(field) is not None:
                    raise Fault(field, "absent: a non-competitive bid pays the average or the cut-off")
            return Bid(name, bidder, face, competitive=False)
        price, yield_pct = self.quoted(given)
        return Bid(name, bidder, face, price, yield_pct)

    def _face(self, value: object) -> int:
        face = whole_of(value, "face")
        if face < self.rule.minimum:
            raise Fault("face", f"at least {self.rule.minimum}")
        if face % self.rule.multiple:
            raise Fault("face", f"a multiple of {self.rule.multiple}")
        return face

    def quoted(self, given: Members) -> tuple[Decimal | None, Decimal | None]:
        """The price and the yield of a competitive bid; Fault when a number or the pair breaks a rule."""
        by_price = self.rule.variable is Variable.PRICE
        price = self._number(given, "price", by_price)
        yield_pct = self._number(given, "yield_pct", not by_price)
        if price is None and yield_pct is None:
            raise Fault("price" if by_price else "yield_pct", "price or yield_pct is needed in a competitive bid")
        if (price, yield_pct) not in self._good:
            self._check(price, yield_pct)
            self._good.add((price, yield_pct))
        return price, yield_pct

    def _number(self, given: Members, field: str, is_variable: bool) -> Decimal | None:
        if given.get(field) is None:
            return None
        number = decimal_of(given[field], field)
        places = self.rule.price_places if field == "price" else self.rule.yield_places
        places = self.rule.bid_places if is_variable else places
        at_most_places(number, places, field)
        if number <= (0 if field == "price" else LOWEST_YIELD):
            raise Fault(field, "above 0" if field == "price" else f"above {LOWEST_YIELD}")
        return half_up(number, places)

    def _check(self, price: Decimal | None, yield_pct: Decimal | None) -> None:
        if self.paper is None:
            other = price if self.rule.variable is Variable.YIELD else yield_pct
            if other is not None and self.needs_paper:
                raise Fault("price", "a yield, where no settlement and maturity are given")
            return
        if yield_pct is not None and yield_pct < 0 and not self.paper.convention.negative_yields:
            raise Fault("yield_pct", f"0 or more for {self.paper.convention.name}")
        implied = self.paper.yield_pct(price) if price is not None else None
        if yield_pct is None:
            return
        if price is None or implied is None:
            self.paper.price(yield_pct)
        elif not self.paper.agrees(price, yield_pct):
            raise Fault("yield_pct", f"must agree with the price, whose yield is {implied}")


def label_of(value: object, field: str) -> str:
    """A string, or a whole number taken as its digits."""
    if type(value) is int and abs(value) < 10**30:
        return str(value)
    return text_of(value, field)
