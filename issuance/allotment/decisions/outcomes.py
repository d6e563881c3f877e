"""What each bid gets, at which price, what it pays, and why; read from the two texts that a decision binds.

The document of the book and the result are the very bytes whose hashes are proposed, approved and stored: what the
maker tries, what the checker sees and what stands afterwards are one table.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from issuance.allotment.decisions.clearing import both, cleared, read
from issuance.allotment.models import AuctionDecision
from issuance.auction.models import Auction
from issuance.maths.auction.bids import Bid
from issuance.maths.auction.book import Book
from issuance.maths.auction.document import Auction as Given
from issuance.maths.auction.rules import AuctionRule, Oversubscription, Pricing, Variable

ZERO = Decimal("0.00")
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`state`: "in full", "in part", "nothing" or "void". Faces and money are whole units of the currency; `price` and
    `yield_pct` as bid, else worked out for the paper; `at_price` and `at_yield_pct` None where nothing is got.
    """

    bid: str
    bidder: str
    competitive: bool
    offered: int
    price: Decimal | None
    yield_pct: Decimal | None
    state: str
    gets: int
    at_price: Decimal | None
    at_yield_pct: Decimal | None
    pays: Decimal
    accrued: Decimal
    why: str


def outcomes(document: str, result: str) -> tuple[Outcome, ...]:
    """Every standing bid: competitive ones best first, then those without a price, the void ones last."""
    given, sheet = read(document), json.loads(result)
    got = {str(item["id"]): item for item in sheet["allotments"]}
    void = {str(item["id"]): str(item["reason"]) for item in sheet["voided"]}
    others = [bid for bid in given.bids if not bid.competitive]
    others.sort(key=lambda bid: (bid.id in void, _order(bid)))
    return (
        *_competitive(given, sheet, got),
        *(_outcome(bid, (None, None), got.get(bid.id), _open_why(bid, given, sheet, got, void)) for bid in others),
    )


def outcomes_bound(auction: Auction, payload: Json) -> tuple[Outcome, ...]:
    """Of a proposed or approved decision (AuctionAllot's payload); nothing where clearing gives other texts by now."""
    bound = {name: payload[name] for name in ("document_sha256", "result_sha256")}
    stored = AuctionDecision.objects.filter(auction=auction, **bound).first()
    if stored is not None:
        return outcomes(stored.document, stored.result)
    found = cleared(auction, payload["accept"])
    if bound != {"document_sha256": found.document_sha256, "result_sha256": found.result_sha256}:
        return ()
    return outcomes(found.document, found.text)


Why = tuple[str, str]
Figures = tuple[Decimal | None, Decimal | None]


def _competitive(given: Given, sheet: Json, got: Mapping[str, Json]) -> Iterator[Outcome]:
    book = Book.of((bid for bid in given.bids if bid.competitive), given.rule, given.paper)
    for level in book.levels:
        named = both(level.value, given.paper, by_price=given.rule.variable is Variable.PRICE)
        for bid in sorted(level.bids, key=_order):
            item = got.get(bid.id)
            how = _shared(bid, level.bids, given.rule, sheet)
            missed = _missed(level.value, given.rule, sheet, how)
            why = missed if item is None else _won(bid, item, given.rule, how)
            yield _outcome(bid, named, item, why)


def _outcome(bid: Bid, named: Figures, item: Json | None, why: Why) -> Outcome:
    price = named[0] if bid.price is None else bid.price
    rate = named[1] if bid.yield_pct is None else bid.yield_pct
    paid = item or {}
    return Outcome(
        bid=bid.id,
        bidder=bid.bidder,
        competitive=bid.competitive,
        offered=bid.face,
        price=price,
        yield_pct=rate,
        state=why[0],
        gets=int(paid.get("face", 0)),
        at_price=_decimal(paid.get("price")),
        at_yield_pct=_decimal(paid.get("yield_pct")),
        pays=_decimal(paid.get("amount")) or ZERO,
        accrued=_decimal(paid.get("accrued")) or ZERO,
        why=why[1],
    )


def _shared(bid: Bid, level: Sequence[Bid], rule: AuctionRule, sheet: Json) -> str:
    """How a cut-off that is not filled is shared, as far as it concerns this bid."""
    alone = sum(one.bidder == bid.bidder for one in level) == 1
    words = f"the cut-off is shared, {sheet['pro_rata_pct']} % each before rounding"
    return words if alone or not rule.pro_rata.by_bidder else f"{words}, a bidder's bids as one, his largest first"


def _won(bid: Bid, item: Json, rule: AuctionRule, how: str) -> Why:
    price = "at its own price" if rule.pricing is Pricing.MULTIPLE else "at the cut-off price, as all"
    if item["face"] == bid.face:
        return "in full", price
    return "in part", f"{how}; {price}"


def _missed(value: Decimal, rule: AuctionRule, sheet: Json, how: str) -> Why:
    if sheet["cut_off"] is None:
        return "nothing", "no bid is accepted"
    cut = Decimal(sheet["cut_off"])
    if value == cut:
        return "nothing", f"{how}: nothing is left for it"
    figure, beyond = ("price", "below") if rule.variable is Variable.PRICE else ("yield", "above")
    return "nothing", f"{beyond} the cut-off {figure} of {cut:f}"


def _open_why(bid: Bid, given: Given, sheet: Json, got: Mapping[str, Json], void: Mapping[str, str]) -> Why:
    """Of a bid without a price: void by its rule, without anybody's price to pay, or served from the pool."""
    rule, item = given.rule, got.get(bid.id)
    if bid.id in void:
        return "void", void[bid.id]
    if sheet["cut_off"] is None:
        return "nothing", "no bid with a price is accepted, so there is no price to pay"
    average = rule.pricing is Pricing.MULTIPLE
    price = "at the weighted average price" if average else "at the cut-off price, as all"
    if item is not None and item["face"] == bid.face:
        return "in full", price
    pool = f"more was asked for without a price than the pool of {rule.noncompetitive.pool(given.target)}"
    if item is not None:
        return "in part", f"{pool}; {price}"
    smaller = rule.noncompetitive.oversubscription is Oversubscription.ASCENDING
    return "nothing", f"{pool}: {'smaller bids come first' if smaller else 'its share rounds to nothing'}"


def _order(bid: Bid) -> tuple[int, str]:
    return (int(bid.id), "") if bid.id.isdecimal() else (0, bid.id)


def _decimal(text: object) -> Decimal | None:
    return None if text is None else Decimal(str(text))
