"""Auctions of a test bill, announced by two; bids as they are stored; decisions by two."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from issuance.allotment.decisions.services import decision_propose
from issuance.auction.models import Auction
from issuance.auction.services import auction_close, auction_draft
from issuance.authority.drafts import draft_payload
from issuance.bid.models import Bid, DealerClient
from issuance.series.models import Series
from tests.factories import issuance
from tokenization.identity.actors import system_user
from tokenization.identity.approvals import approval_approve
from tokenization.identity.models import Party
from tokenization.kernel.canonical import canonical_json, sha256_hex

# The day before the test bill is issued, 10:00 to 12:00 in Karachi.
OPENS = datetime(2026, 7, 1, 5, tzinfo=UTC)
CLOSES = OPENS + timedelta(hours=2)
MILLION = 1_000_000
# Of the factory's bill, whose ceiling is 10,000 units of 1,000 rupees.
TARGET = 5 * MILLION * 100
_keys = count(1)


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


def dealer(people: issuance.Office) -> Party:
    """A primary dealer whose KYC is approved for a year."""
    return issuance.party(people, category="PRIMARY_DEALER")


def placed(
    made: Auction,
    dealer: Party,
    face: int,
    price: str | None = None,
    *,
    bidder: Party | None = None,
    at: datetime | None = None,
    **more: Any,
) -> Bid:
    """A bid as it is stored: `face` in rupees; without a price it is non-competitive."""
    key = f"test-{next(_keys)}"
    body = canonical_json({"key": key})
    return Bid.objects.create(
        auction=made,
        dealer=dealer,
        bidder=bidder or dealer,
        competitive=price is not None or more.get("yield_pct") is not None,
        price=None if price is None else Decimal(price),
        received_at=at or made.opens_at,
        **{
            "kind": "BID",
            "face_minor": face * 100,
            "idempotency_key": key,
            "body": body,
            "body_hash": sha256_hex(body),
            "source": "PORTAL",
            "placed_by": system_user(),
        }
        | more,
    )


def mandate(of: Party, client: Party) -> DealerClient:
    return DealerClient.objects.create(dealer=of, client=client, valid_from=issuance.NOW - timedelta(days=1))


# Best first: 97.6 for 2 m, 97.5 for 1 m + 1 m, 97.4 for 3 m; two investors without a price.
BOOK = (
    (2 * MILLION, "97.6000"),
    (MILLION, "97.5000"),
    (MILLION, "97.5000"),
    (3 * MILLION, "97.4000"),
    (25_000, None),
    (20_000, None),
)


def booked(people: issuance.Office, row: Series | None = None, book: Any = BOOK, **changes: Any) -> Auction:
    """A closed auction with this book: a bidder of its own for each bid, those without a price through one dealer."""
    made = announced(people, row, **changes)
    agent = dealer(people)
    for face, price in book:
        if price is not None:
            placed(made, dealer(people), face, price)
            continue
        client = issuance.party(people)
        mandate(agent, client)
        placed(made, agent, face, bidder=client)
    return closed(people, made)


def decided(people: issuance.Office, made: Auction, accept: Any, **more: Any) -> Auction:
    """Proposed by the maker and approved by the checker at the close."""
    at = made.closes_at
    proposal = decision_propose(auction=made, accept=accept, actor=people.maker, now=at, **more)
    approval_approve(approval_id=proposal.pk, actor=people.checker, now=at)
    return Auction.objects.select_related("series").get(pk=made.pk)
