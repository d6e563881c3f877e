"""What became of a bid, in words: accepted, shared, missed or void, and why."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from issuance.allotment.models import AuctionDecision
from issuance.auction.models import Auction
from issuance.auction.selectors import auction_rule
from issuance.bid.models import Bid
from issuance.maths.auction.rules import AuctionRule, Pricing, Variable
from issuance.series.selectors import series_paper
from tokenization.kernel.money import Money
from tokenization.theme import figures

Sheet = Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """`tone` is the theme's; `short` is for a list, `headline` says what, `why` says by which rule."""

    bid: Bid
    tone: str
    short: str
    headline: str
    why: str


def outcomes(auction: Auction, bids: Iterable[Bid], sheet: Sheet) -> list[Outcome]:
    """For bids that stood at the close; `sheet` is the decided result."""
    rule = auction_rule(auction)
    got = {str(item["id"]): item for item in sheet["allotments"]}
    void = {str(item["id"]): str(item["reason"]) for item in sheet["voided"]}
    return [_outcome(bid, rule, sheet, got.get(str(bid.pk)), void.get(str(bid.pk))) for bid in bids]


def fates(bids: Iterable[Bid]) -> dict[int, Outcome]:
    """By bid, for every one that stood at the close of an auction that is decided; rows need `standing`."""
    stood: defaultdict[int, list[Bid]] = defaultdict(list)
    for bid in bids:
        if getattr(bid, "standing", False) and bid.auction.state in {"ALLOTTED", "REJECTED"}:
            stood[bid.auction_id].append(bid)
    found: dict[int, Outcome] = {}
    for decision in AuctionDecision.objects.filter(auction__in=stood):
        own = stood[decision.auction_id]
        found |= {row.bid.pk: row for row in outcomes(own[0].auction, own, json.loads(decision.result))}
    return found


def _outcome(bid: Bid, rule: AuctionRule, sheet: Sheet, item: Sheet | None, reason: str | None) -> Outcome:
    if reason is not None:
        return Outcome(
            bid, "bad", f"void: {figures.plain(reason)}", "Void", f"It counted for nothing: {figures.plain(reason)}."
        )
    if sheet["status"] == "ALL_REJECTED":
        return Outcome(
            bid,
            "warn",
            "all bids rejected",
            "Rejected",
            "All bids of this auction were rejected. Nothing is to be paid.",
        )
    if item is None or not item["face"]:
        return Outcome(bid, "warn", "lost", "Not accepted", _missed(bid, rule, sheet))
    currency = bid.auction.series.currency
    asked, face = Money(bid.face_minor, currency), Money.of(item["face"], currency)
    partly = face.minor < asked.minor
    headline = f"Accepted in part: {face} of {asked}" if partly else f"Accepted in full: {face}"
    won = f"won {face} at {item['price']}"
    return Outcome(bid, "good", won, headline, f"{_won(bid, rule, sheet, partly)} {_pays(bid, rule, item)}")


def _ranked(bid: Bid, rule: AuctionRule) -> Decimal | None:
    """The bid in the figure that the auction ranks by, as the clearing converted it."""
    places = rule.bid_places
    if rule.variable is Variable.PRICE:
        if bid.price is not None or bid.yield_pct is None:
            return bid.price
        return series_paper(bid.auction.series, bid.auction.settlement_date).price(bid.yield_pct, places)
    if bid.yield_pct is not None or bid.price is None:
        return bid.yield_pct
    return series_paper(bid.auction.series, bid.auction.settlement_date).yield_pct(bid.price, places)


def _cut(bid: Bid, rule: AuctionRule, sheet: Sheet) -> str:
    """'Your price of 97.6000 was above the cut-off price of 97.5000.' What was bid stands beside what is like it: a
    yield beside the cut-off yield, a price beside the price; which of the two is better says the figure ranked by."""
    by_price = rule.variable is Variable.PRICE
    word, other = ("price", "yield") if by_price else ("yield", "price")
    own, cut, said = _ranked(bid, rule), Decimal(sheet["cut_off"]), bid.price if by_price else bid.yield_pct
    if own is None:
        return f"The cut-off {word} was {cut:f}."
    than = "at" if own == cut else "above" if own > cut else "below"
    if said is None:
        return _cut_in_other(bid, sheet, own, word, other, than)
    if than == "at":
        return f"Your {word} of {_figure(word, own)} was at the cut-off."
    return f"Your {word} of {_figure(word, own)} was {than} the cut-off {word} of {_figure(word, cut)}."


def _cut_in_other(bid: Bid, sheet: Sheet, own: Decimal, word: str, other: str, than: str) -> str:
    """Of a bid that named a yield where prices are ranked, or the reverse; `own` is what it was converted to."""
    mine = bid.yield_pct if other == "yield" else bid.price
    asked = f"Your {other} of {_figure(other, mine)}"
    if than == "at":
        return f"{asked} was at the cut-off: it is a {word} of {_figure(word, own)}, the cut-off {word}."
    limit = sheet["cut_off_yield_pct" if other == "yield" else "cut_off_price"]
    if limit is None or Decimal(limit) == mine:
        # Rounding makes the two the same: the figure ranked by tells them apart.
        return f"{asked} is a {word} of {_figure(word, own)}, {than} the cut-off {word} of {sheet['cut_off']}."
    # A higher price is a lower yield.
    turned = "below" if than == "above" else "above"
    return f"{asked} was {turned} the cut-off {other} of {_figure(other, Decimal(limit))}."


def _figure(word: str, value: Decimal | None) -> str:
    return f"{figures.price(value)}{' %' if word == 'yield' else ''}"


def _missed(bid: Bid, rule: AuctionRule, sheet: Sheet) -> str:
    if not bid.competitive:
        why = "More was asked for without a price than could be served; nothing was left for this bid."
        return f"{why} Nothing is to be paid."
    return f"{_cut(bid, rule, sheet)} Nothing is to be paid."


def _won(bid: Bid, rule: AuctionRule, sheet: Sheet, partly: bool) -> str:
    if not bid.competitive:
        served = "More was asked for without a price than could be served, so it was served in part." if partly else ""
        return served or "It was served without a price."
    if not partly:
        return _cut(bid, rule, sheet)
    share = sheet["pro_rata_pct"]
    percent = f" {Decimal(share):f} % of it was left for them." if share is not None else ""
    block = figures.money(*_minor(rule.pro_rata.block, bid))
    shared = f"Bids at the cut-off asked for more than was left:{percent} Shares are rounded to {block}."
    return f"{_cut(bid, rule, sheet)} {shared}"


def _pays(bid: Bid, rule: AuctionRule, item: Sheet) -> str:
    if bid.competitive:
        which = "the bid's own price" if rule.pricing is Pricing.MULTIPLE else "the cut-off price, as for all winners"
    else:
        which = "the average price of the winning bids" if rule.pricing is Pricing.MULTIPLE else "the cut-off price"
    return f"To be paid is {which}: {item['price']} per 100 of face."


def _minor(amount: int, bid: Bid) -> tuple[int, str]:
    currency = bid.auction.series.currency
    return Money.of(amount, currency).minor, currency
