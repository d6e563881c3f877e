"""Dealers, their clients and users, and bids in an announced auction of the factory's bill."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.db import connection, transaction

from issuance.auction.models import Auction
from issuance.bid.models import DealerClient
from tests.factories import auction as auctions
from tests.factories import identity
from tests.factories import issuance as issuing
from tokenization.identity.models import Party, User
from tokenization.kernel.canonical import canonical_json, sha256_hex

OPEN = auctions.OPENS
LAST = auctions.CLOSES - timedelta(milliseconds=1)
SOON = OPEN + timedelta(minutes=5)
_numbers = count(1)


@dataclass(frozen=True)
class Side:
    """A party and a user who acts for it."""

    party: Party
    user: User


def side(people: issuing.Office, category: str = "PRIMARY_DEALER", *, reference: str = "", **more: Any) -> Side:
    """A party of that category with a valid KYC, and its user."""
    user = identity.person("INVESTOR", now=people.now)
    kind = "BANK" if category in {"PRIMARY_DEALER", "BANK"} else "FUND"
    name = reference or f"{category[:2]}-{next(_numbers)}"
    fields = {"reference": name, "category": category, "kind": kind}
    found = identity.approved_party(users=[user], actor=people.compliance, now=people.now, **fields, **more)
    return Side(found, user)


def mandate(
    dealer: Side, client: Side, *, start: datetime = OPEN - timedelta(days=1), end: datetime | None = None
) -> DealerClient:
    return DealerClient.objects.create(dealer=dealer.party, client=client.party, valid_from=start, valid_until=end)


def fiscal_agent() -> User:
    return identity.person("FISCAL_AGENT_OFFICER")


def announced(people: issuing.Office, **terms: Any) -> Auction:
    return auctions.announced(people, **terms)


COLUMNS = (
    "auction_id", "kind", "replaces_id", "dealer_id", "bidder_id", "competitive", "face_minor", "price", "yield_pct",
    "reference", "idempotency_key", "body", "body_hash", "received_at", "source", "file_id", "line", "placed_by_id",
)  # fmt: skip
INSERT = f"INSERT INTO bid_bid ({', '.join(COLUMNS)}) VALUES ({', '.join(['%s'] * len(COLUMNS))}) RETURNING id"  # noqa: S608


def row_of(made: Auction, dealer: Side, **changes: Any) -> list[Any]:
    """The values of a good raw row, in the order of COLUMNS, with some of them changed."""
    number = next(_numbers)
    body = canonical_json({"raw": number})
    values: dict[str, Any] = {
        "auction_id": made.pk,
        "kind": "BID",
        "dealer_id": dealer.party.pk,
        "bidder_id": dealer.party.pk,
        "competitive": True,
        "face_minor": 500_000,
        "price": "97.4217",
        "reference": "",
        "idempotency_key": f"raw {number}",
        "body": body,
        "body_hash": sha256_hex(body),
        "received_at": SOON,
        "source": "PORTAL",
        "placed_by_id": dealer.user.pk,
    } | changes
    return [values.get(column) for column in COLUMNS]


def insert(made: Auction, dealer: Side, **changes: Any) -> int:
    """A bid by raw SQL as the application's role, round every service; its key."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(INSERT, row_of(made, dealer, **changes))
        found: int = cursor.fetchone()[0]
    return found
