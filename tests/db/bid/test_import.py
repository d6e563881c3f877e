"""Bid files on their way into the book: all bids or none, each fault by its line, few queries however long the file."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from issuance.bid.files import csv_of, xlsx_of
from issuance.bid.files.lines import BidLine
from issuance.bid.models import Bid
from issuance.bid.receipts import ONE_EACH, receipt_of
from issuance.bid.selectors import bid_count, book_document
from issuance.bid.services import ImportReport, bid_place, bids_import
from issuance.maths.auction.clearing import clear
from issuance.maths.auction.document import auction_of
from tests.factories import auction as auctions
from tests.factories import bid as made
from tests.factories import bid_files as files
from tests.factories import issuance
from tokenization.files.models import StoredFile
from tokenization.identity.models import AuditEntry
from tokenization.kernel.canonical import sha256_hex
from tokenization.kernel.errors import NotAllowed, Problems, Refused
from tokenization.kernel.merkle import tree_hash

pytestmark = pytest.mark.django_db
# Ten thousand million rupees: half a percent is 50,000,000.
TARGET = 10_000 * auctions.MILLION * 100


class Floor:
    """The parties of the sample book, and an auction that is large enough for it."""

    def __init__(self) -> None:
        self.people = issuance.office()
        self.auction = made.announced(self.people, target_minor=TARGET)
        self.dealers = {name: made.side(self.people, reference=name) for name in files.DEALERS}
        self.funds = {name: made.side(self.people, "FUND", reference=name) for name in (*files.FUNDS, "FUND-SEVEN")}
        for pair in sorted({(line.dealer, line.bidder) for line in files.sample_book() if line.dealer != line.bidder}):
            made.mandate(self.dealers[pair[0]], self.funds[pair[1]])
        self.agent = made.fiscal_agent()

    def take(self, content: bytes, **changes: Any) -> ImportReport:
        asked = {"auction": self.auction, "name": "bids.csv", "actor": self.agent, "now": made.SOON} | changes
        return bids_import(content=content, **asked)


@pytest.fixture
def floor() -> Floor:
    return Floor()


def counts() -> tuple[int, int, int]:
    return Bid.objects.count(), StoredFile.objects.count(), AuditEntry.objects.count()


def problems(floor: Floor, content: bytes, **changes: Any) -> list[tuple[int, str, str]]:
    before = counts()
    with pytest.raises(Problems) as refusal:
        floor.take(content, **changes)
    assert counts() == before
    return [(problem.line, problem.field, problem.rule) for problem in refusal.value.problems]


@pytest.mark.parametrize("name", ["good.csv", "good.xlsx"])
def test_the_sample_is_taken_whole(floor: Floor, name: str) -> None:
    content = (files.SAMPLES / name).read_bytes()
    report = floor.take(content, name=name)
    stored = list(Bid.objects.order_by("pk").select_related("dealer", "bidder"))
    assert [row.pk for row in stored] == [row.pk for row in report.bids]
    read = [
        BidLine(
            row.line or 0, row.dealer.reference, row.bidder.reference, row.reference, row.competitive,
            row.face_minor // 100, row.price, row.yield_pct,
        )
        for row in stored
    ]  # fmt: skip
    assert read == files.sample_book()
    assert {(row.source, row.file_id, row.received_at, row.placed_by_id) for row in stored} == {
        ("FILE", report.file.pk, made.SOON, floor.agent.pk)
    }
    assert bytes(report.file.content) == content
    assert bid_count(floor.auction) == 56


def test_what_will_be_void_is_told_by_line(floor: Floor) -> None:
    """FUND-THREE bids twice, but through two dealers: neither is told of the other. FUND-FOUR is over the cap."""
    report = floor.take(csv_of(files.sample_book()))
    cap = "Above the cap of PKR 50,000,000.00 for a non-competitive bid: it will be void."
    assert [(row.line, row.message) for row in report.warnings] == [(54, cap)]
    again = replace(files.sample_book()[50], line=2, dealer="PD-ALPHA", reference="X-1")
    made.mandate(floor.dealers["PD-ALPHA"], floor.funds["FUND-THREE"])
    twice = floor.take(csv_of([again, replace(again, line=3, reference="X-2")]))
    assert [(row.line, row.message) for row in twice.warnings] == [(2, ONE_EACH), (3, ONE_EACH)]


def test_the_audit_log_has_one_entry_with_the_root_of_the_hashes(floor: Floor) -> None:
    report = floor.take(csv_of(files.sample_book()))
    entry = AuditEntry.objects.get(action="bids.import")
    root = "0x" + tree_hash([bytes.fromhex(bid.body_hash[2:]) for bid in report.bids]).hex()
    expected = {"auction": str(floor.auction), "file": report.file.sha256, "bids": 56, "root": root}
    assert json.loads(entry.body) == expected
    assert AuditEntry.objects.filter(subject__startswith="bid.bid:").count() == 0
    receipt = receipt_of(Bid.objects.order_by("pk")[0])
    assert sha256_hex(receipt.body) == receipt.body_hash


def test_every_bad_line_is_named_with_the_faults_of_reading_and_of_the_rules(floor: Floor) -> None:
    rows = (
        "PD-ALPHA,PD-ALPHA,A-1,C,5000000,97.4217,",
        "PD-ALPHA,PD-ALPHA,A-2,C,5000000,97.42171,",
        "PD-ALPHA,PD-ALPHA,A-3,C,5001,97.4217,",
        "PD-ALPHA,PD-ALPHA,A-4,C,4999,97.4217,11.6",
        "NOBODY,NOTHING,A-5,C,5000000,97.4217,",
        "FUND-ONE,FUND-ONE,A-6,C,5000000,97.4217,",
        "PD-DELTA,FUND-ONE,A-7,N,5000000,,",
        "PD-ALPHA,PD-ALPHA,A-8,N,5000000,97.4217,",
        "PD-ALPHA,PD-ALPHA,A-9,C,5000000,101,",
    )
    assert problems(floor, files.text(*rows)) == [
        (3, "price", "price.tick"),
        (4, "face", "bid.multiple"),
        (5, "face", "bid.minimum"),
        (5, "yield", "bid.price_yield"),
        (6, "dealer", "party.exists"),
        (6, "bidder", "party.exists"),
        (7, "dealer", "bid.dealer_admitted"),
        (8, "bidder", "bid.mandate"),
        (9, "price", "price.absent"),
        (10, "price", "bid.price_yield"),
    ]


def test_a_lapsed_kyc_another_paper_and_a_used_reference_are_named(floor: Floor) -> None:
    late = made.side(floor.people, reference="PD-LATE", until=made.SOON)
    bid_place(
        auction=floor.auction,
        dealer=floor.dealers["PD-BETA"].party,
        face_minor=500_000,
        price=Decimal("97.4217"),
        reference="B-1",
        idempotency_key="k",
        actor=floor.dealers["PD-BETA"].user,
        now=made.OPEN,
    )
    lines = [
        BidLine(2, "PD-LATE", "PD-LATE", "L-1", True, 5_000, Decimal("97.4217")),
        BidLine(3, "PD-ALPHA", "PD-ALPHA", "A-1", True, 5_000, Decimal("97.4217"), isin="XXTEST999993"),
        BidLine(4, "PD-BETA", "PD-BETA", "B-1", True, 5_000, Decimal("97.4217"), isin=floor.auction.series.isin),
    ]
    assert problems(floor, csv_of(lines)) == [
        (2, "dealer", "kyc.valid"),
        (3, "isin", "bid.isin"),
        (4, "reference", "bid.reference_once"),
    ]
    assert late.party.reference == "PD-LATE"


@pytest.mark.parametrize("make", [csv_of, xlsx_of], ids=["csv", "xlsx"])
def test_the_same_file_is_refused_the_second_time(floor: Floor, make: Any) -> None:
    content = make(files.sample_book())
    floor.take(content)
    before = counts()
    with pytest.raises(Refused) as refusal:
        floor.take(content, name="another name.csv")
    assert (refusal.value.field, refusal.value.rule) == ("file", "bid.file_once")
    assert counts() == before


def test_the_same_bids_in_another_file_are_refused_by_their_references(floor: Floor) -> None:
    floor.take(csv_of(files.sample_book()))
    found = problems(floor, xlsx_of(files.sample_book()))
    assert found == [(line.line, "reference", "bid.reference_once") for line in files.sample_book()]


def test_a_file_that_was_refused_may_come_again_once_what_was_wrong_is_mended(floor: Floor) -> None:
    content = files.text("PD-DELTA,FUND-ONE,A-7,N,5000,,")
    assert problems(floor, content) == [(2, "bidder", "bid.mandate")]
    made.mandate(floor.dealers["PD-DELTA"], floor.funds["FUND-ONE"])
    assert len(floor.take(content).bids) == 1


def test_the_file_comes_in_time_or_not_at_all(floor: Floor) -> None:
    content, wrong = csv_of(files.sample_book()), b"not a bid file\n"
    before = counts()
    for at, sent, rule in (
        (auctions.CLOSES, content, "bid.after_close"),
        (auctions.CLOSES, wrong, "bid.after_close"),
        (auctions.OPENS - timedelta(seconds=1), content, "bid.before_opening"),
    ):
        with pytest.raises(Refused) as refusal:
            floor.take(sent, now=at)
        assert refusal.value.rule == rule
    assert counts() == before
    assert len(floor.take(content, now=made.LAST).bids) == 56


def test_only_the_fiscal_agent_imports_for_others_and_a_dealer_for_itself(floor: Floor) -> None:
    own = files.text("PD-ALPHA,PD-ALPHA,A-1,C,5000000,97.4217,")
    dealer = floor.dealers["PD-ALPHA"]
    before = counts()
    for user in (floor.people.maker, floor.people.checker, floor.people.compliance, dealer.user):
        with pytest.raises(NotAllowed):
            floor.take(own, actor=user)
    with pytest.raises(NotAllowed):
        floor.take(own, actor=floor.dealers["PD-BETA"].user, dealer=dealer.party)
    assert counts() == before
    others = files.text("PD-ALPHA,PD-ALPHA,A-1,C,5000000,97.4217,", "PD-BETA,PD-BETA,B-1,C,5000000,97.4217,")
    asked = {"actor": dealer.user, "dealer": dealer.party}
    assert problems(floor, others, **asked) == [(3, "dealer", "bid.own_dealer")]
    [row] = floor.take(own, **asked).bids
    assert (row.dealer_id, row.placed_by_id, row.source) == (dealer.party.pk, dealer.user.pk, "FILE")


def test_the_book_of_the_sample_clears(floor: Floor) -> None:
    floor.take(csv_of(files.sample_book()))
    auctions.closed(floor.people, floor.auction)
    document = book_document(floor.auction) | {"accept": {"cut_off": "97.4217"}}
    read = auction_of(json.dumps(document))
    result = clear(rule=read.rule, target=read.target, bids=read.bids, decision=read.decision, paper=read.paper)
    by_key = {str(row.pk): row for row in Bid.objects.all()}
    better = [line for line in files.sample_book() if line.price is not None and line.price >= Decimal("97.4217")]
    assert result.accepted >= sum(line.face for line in better)
    assert sorted((by_key[row.bid.id].line, row.bid.bidder) for row in result.voided) == [
        (52, "FUND-THREE"),
        (53, "FUND-THREE"),
        (54, "FUND-FOUR"),
    ]


def many(count: int) -> list[BidLine]:
    dealers = files.DEALERS
    price = Decimal("97.4000")
    return [
        BidLine(
            number + 2, dealers[number % 4], dealers[number % 4], f"M-{number}", True, 5_000 * (1 + number % 50),
            price + Decimal("0.0001") * (number % 400),
        )
        for number in range(count)
    ]  # fmt: skip


def test_ten_thousand_bids_take_no_more_queries_by_bid_than_by_the_batch(floor: Floor) -> None:
    with CaptureQueriesContext(connection) as small:
        floor.take(csv_of([replace(line, reference=f"S{line.reference}") for line in many(10)]))
    with CaptureQueriesContext(connection) as large:
        report = floor.take(csv_of(many(10_000)))
    assert (len(report.bids), bid_count(floor.auction)) == (10_000, 10_010)
    inserts = [query["sql"] for query in large if 'INSERT INTO "bid_bid"' in query["sql"]]
    assert len(inserts) == 5
    assert len(large) - len(small) == 4
    assert len(large) < 40
    assert report.warnings == ()
