"""What the database refuses of a bid by itself: raw SQL as the application's role, and controls as the owner."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from issuance.auction.models import Auction
from issuance.bid.models import Bid, DealerClient
from tests.factories import auction as auctions
from tests.factories import bid as made
from tests.factories import issuance
from tests.support.controls import guard_is_what_refuses
from tokenization.local.postgres import OWNER

CLOSES = auctions.CLOSES
MS = timedelta(milliseconds=1)


class Floor:
    """An announced auction, a dealer, a client with its mandate, and a stranger."""

    def __init__(self) -> None:
        self.people = issuance.office()
        self.auction = made.announced(self.people)
        self.dealer = made.side(self.people)
        self.client = made.side(self.people, "FUND")
        self.stranger = made.side(self.people, "FUND")
        self.mandate = made.mandate(self.dealer, self.client)

    def insert(self, **changes: Any) -> int:
        return made.insert(self.auction, self.dealer, **changes)


@pytest.fixture
def floor(db: None) -> Floor:
    return Floor()


def refused(floor: Floor, words: str, **changes: Any) -> None:
    before = Bid.objects.count()
    with pytest.raises(IntegrityError, match=words):
        floor.insert(**changes)
    assert Bid.objects.count() == before


def test_the_last_millisecond_is_taken_and_the_close_is_not(floor: Floor) -> None:
    floor.insert(received_at=CLOSES - MS)
    floor.insert(received_at=auctions.OPENS)
    refused(floor, "bid_in_time", received_at=CLOSES)
    refused(floor, "bid_in_time", received_at=CLOSES + MS)
    refused(floor, "bid_in_time", received_at=auctions.OPENS - MS)
    assert sorted(Bid.objects.values_list("received_at", flat=True)) == [auctions.OPENS, CLOSES - MS]


def test_nothing_enters_an_auction_that_does_not_take_bids(floor: Floor) -> None:
    draft = auctions.draft(floor.people)
    with pytest.raises(IntegrityError, match="bid_in_time: the auction is draft"):
        made.insert(draft, floor.dealer)
    auctions.closed(floor.people, floor.auction)
    refused(floor, "bid_in_time: the auction is closed", received_at=CLOSES - MS)
    gone = made.announced(floor.people)
    floor.people.approve("issuance.auction.cancel", {"auction": gone.pk, "state": "ANNOUNCED", "reason": "test"})
    assert Auction.objects.get(pk=gone.pk).state == "CANCELLED"
    with pytest.raises(IntegrityError, match="bid_in_time: the auction is cancelled"):
        made.insert(gone, floor.dealer)


def test_a_bid_is_never_changed_or_removed(floor: Floor) -> None:
    row = floor.insert()
    for statement in (
        "UPDATE bid_bid SET price = 1",
        "UPDATE bid_bid SET received_at = received_at",
        "DELETE FROM bid_bid",
        "TRUNCATE bid_bid CASCADE",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert str(Bid.objects.get(pk=row).price) == "97.421700"


def test_a_change_follows_a_standing_row_of_its_own(floor: Floor) -> None:
    first = floor.insert()
    second = floor.insert(kind="AMEND", replaces_id=first, price="97.5")
    refused(floor, "replaces_id", kind="AMEND", replaces_id=first)
    last = floor.insert(kind="WITHDRAW", replaces_id=second, face_minor=0, price=None)
    refused(floor, "bid_replaces_its_own: bid .* is withdrawn", kind="AMEND", replaces_id=last)
    mine = floor.insert()
    refused(floor, "bid_replaces_its_own", kind="AMEND", replaces_id=mine, bidder_id=floor.client.party.pk)
    refused(floor, "bid_replaces_its_own", kind="AMEND", replaces_id=mine, received_at=made.SOON - MS)
    with pytest.raises(IntegrityError, match="bid_replaces_its_own"):
        made.insert(made.announced(floor.people), floor.dealer, kind="AMEND", replaces_id=mine)
    other = made.side(floor.people)
    with pytest.raises(IntegrityError, match="bid_replaces_its_own"):
        made.insert(floor.auction, other, kind="AMEND", replaces_id=mine)
    assert Bid.objects.count() == 4


def test_only_an_admitted_dealer_bids_and_for_another_only_with_a_mandate(floor: Floor) -> None:
    floor.insert(bidder_id=floor.client.party.pk)
    refused(floor, "bidder_admitted: party .* has no mandate", bidder_id=floor.stranger.party.pk)
    with pytest.raises(IntegrityError, match="bidder_admitted: party .* does not bid directly"):
        made.insert(floor.auction, floor.client)
    made.mandate(floor.dealer, floor.stranger, start=made.SOON, end=made.SOON + MS)
    floor.insert(bidder_id=floor.stranger.party.pk, received_at=made.SOON)
    refused(floor, "has no mandate", bidder_id=floor.stranger.party.pk, received_at=made.SOON + MS)
    refused(floor, "has no mandate", bidder_id=floor.stranger.party.pk, received_at=made.SOON - MS)
    standing = Bid.objects.get(bidder=floor.stranger.party)
    changed = {"replaces_id": standing.pk, "bidder_id": floor.stranger.party.pk, "received_at": made.SOON + MS}
    refused(floor, "has no mandate", kind="AMEND", **changed)
    floor.insert(kind="WITHDRAW", face_minor=0, price=None, **changed)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("bid_kind_known", {"kind": "OTHER"}),
        ("bid_source_known", {"source": "OTHER"}),
        ("bid_replaces_when_it_changes", {"kind": "AMEND"}),
        ("bid_face_positive", {"face_minor": 0}),
        ("bid_face_positive", {"face_minor": -5}),
        ("bid_competitive_has_a_price", {"price": None}),
        ("bid_competitive_has_a_price", {"competitive": False}),
        ("bid_price_positive", {"price": "0"}),
        ("bid_file_has_a_line", {"source": "FILE"}),
        ("bid_file_has_a_line", {"line": 2}),
        ("bid_has_a_key", {"idempotency_key": ""}),
        ("bid_body_matches_hash", {"body": "{}"}),
    ],
)
def test_each_check_holds_by_its_name(floor: Floor, name: str, changes: dict[str, Any]) -> None:
    refused(floor, name, **changes)


def test_keys_and_references_are_used_once(floor: Floor) -> None:
    floor.insert(idempotency_key="k", reference="R")
    refused(floor, "bid_key_once", idempotency_key="k")
    refused(floor, "bid_reference_once", reference="R")
    made.insert(floor.auction, made.side(floor.people), idempotency_key="k", reference="R")
    assert Bid.objects.count() == 2


def test_a_mandate_changes_nothing_but_its_end_and_only_to_an_earlier_one(floor: Floor) -> None:
    row = DealerClient.objects.filter(pk=floor.mandate.pk)
    row.update(valid_until=CLOSES)
    for change in ({"valid_until": CLOSES + MS}, {"valid_until": None}, {"valid_from": CLOSES - MS}, {"dealer": 1}):
        with pytest.raises(IntegrityError, match="mandate_only_ends"), transaction.atomic():
            row.update(**change)
    row.update(valid_until=CLOSES - MS)
    with pytest.raises(IntegrityError, match="mandate_dates"), transaction.atomic():
        row.update(valid_until=floor.mandate.valid_from)
    with pytest.raises(DatabaseError), transaction.atomic():
        row.delete()
    with pytest.raises(IntegrityError, match="mandate_of_two"), transaction.atomic():
        made.mandate(floor.dealer, floor.dealer)
    made.mandate(floor.dealer, floor.stranger)
    with pytest.raises(IntegrityError, match="mandate_open_once"), transaction.atomic():
        made.mandate(floor.dealer, floor.stranger)
    assert row.get().valid_until == CLOSES - MS


def literal(values: list[Any]) -> str:
    return ", ".join("NULL" if value is None else f"'{value}'" for value in values)


@pytest.mark.parametrize("guard", ["bid_in_time", "bid_replaces_its_own", "bidder_admitted", "append_only_no_change"])
def test_control_each_trigger_alone_is_what_refuses(postgres: Any, fresh_db: str, guard: str) -> None:
    floor = Floor()
    standing = floor.insert()
    broken = {
        "bid_in_time": made.row_of(floor.auction, floor.dealer, received_at=CLOSES),
        "bid_replaces_its_own": made.row_of(floor.auction, made.side(floor.people), kind="AMEND", replaces_id=standing),
        "bidder_admitted": made.row_of(floor.auction, floor.stranger),
    }
    into = f"INSERT INTO bid_bid ({', '.join(made.COLUMNS)})"
    statement = f"{into} VALUES ({literal(broken[guard])})" if guard in broken else "UPDATE bid_bid SET price = 99"
    words = guard if guard in broken else "never rewritten"
    with psycopg.connect(postgres.url(fresh_db, OWNER), autocommit=True) as owner:
        guard_is_what_refuses(owner, table="bid_bid", guard=guard, statement=statement, words=words)
    assert list(Bid.objects.values_list("pk", flat=True)) == [standing]
