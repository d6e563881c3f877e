"""What the accepted bids pay: their own price or the cut-off, in whole minor units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from issuance.maths.auction.averages import weighted
from issuance.maths.auction.bids import Allotment, Bid
from issuance.maths.auction.book import Level
from issuance.maths.auction.paper import Paper
from issuance.maths.auction.rules import AuctionRule, Pricing, Variable
from issuance.maths.auction.selection import Taken
from issuance.maths.rounding import EXACT, half_up, half_up_ratio


@dataclass(frozen=True, slots=True)
class Terms:
    """Price and yield of one level; a face of 1 at `price` per 100 costs `price` minor units, so no factor appears."""

    price: Decimal | None
    yield_pct: Decimal | None
    ratio: tuple[int, int] | None
    accrued: tuple[int, int] | None
    no_interest: int | None

    def allotment(self, bid: Bid, face: int, yield_pct: Decimal | None) -> Allotment:
        amount = None if self.ratio is None else half_up_ratio(face * self.ratio[0], self.ratio[1])
        interest = half_up_ratio(face * self.accrued[0], self.accrued[1]) if self.accrued else self.no_interest
        return Allotment(bid.id, bid.bidder, bid.competitive, face, self.price, yield_pct, amount, interest)


def terms(price: Decimal | None, yield_pct: Decimal | None, paper: Paper | None) -> Terms:
    """The terms at a clean price; accrued interest of the paper is paid on top."""
    if price is None:
        return Terms(price, yield_pct, None, None, None)
    accrued = Decimal(0) if paper is None else paper.accrued
    ratio = EXACT.add(price, accrued).as_integer_ratio()
    return Terms(price, yield_pct, ratio, accrued.as_integer_ratio() if accrued else None, 0)


def level_terms(value: Decimal, rule: AuctionRule, paper: Paper | None) -> Terms:
    """The terms of who pays the level `value` of the book."""
    if rule.variable is Variable.PRICE:
        return terms(value, None if paper is None else paper.yield_pct(value), paper)
    return terms(None if paper is None else paper.price(value), value, paper)


Priced = list[tuple[Level, Terms]]


def priced(taken: Taken, rule: AuctionRule, paper: Paper | None) -> Priced:
    """The taken levels, best first, each with the terms of its own value."""
    return [(level, level_terms(level.value, rule, paper)) for level in taken.levels]


def accepted(levels: Priced, taken: Taken, rule: AuctionRule) -> Iterator[Allotment]:
    """The competitive allotments, best level first, by bid id within a level."""
    uniform, shared = rule.pricing is Pricing.UNIFORM, taken.shared.get
    for level, own in levels:
        here = levels[-1][1] if uniform else own
        for bid in sorted(level.bids):
            if face := shared(bid.id, bid.face):
                rate = here.yield_pct if uniform or bid.yield_pct is None else bid.yield_pct
                yield here.allotment(bid, face, rate)


@dataclass(frozen=True, slots=True)
class Averages:
    """Of what the accepted competitive bids bid, weighted by the face they got."""

    price: Decimal | None
    yield_pct: Decimal | None


def averages_of(levels: Priced, taken: Taken, rule: AuctionRule) -> Averages:
    """Averages at printed digits. The yield averaged is the printed one, so that the sheet can be recomputed."""
    prices: list[tuple[int, Decimal | None]] = []
    yields: list[tuple[int, Decimal | None]] = []
    for level, here in levels:
        if not level.yields and level.bids[0].id not in taken.shared:
            prices.append((level.face, here.price))
            yields.append((level.face, here.yield_pct))
            continue
        prices.append((sum(map(taken.face, level.bids)), here.price))
        for bid in level.bids:
            yields.append((taken.face(bid), here.yield_pct if bid.yield_pct is None else bid.yield_pct))
    return Averages(weighted(prices, rule.price_places), weighted(yields, rule.yield_places))


def without_price(
    bids: list[Bid], faces: dict[str, int], levels: Priced, averages: Averages, rule: AuctionRule, paper: Paper | None
) -> Iterator[Allotment]:
    """The non-competitive allotments: at the cut-off of a uniform auction, else at the weighted average price."""
    if not levels:
        return  # nobody said what to pay
    here = levels[-1][1]
    if rule.pricing is Pricing.MULTIPLE:
        price = None if averages.price is None else half_up(averages.price, rule.bid_places)
        here = terms(price, None if price is None or paper is None else paper.yield_pct(price), paper)
    for bid in bids:
        if faces.get(bid.id):
            yield here.allotment(bid, faces[bid.id], here.yield_pct)
