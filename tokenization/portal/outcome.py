"""What became of a bid, in words: accepted, shared, missed or void, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from issuance.auction.models import Auction
from issuance.auction.selectors import auction_rule
from issuance.bid.models import Bid
from issuance.maths.auction.rules import AuctionRule, Pricing, Variable
from tokenization.kernel.money import Money
from tokenization.theme import figures

Sheet = Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """`tone` is the theme's; `headline` says what, `why` says by which rule."""

    bid: Bid
    tone: str
    headline: str
    why: str


def outcomes(auction: Auction, bids: Iterable[Bid], sheet: Sheet) -> list[Outcome]:
    """For bids that stood at the close; `sheet` is the decided result."""
    rule = auction_rule(auction)
    got = {str(item["id"]): item for item in sheet["allotments"]}
    void = {str(item["id"]): str(item["reason"]) for item in sheet["voided"]}
    return [_outcome(bid, rule, sheet, got.get(str(bid.pk)), void.get(str(bid.pk))) for bid in bids]


def _outcome(bid: Bid, rule: AuctionRule, sheet: Sheet, item: Sheet | None, reason: str | None) -> Outcome:
    if reason is not None:
        return Outcome(bid, "bad", "Void", f"It counted for nothing: {figures.plain(reason)}.")
    if sheet["status"] == "ALL_REJECTED":
        return Outcome(bid, "warn", "Rejected", "All bids of this auction were rejected. Nothing is to be paid.")
    if item is None or not item["face"]:
        return Outcome(bid, "warn", "Not accepted", _missed(bid, rule, sheet))
    currency = bid.auction.series.currency
    asked, face = Money(bid.face_minor, currency), Money.of(item["face"], currency)
    partly = face.minor < asked.minor
    headline = f"Accepted in part: {face} of {asked}" if partly else f"Accepted in full: {face}"
    return Outcome(bid, "good", headline, f"{_won(bid, rule, sheet, partly)} {_pays(bid, rule, item)}")


def _value(bid: Bid, rule: AuctionRule, sheet: Sheet) -> tuple[str, Decimal | None, Decimal]:
    """What the bid and the cut-off say in the same figure: price, or yield when only that was bid."""
    if bid.price is not None and sheet["cut_off_price"] is not None:
        return "price", bid.price, Decimal(sheet["cut_off_price"])
    if bid.yield_pct is not None and sheet["cut_off_yield_pct"] is not None:
        return "yield", bid.yield_pct, Decimal(sheet["cut_off_yield_pct"])
    return ("price" if rule.variable is Variable.PRICE else "yield"), None, Decimal(sheet["cut_off"])


def _cut(bid: Bid, rule: AuctionRule, sheet: Sheet) -> str:
    """'Your price of 97.4217 is above the cut-off price of 97.4000.'"""
    word, own, cut = _value(bid, rule, sheet)
    if own is None:
        return f"The cut-off {word} was {cut:f}."
    than = "the same as" if own == cut else "above" if own > cut else "below"
    after = " %" if word == "yield" else ""
    return f"Your {word} of {figures.price(own)}{after} was {than} the cut-off {word} of {cut:f}{after}."


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
