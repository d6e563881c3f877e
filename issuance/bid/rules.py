"""What a bid must satisfy by the rule of its auction. The clearing reads bids by the same records and the same pair."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from issuance.auction.models import Auction
from issuance.auction.selectors import auction_rule, target_face, terms_document
from issuance.bid.files import Ticks
from issuance.maths.auction.bid_fields import BidReader
from issuance.maths.auction.document import paper_of
from issuance.maths.auction.rules import AuctionRule, Variable
from issuance.maths.faults import Fault
from issuance.maths.fields import Members
from tokenization.kernel.bounds import fits
from tokenization.kernel.errors import Refused
from tokenization.kernel.money import minor_digits


class Broken(NamedTuple):
    """One broken rule: the service's field, the rule's name, and words."""

    field: str
    rule: str
    message: str


@dataclass(frozen=True, slots=True)
class Quote:
    """What is asked for: face in minor units, price per 100 or yield in percent or both, none if non-competitive."""

    face_minor: int
    competitive: bool
    price: Decimal | None = None
    yield_pct: Decimal | None = None


class BidRules:
    """The rules of one auction; remembers each price and yield already found a pair, and the yield of each price."""

    def __init__(self, auction: Auction) -> None:
        self.auction = auction
        self.rule: AuctionRule = auction_rule(auction)
        self.per_unit: int = 10 ** minor_digits(auction.series.currency)
        self._yields: dict[Decimal, Decimal] = {}
        self._reader = BidReader(self.rule, paper_of(Members(terms_document(auction)), self.rule))

    @property
    def ticks(self) -> Ticks:
        by_price = self.rule.variable is Variable.PRICE
        return Ticks(
            self.rule.bid_places if by_price else self.rule.price_places,
            self.rule.yield_places if by_price else self.rule.bid_places,
        )

    def broken(self, quote: Quote) -> list[Broken]:
        """Every rule that the bid breaks; empty when it may stand."""
        found = self._face(quote.face_minor)
        if not quote.competitive:
            given = [name for name in ("price", "yield_pct") if getattr(quote, name) is not None]
            words = "A non-competitive bid names no price or yield: it pays the average or the cut-off."
            return found + [Broken(name, "bid.non_competitive", words) for name in given]
        numbers = self._numbers(quote)
        return found + (numbers or self._pair(quote))

    def check(self, quote: Quote) -> None:
        """Refused on the first broken rule, with its field."""
        for broken in self.broken(quote):
            raise Refused(broken.message, field=broken.field, rule=broken.rule, next_step="Correct the bid.")

    def cap_minor(self) -> int:
        """The most that one investor may bid without a price."""
        return self.rule.noncompetitive.cap(target_face(self.auction)) * self.per_unit

    def yield_of(self, quote: Quote) -> Decimal | None:
        """The yield in percent that a competitive quote comes to; None without a price, or where no paper says it."""
        if quote.yield_pct is not None or quote.price is None or self._reader.paper is None:
            return quote.yield_pct
        if quote.price not in self._yields:
            self._yields[quote.price] = self._reader.paper.yield_pct(quote.price)
        return self._yields[quote.price]

    def _face(self, face_minor: int) -> list[Broken]:
        least, step = self.rule.minimum * self.per_unit, self.rule.multiple * self.per_unit
        if face_minor <= 0:
            return [Broken("face_minor", "bid.face_positive", "The face must be above 0.")]
        if not fits(face_minor):
            words = "The face is larger than any amount that is kept: check the number of zeros."
            return [Broken("face_minor", "amount.bound", words)]
        if face_minor < least:
            return [Broken("face_minor", "bid.minimum", f"The smallest bid is {self.rule.minimum:,} of face.")]
        if face_minor % step or face_minor % self.auction.series.denomination_minor:
            return [Broken("face_minor", "bid.multiple", f"The face is a multiple of {self.rule.multiple:,}.")]
        return []

    def _numbers(self, quote: Quote) -> list[Broken]:
        by_price = self.rule.variable is Variable.PRICE
        if quote.price is None and quote.yield_pct is None:
            field = "price" if by_price else "yield_pct"
            return [Broken(field, "bid.price_needed", "A competitive bid names a price or a yield.")]
        found = []
        for field, number, places in (
            ("price", quote.price, self.ticks.price),
            ("yield_pct", quote.yield_pct, self.ticks.yield_pct),
        ):
            if number is None:
                continue
            if not number.is_finite() or abs(number) >= 1_000:
                found.append(Broken(field, "bid.number", f"{number} is no price per 100 or percentage."))
            elif number != round(number, places):
                found.append(Broken(field, "bid.tick", f"{number} has more than {places} decimals."))
            elif field == "price" and number <= 0:
                found.append(Broken(field, "bid.price_positive", "The price must be above 0."))
        return found

    def _pair(self, quote: Quote) -> list[Broken]:
        given = Members({name: plain(getattr(quote, name)) for name in ("price", "yield_pct")})
        try:
            self._reader.quoted(given)
        except Fault as fault:
            return [Broken(fault.field, "bid.price_yield", f"{given[fault.field]}: {fault.rule}.")]
        return []


def plain(number: Decimal | None) -> str | None:
    """A number as its shortest plain text: 97.42170 is 97.4217."""
    return None if number is None else format(number.normalize() if number else Decimal(0), "f")
