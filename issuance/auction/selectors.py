"""Reads of auctions for the rooms above. None of them looks at a bid."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from issuance.auction.models import Auction
from issuance.maths.auction.rules import RULES, AuctionRule
from tokenization.identity.models import Party
from tokenization.kernel.errors import Refused
from tokenization.kernel.money import minor_digits

Json = dict[str, object]


def auction_rule(auction: Auction) -> AuctionRule:
    """The record that the auction is run by; Refused when there is none of that name."""
    if auction.rule not in RULES:
        raise Refused(
            f"There is no auction rule {auction.rule!r}.",
            field="rule",
            rule="auction.rule",
            next_step=f"Use one of {', '.join(sorted(RULES))}.",
        )
    return RULES[auction.rule]


def is_open(auction: Auction, now: datetime) -> bool:
    """Whether a bid received at that instant is in time."""
    return auction.state == "ANNOUNCED" and auction.opens_at <= now < auction.closes_at


def bids_directly(auction: Auction, party: Party) -> bool:
    """Whether the party bids in its own name; others bid through an admitted dealer."""
    return party.category in auction.direct_categories


def target_face(auction: Auction) -> int:
    """The announced target in whole units of the currency, as the clearing counts."""
    per_unit: int = 10 ** minor_digits(auction.series.currency)
    return int(auction.target_minor) // per_unit


def terms_document(auction: Auction) -> Json:
    """The document of `manage.py clear_auction` without its bids and its decision."""
    series = auction.series
    terms: Json = {
        "rule": auction.rule,
        "target": target_face(auction),
        "settlement": auction.settlement_date.isoformat(),
        "maturity": series.maturity_date.isoformat(),
    }
    if series.coupon_pct:
        terms |= {"coupon_pct": f"{series.coupon_pct.normalize():f}", "dated": series.issue_date.isoformat()}
    if series.first_coupon_date:
        terms["first_coupon"] = series.first_coupon_date.isoformat()
    return terms


def auctions_due(now: datetime) -> QuerySet[Auction]:
    """Announced auctions whose time is over and that nobody has closed yet."""
    return Auction.objects.filter(state="ANNOUNCED", closes_at__lte=now).order_by("closes_at", "id")


def auctions_open(now: datetime) -> QuerySet[Auction]:
    """Those that take bids now, the next to close first."""
    rows = Auction.objects.filter(state="ANNOUNCED", opens_at__lte=now, closes_at__gt=now)
    return rows.select_related("series").order_by("closes_at", "id")


def auctions_announced() -> QuerySet[Auction]:
    """Every auction that the public knows of, the latest to close first."""
    return Auction.objects.exclude(state="DRAFT").select_related("series").order_by("-closes_at", "-id")
