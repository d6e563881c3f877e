"""An auction for somebody who has never seen one: where it stands, what is sold, and how it will be decided."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from issuance.auction.models import Auction
from issuance.auction.selectors import auction_rule, is_open, target_face
from issuance.maths.auction.rules import AuctionRule, Oversubscription, Pricing, Rounding, Variable
from issuance.series.models import Series
from tokenization.identity.models import Party
from tokenization.kernel.money import Money
from tokenization.kernel.writing import day, money, when

Facts = list[tuple[str, str]]


class Phase(StrEnum):
    UPCOMING = "opens later"
    OPEN = "open for bids"
    DECIDING = "closed: the decision is awaited"
    ALLOTTED = "decided"
    REJECTED = "all bids rejected"
    CANCELLED = "cancelled"


TONES = {
    Phase.OPEN: "good",
    Phase.UPCOMING: "wait",
    Phase.DECIDING: "wait",
    Phase.REJECTED: "warn",
    Phase.CANCELLED: "warn",
}


def phase(auction: Auction, now: datetime) -> Phase:
    """From the close on it is closed for everybody, also while nobody has rung the bell yet."""
    if auction.state == "ANNOUNCED":
        if is_open(auction, now):
            return Phase.OPEN
        return Phase.UPCOMING if now < auction.opens_at else Phase.DECIDING
    return Phase.DECIDING if auction.state == "CLOSED" else Phase[auction.state]


def name_of(auction: Auction) -> str:
    return f"{auction.series.name}, auction {auction.number}"


def key_facts(auction: Auction) -> Facts:
    """What a bidder must know, by label."""
    series, rule = auction.series, auction_rule(auction)
    currency = series.currency
    coupon = (
        f"{series.coupon_pct.normalize():f} % a year" if series.coupon_pct else "none: sold below face, repaid at face"
    )
    return [
        ("Security", f"{series.name}, {series.isin}"),
        ("Kind", str(series.get_kind_display())),
        ("Tenor from issue", tenor(series)),
        ("Matures", day(series.maturity_date)),
        ("Coupon", coupon),
        ("Announced target, face", money(auction.target_minor, currency)),
        ("Bids from", when(auction.opens_at)),
        ("Bids until", when(auction.closes_at)),
        ("Settlement date", day(auction.settlement_date)),
        ("Smallest bid, face", whole(rule.minimum, currency)),
        ("In multiples of", whole(rule.multiple, currency)),
        ("Bid directly", ", ".join(str(Party.Category(name).label) for name in auction.direct_categories)),
    ]


def tenor(series: Series) -> str:
    """'3 years' where issue and maturity fall on the same day of the year, else days."""
    start, end = series.issue_date, series.maturity_date
    if (start.month, start.day) != (end.month, end.day):
        return f"{series.tenor_days:,} days"
    years = end.year - start.year
    return f"{years} year{'s' if years > 1 else ''}"


def whole(amount: int, currency: str) -> str:
    return Money.of(amount, currency).format()


def rule_words(auction: Auction) -> list[tuple[str, str]]:
    """How the allotment will be decided, as pairs of a question and its answer."""
    rule = auction_rule(auction)
    return [
        ("Which bids win?", _winners(rule)),
        ("What do winners pay?", _price(rule)),
        ("What if the last accepted price has more bids than are wanted?", _shares(rule, auction.series.currency)),
        ("What is a bid without a price (non-competitive)?", _without_price(auction, rule)),
        (
            "Is anything certain?",
            "No. The state may take more or less than the target, or reject all bids. "
            "Nobody sees your bid before the close.",
        ),
    ]


def _winners(rule: AuctionRule) -> str:
    if rule.variable is Variable.PRICE:
        return "Bids are ranked by price, highest first. The debt office sets a cut-off price; bids at or above it win."
    return "Bids are ranked by yield, lowest first. The debt office sets a cut-off yield; bids at or below it win."


def _price(rule: AuctionRule) -> str:
    if rule.pricing is Pricing.MULTIPLE:
        return "Each winner pays the price of his own bid."
    return "All winners pay the same price: that of the cut-off."


def _shares(rule: AuctionRule, currency: str) -> str:
    share = rule.pro_rata
    rounding = {
        Rounding.NEAREST: "rounded to the nearest",
        Rounding.UP: "rounded up to a multiple of",
        Rounding.DOWN: "rounded down to a multiple of",
    }
    said = "Normally they are all filled. If an amount was decided on, they share what is left in proportion to their "
    said += f"size, {rounding[share.rounding]} {whole(share.block, currency)}"
    if share.full_up_to:
        said += f"; bids of at most {whole(share.full_up_to, currency)} are filled whole"
    return said + "."


def _without_price(auction: Auction, rule: AuctionRule) -> str:
    own, currency = rule.noncompetitive, auction.series.currency
    target = target_face(auction)
    average = "the average price of the winning bids" if rule.pricing is Pricing.MULTIPLE else "the cut-off price"
    most = whole(own.cap(target), currency)
    said = f"You name an amount and no price, and pay {average}. At most {most} for each bidder"
    said += "; a second one voids both. " if own.one_per_bidder else ". "
    pool = own.pool(target)
    if pool is None:
        return said.strip()
    served = (
        "the smallest are served first"
        if own.oversubscription is Oversubscription.ASCENDING
        else "they share it in proportion"
    )
    return f"{said}All of them together get at most {whole(pool, currency)}; if more is asked for, {served}."
