"""Auctions of a test bill, announced by two."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from issuance.auction.models import Auction
from issuance.auction.services import auction_close, auction_draft
from issuance.authority.drafts import draft_payload
from issuance.series.models import Series
from tests.factories import issuance

# The day before the test bill is issued, 10:00 to 12:00 in Karachi.
OPENS = datetime(2026, 7, 1, 5, tzinfo=UTC)
CLOSES = OPENS + timedelta(hours=2)
MILLION = 1_000_000
# Of the factory's bill, whose ceiling is 10,000 units of 1,000 rupees.
TARGET = 5 * MILLION * 100


def terms(row: Series, **changes: Any) -> dict[str, Any]:
    return {
        "series": row,
        "rule": "PK-MTB",
        "target_minor": TARGET,
        "opens_at": OPENS,
        "closes_at": CLOSES,
        "settlement_date": row.issue_date,
        "direct_categories": ("PRIMARY_DEALER", "BANK"),
    } | changes


def draft(people: issuance.Office, row: Series | None = None, **changes: Any) -> Auction:
    return auction_draft(**terms(row or issuance.series(people), **changes), actor=people.maker, now=people.now)


def announced(people: issuance.Office, row: Series | None = None, **changes: Any) -> Auction:
    made = draft(people, row, **changes)
    people.approve("issuance.auction.announce", draft_payload(made))
    return Auction.objects.select_related("series").get(pk=made.pk)


def closed(people: issuance.Office, made: Auction, *, at: datetime | None = None) -> Auction:
    """The same auction, closed at its time by the maker."""
    return auction_close(auction=made, actor=people.maker, now=at or made.closes_at)
