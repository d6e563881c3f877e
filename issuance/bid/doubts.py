"""Bids that the rules admit and that are as likely a slip of the hand: what each would mean, told before it is sent.

Nothing here refuses a bid. The figures are data of the auction's rule (issuance.maths.auction.rules, `Plausible`).
"""

from __future__ import annotations

from decimal import Decimal

from issuance.auction.models import Auction
from issuance.bid.models import Bid
from issuance.bid.rules import BidRules, Quote
from issuance.maths.auction.rules import Plausible, Pricing
from issuance.maths.rounding import half_up
from tokenization.identity.models import Party
from tokenization.kernel.money import Money


def without_price(auction: Auction, dealer: Party, bidder: Party, *, instead_of: Bid | None = None) -> int:
    """How many other bids without a price stand for that bidder through that dealer; what came through another dealer
    is sealed from this one."""
    rows = Bid.objects.filter(
        auction=auction, dealer=dealer, bidder=bidder, competitive=False, replaced_by__isnull=True
    ).exclude(kind=Bid.Kind.WITHDRAW)
    return rows.exclude(pk=instead_of.pk).count() if instead_of else rows.count()


def doubts_of(rules: BidRules, quote: Quote, *, cost_minor: int | None = None, others: int = 0) -> list[str]:
    """Every reason to ask again, in words and figures; `cost_minor` is what is paid if all of it is accepted, `others`
    the standing bids without a price of the same bidder. The quote has passed the rules."""
    currency = rules.auction.series.currency
    cost = "" if cost_minor is None else str(Money(cost_minor, currency))
    found = _size(rules, quote, cost)
    if not quote.competitive:
        return found + _void(rules, quote, others)
    rate = rules.yield_of(quote)
    return found if rate is None else found + _rate(rules, rate, cost)


def _size(rules: BidRules, quote: Quote, cost: str) -> list[str]:
    target, most = rules.auction.target_minor, rules.rule.plausible.targets
    if quote.face_minor <= target * most:
        return []
    currency = rules.auction.series.currency
    times = half_up(Decimal(quote.face_minor) / Decimal(target), 2)
    pays = f": you must then pay {cost}" if cost else ""
    return [
        f"{Money(quote.face_minor, currency)} is {times:,f} times the announced target of {Money(target, currency)}. "
        f"The state may take more than its target, and all of this bid{pays}."
    ]


def _rate(rules: BidRules, rate: Decimal, cost: str) -> list[str]:
    usual: Plausible = rules.rule.plausible
    if usual.low <= rate <= usual.high:
        return []
    if rate > usual.high:
        side, then = "above", "It ranks behind all usual bids and most likely buys nothing"
    else:
        own = rules.rule.pricing is Pricing.MULTIPLE
        pays = f"you pay its own price{f', {cost}' if cost else ''}" if own else "it wins at whatever cut-off is set"
        side, then = "below", f"It ranks before all usual bids: {pays}"
    band = f"{usual.low} to {usual.high} % ({usual.reason})"
    return [
        f"Its yield of {rate:,f} % a year lies {side} what is usual here, {band}. {then}. "
        "Look for a slipped digit in price and yield."
    ]


def _void(rules: BidRules, quote: Quote, others: int) -> list[str]:
    found, cap = [], rules.cap_minor()
    if quote.face_minor > cap:
        most = Money(cap, rules.auction.series.currency)
        found.append(f"Without a price one bidder gets at most {most}. Above that the bid is void: it buys nothing.")
    if others and rules.rule.noncompetitive.one_per_bidder:
        found.append(
            f"{others + 1} bids without a price would stand for this bidder, and one is allowed: all of them would be "
            "void and buy nothing. Change or withdraw the other one instead."
        )
    return found
