"""Sessions at the same moment: a close and a bid, two amendments, one key twice, one file twice. Each commits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from issuance.auction.models import Auction
from issuance.auction.services import auction_close
from issuance.bid.models import Bid
from issuance.bid.selectors import standing_bids
from issuance.bid.services import bid_amend, bid_place, bids_import
from tests.factories import auction as auctions
from tests.factories import bid as made
from tests.factories import bid_files, issuance

PRICE = Decimal("97.4217")


class Floor:
    def __init__(self) -> None:
        self.people = issuance.office()
        self.auction = made.announced(self.people)
        self.dealer = made.side(self.people, reference="PD-ALPHA")
        self.agent = made.fiscal_agent()

    def place(self, key: str = "k", **changes: Any) -> Bid:
        asked: dict[str, Any] = {
            "auction": self.auction,
            "dealer": self.dealer.party,
            "face_minor": 500_000,
            "price": PRICE,
            "idempotency_key": key,
            "actor": self.dealer.user,
            "now": made.LAST,
        }
        return bid_place(**asked | changes)

    def close(self) -> Auction:
        return auction_close(auction=self.auction, actor=self.people.maker, now=auctions.CLOSES)


def waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
            "WHERE NOT l.granted AND a.datname = current_database()"
        )
        return int(cursor.fetchone()[0])


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        time.sleep(0.02)


def one_after_the_other(first: Callable[[], Any], second: Callable[[], Any]) -> list[Any]:
    """`first` has done its work and not committed when `second` begins; what each gave, or its error."""
    done, commit = threading.Event(), threading.Event()
    outcomes: list[Any] = [None, None]

    def run(place: int, work: Callable[[], Any]) -> None:
        try:
            with transaction.atomic():
                outcomes[place] = work()
                if place == 0:
                    done.set()
                    assert commit.wait(30)
        except Exception as error:  # noqa: BLE001  (the caller compares it)
            outcomes[place] = error
            done.set()
        finally:
            connection.close()

    one = threading.Thread(target=run, args=(0, first))
    two = threading.Thread(target=run, args=(1, second))
    one.start()
    assert done.wait(30)
    two.start()
    until(lambda: waiting() == 1)
    assert outcomes[1] is None
    commit.set()
    one.join(30)
    two.join(30)
    return outcomes


@pytest.fixture
def floor(fresh_db: str) -> Floor:
    return Floor()


def test_a_close_waits_for_the_bid_that_is_being_written_and_the_book_has_it(floor: Floor) -> None:
    bid, closed = one_after_the_other(floor.place, floor.close)
    assert (bid.kind, closed.state) == ("BID", "CLOSED")
    assert [row.pk for row in standing_bids(floor.auction, auctions.CLOSES)] == [bid.pk]


def test_a_bid_that_waits_for_the_close_is_refused_though_it_was_sent_before(floor: Floor) -> None:
    closed, refusal = one_after_the_other(floor.close, floor.place)
    assert (closed.state, refusal.rule) == ("CLOSED", "bid.auction_open")
    assert Bid.objects.count() == 0
    assert list(standing_bids(floor.auction, auctions.CLOSES)) == []


def raw(address: str, floor: Floor) -> Callable[[], str]:
    """A bid of the last millisecond by raw SQL in a session of its own, committed at once."""

    def work() -> str:
        with psycopg.connect(address) as own:
            own.execute(made.INSERT, made.row_of(floor.auction, floor.dealer, received_at=made.LAST))
        return "written"

    return work


def test_raw_sql_too_waits_for_the_close_and_is_refused(postgres: Any, fresh_db: str) -> None:
    floor = Floor()
    closed, refusal = one_after_the_other(floor.close, raw(postgres.url(fresh_db), floor))
    assert closed.state == "CLOSED"
    assert "bid_in_time: the auction is closed" in str(refusal)
    assert Bid.objects.count() == 0


def test_the_close_waits_for_raw_sql(postgres: Any, fresh_db: str) -> None:
    floor = Floor()
    closing: list[Auction] = []

    def close() -> None:
        closing.append(floor.close())
        connection.close()

    with psycopg.connect(postgres.url(fresh_db)) as own:
        own.execute(made.INSERT, made.row_of(floor.auction, floor.dealer, received_at=made.LAST))
        thread = threading.Thread(target=close)
        thread.start()
        until(lambda: waiting() == 1)
        assert closing == []
    thread.join(30)
    assert closing[0].state == "CLOSED"
    assert standing_bids(floor.auction, auctions.CLOSES).count() == 1


def test_of_two_amendments_at_once_one_stands(floor: Floor) -> None:
    bid = floor.place("first")

    def amend(key: str, face: int) -> Callable[[], Bid]:
        asked: dict[str, Any] = {"bid": bid, "price": PRICE, "actor": floor.dealer.user, "now": made.LAST}
        return lambda: bid_amend(**asked, face_minor=face, idempotency_key=key)

    kept, refusal = one_after_the_other(amend("a", 1_000_000), amend("b", 1_500_000))
    assert (kept.kind, kept.face_minor, refusal.rule) == ("AMEND", 1_000_000, "bid.one_successor")
    assert list(Bid.objects.order_by("pk").values_list("face_minor", flat=True)) == [500_000, 1_000_000]


def test_one_key_sent_twice_at_once_is_one_bid(floor: Floor) -> None:
    first, second = one_after_the_other(floor.place, floor.place)
    assert (first.pk, Bid.objects.count()) == (second.pk, 1)


def test_one_key_in_two_auctions_at_once_is_one_bid_and_a_conflict(floor: Floor) -> None:
    other = made.announced(floor.people)
    first, refusal = one_after_the_other(floor.place, lambda: floor.place(auction=other))
    assert (refusal.rule, Bid.objects.get().pk) == ("bid.idempotency_key", first.pk)


def test_one_file_sent_twice_at_once_is_taken_once(floor: Floor) -> None:
    content = bid_files.text("PD-ALPHA,PD-ALPHA,A-1,C,5000000,97.4217,")

    def take() -> Any:
        return bids_import(auction=floor.auction, content=content, name="b.csv", actor=floor.agent, now=made.LAST)

    report, refusal = one_after_the_other(take, take)
    assert (len(report.bids), refusal.rule, Bid.objects.count()) == (1, "bid.file_once", 1)
