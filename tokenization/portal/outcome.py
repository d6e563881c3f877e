"""What became of a bid, in words: accepted, shared, missed or void, and why."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from issuance.allotment.models import AuctionDecision
from issuance.auction.models import Auction
from issuance.auction.selectors import auction_rule
from issuance.bid.models import Bid
from issuance.maths.auction.rules import AuctionRule, Pricing, Variable
from issuance.series.selectors import series_paper
from tokenization.kernel.money import Money
from tokenization.theme import figures
from tokenization.theme.told import told

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
    for auction, sheet in _own_sheets(stood):
        own = stood[auction]
        found |= {row.bid.pk: row for row in outcomes(own[0].auction, own, sheet)}
    return found


# A result has a line for every bid of the auction, thousands of them: the database hands out those asked for only.
_OWN_LINES = """
SELECT d.auction_id, (s.sheet - 'allotments' - 'voided') || jsonb_build_object(
    'allotments', (SELECT coalesce(jsonb_agg(line), '[]') FROM jsonb_array_elements(s.sheet->'allotments') line
                   WHERE line->>'id' = ANY(%(own)s)),
    'voided', (SELECT coalesce(jsonb_agg(line), '[]') FROM jsonb_array_elements(s.sheet->'voided') line
               WHERE line->>'id' = ANY(%(own)s)))
FROM {} d, LATERAL (SELECT d.result::jsonb AS sheet) s WHERE d.auction_id = ANY(%(auctions)s)
"""


def _own_sheets(stood: Mapping[int, list[Bid]]) -> list[tuple[int, Sheet]]:
    """By auction, its result with the lines of those bids alone."""
    if not stood:
        return []
    own = [str(bid.pk) for bids in stood.values() for bid in bids]
    with connection.cursor() as cursor:
        cursor.execute(_OWN_LINES.format(AuctionDecision._meta.db_table), {"own": own, "auctions": list(stood)})
        return [(auction, json.loads(sheet)) for auction, sheet in cursor.fetchall()]


def _outcome(bid: Bid, rule: AuctionRule, sheet: Sheet, item: Sheet | None, reason: str | None) -> Outcome:
    if reason is not None:
        return Outcome(
            bid,
            "bad",
            _("void: %(reason)s") % {"reason": told(figures.plain(reason))},
            _("Void"),
            _("It counted for nothing: %(reason)s.") % {"reason": told(figures.plain(reason))},
        )
    if sheet["status"] == "ALL_REJECTED":
        return Outcome(
            bid,
            "warn",
            _("all bids rejected"),
            _("Rejected"),
            _("All bids of this auction were rejected. Nothing is to be paid."),
        )
    if item is None or not item["face"]:
        return Outcome(bid, "warn", _("lost"), _("Not accepted"), _missed(bid, rule, sheet))
    currency = bid.auction.series.currency
    asked, face = Money(bid.face_minor, currency), Money.of(item["face"], currency)
    partly = face.minor < asked.minor
    headline = (
        _("Accepted in part: %(face)s of %(asked)s") % {"face": face, "asked": asked}
        if partly
        else _("Accepted in full: %(face)s") % {"face": face}
    )
    won = _("won %(face)s at %(price)s") % {"face": face, "price": item["price"]}
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
        return _("The cut-off %(word)s was %(cut)s.") % {"word": _(word), "cut": f"{cut:f}"}
    than = "at" if own == cut else "above" if own > cut else "below"
    if said is None:
        return _cut_in_other(bid, sheet, own, word, other, than)
    if than == "at":
        return _("Your %(word)s of %(figure)s was at the cut-off.") % {"word": _(word), "figure": _figure(word, own)}
    return _("Your %(word)s of %(figure)s was %(than)s the cut-off %(word)s of %(figure_2)s.") % {
        "word": _(word),
        "figure": _figure(word, own),
        "than": _(than),
        "figure_2": _figure(word, cut),
    }


def _cut_in_other(bid: Bid, sheet: Sheet, own: Decimal, word: str, other: str, than: str) -> str:
    """Of a bid that named a yield where prices are ranked, or the reverse; `own` is what it was converted to."""
    mine = bid.yield_pct if other == "yield" else bid.price
    asked = _("Your %(other)s of %(figure)s") % {"other": _(other), "figure": _figure(other, mine)}
    if than == "at":
        return _("%(asked)s was at the cut-off: it is a %(word)s of %(figure)s, the cut-off %(word)s.") % {
            "asked": asked,
            "word": _(word),
            "figure": _figure(word, own),
        }
    limit = sheet["cut_off_yield_pct" if other == "yield" else "cut_off_price"]
    if limit is None or Decimal(limit) == mine:
        # Rounding makes the two the same: the figure ranked by tells them apart.
        return _("%(asked)s is a %(word)s of %(figure)s, %(than)s the cut-off %(word)s of %(cut_off)s.") % {
            "asked": asked,
            "word": _(word),
            "figure": _figure(word, own),
            "than": _(than),
            "cut_off": sheet["cut_off"],
        }
    # A higher price is a lower yield.
    turned = "below" if than == "above" else "above"
    return _("%(asked)s was %(turned)s the cut-off %(other)s of %(figure)s.") % {
        "asked": asked,
        "turned": _(turned),
        "other": _(other),
        "figure": _figure(other, Decimal(limit)),
    }


def _figure(word: str, value: Decimal | None) -> str:
    return f"{figures.price(value)}{' %' if word == 'yield' else ''}"


def _missed(bid: Bid, rule: AuctionRule, sheet: Sheet) -> str:
    nothing = _("Nothing is to be paid.")
    if not bid.competitive:
        why = _("More was asked for without a price than could be served; nothing was left for this bid.")
        return f"{why} {nothing}"
    return f"{_cut(bid, rule, sheet)} {nothing}"


def _won(bid: Bid, rule: AuctionRule, sheet: Sheet, partly: bool) -> str:
    if not bid.competitive:
        served = (
            _("More was asked for without a price than could be served, so it was served in part.") if partly else ""
        )
        return served or _("It was served without a price.")
    if not partly:
        return _cut(bid, rule, sheet)
    share = sheet["pro_rata_pct"]
    left = _("%(share)s %% of it was left for them.") % {"share": f"{Decimal(share):f}"} if share is not None else ""
    block = figures.money(*_minor(rule.pro_rata.block, bid))
    rounded = _("Shares are rounded to %(block)s.") % {"block": block}
    more = _("Bids at the cut-off asked for more than was left.")
    shared = " ".join(said for said in (more, left, rounded) if said)
    return f"{_cut(bid, rule, sheet)} {shared}"


def _pays(bid: Bid, rule: AuctionRule, item: Sheet) -> str:
    if bid.competitive:
        which = (
            _("the bid's own price") if rule.pricing is Pricing.MULTIPLE else _("the cut-off price, as for all winners")
        )
    else:
        which = (
            _("the average price of the winning bids") if rule.pricing is Pricing.MULTIPLE else _("the cut-off price")
        )
    return _("To be paid is %(which)s: %(price)s per 100 of face.") % {"which": which, "price": item["price"]}


def _minor(amount: int, bid: Bid) -> tuple[int, str]:
    currency = bid.auction.series.currency
    return Money.of(amount, currency).minor, currency
