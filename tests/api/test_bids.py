"""Bids by the interface: placed, amended, withdrawn and sent by file, by the own side only and in time only."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from issuance.auction.models import Auction
from issuance.bid.files import BidLine, csv_of
from issuance.bid.models import Bid
from tests.api.calling import STRANGER, Caller, Said, caller
from tests.factories import bid as bids
from tests.factories import issuance
from tests.support.people import person
from tokenization.api.models import FirstAnswer
from tokenization.files.models import StoredFile
from tokenization.identity.models import AuditEntry
from tokenization.identity.roles import Role
from tokenization.kernel.canonical import sha256_hex

pytestmark = pytest.mark.django_db
PKR = {"currency": "PKR", "minor_digits": 2}


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokenization.kernel.clock.now", lambda: bids.SOON)


@dataclass
class Market:
    """An open auction, two dealers, a client of the first, and a program of each."""

    people: issuance.Office
    auction: Auction
    dealer: bids.Side
    client: bids.Side
    rival: bids.Side
    by_dealer: Caller
    by_client: Caller
    by_rival: Caller

    @property
    def path(self) -> str:
        return f"auctions/{self.auction.pk}/bids"

    def body(self, **more: Any) -> dict[str, Any]:
        face = {"minor": "500000", "currency": "PKR"}
        return {"dealer": self.dealer.party.reference, "face": face, "price": "97.4217"} | more


@pytest.fixture
def market() -> Market:
    people = issuance.office()
    dealer, rival, client = bids.side(people), bids.side(people), bids.side(people, "FUND")
    bids.mandate(dealer, client)
    programs = (caller(side.user) for side in (dealer, client, rival))
    return Market(people, bids.announced(people), dealer, client, rival, *programs)


def kept() -> tuple[int, ...]:
    """Everything that a write of this kind would add to."""
    words = AuditEntry.objects.exclude(action__startswith="api.")
    return Bid.objects.count(), FirstAnswer.objects.count(), StoredFile.objects.count(), words.count()


def refused(said: Said, status: int, field: str, rule: str) -> None:
    found = (said.status, said.body.get("field"), said.body.get("rule"), said.headers["Content-Type"])
    assert found == (status, field, rule, "application/problem+json"), said.body


class TestPlace:
    def test_a_bid_is_answered_with_its_receipt(self, market: Market) -> None:
        said = market.by_dealer.post(market.path, market.body(reference="A 1"))
        row = Bid.objects.get()
        assert said.status == 201, said.body
        assert said.body == {
            "id": row.pk,
            "auction": market.auction.pk,
            "isin": market.auction.series.isin,
            "kind": "BID",
            "replaces": None,
            "standing": True,
            "dealer": market.dealer.party.reference,
            "bidder": market.dealer.party.reference,
            "competitive": True,
            "face": {"minor": "500000", **PKR},
            "price": "97.4217",
            "yield_pct": None,
            "reference": "A 1",
            "received_at": "2026-07-01T05:05:00Z",
            "channel": "API",
            "receipt": row.body,
            "receipt_sha256": row.body_hash,
            "warnings": [],
        }
        assert sha256_hex(said.body["receipt"]) == said.body["receipt_sha256"]
        assert (row.face_minor, row.price, row.placed_by, row.source) == (
            500_000, Decimal("97.4217"), market.dealer.user, "API",
        )  # fmt: skip

    def test_a_dealer_bids_for_its_client_and_the_client_through_its_dealer(self, market: Market) -> None:
        body = market.body(bidder=market.client.party.reference)
        assert [who.post(market.path, body).status for who in (market.by_dealer, market.by_client)] == [201, 201]
        assert {(row.dealer, row.bidder) for row in Bid.objects.all()} == {(market.dealer.party, market.client.party)}

    def test_a_bid_without_a_price_warns_of_what_would_void_it(self, market: Market) -> None:
        body = {name: value for name, value in market.body(competitive=False).items() if name != "price"}
        assert market.by_dealer.post(market.path, body).body["warnings"] == []
        assert "void" in market.by_dealer.post(market.path, body).body["warnings"][0]

    @pytest.mark.parametrize(
        ("change", "field", "rule"),
        [
            ({"face": {"minor": 500000, "currency": "PKR"}}, "face.minor", "string"),
            ({"face": {"minor": "5e5", "currency": "PKR"}}, "face.minor", "minor units"),
            ({"face": {"minor": "-1", "currency": "PKR"}}, "face.minor", "minor units"),
            ({"face": {"minor": "٣", "currency": "PKR"}}, "face.minor", "minor units"),
            ({"face": {"minor": "9" * 19, "currency": "PKR"}}, "face.minor", "minor units"),
            ({"face": {"minor": "500000", "currency": "USD"}}, "face.currency", "one currency"),
            ({"face": {"minor": "500000"}}, "face.currency", "required"),
            ({"face": "500000"}, "face", "invalid"),
            ({"face": {"minor": "500001", "currency": "PKR"}}, "face.minor", "bid.multiple"),
            ({"face": {"minor": "100000", "currency": "PKR"}}, "face.minor", "bid.minimum"),
            ({"price": 97}, "price", "string"),
            ({"price": "97,42"}, "price", "decimal number"),
            ({"price": "97.42171"}, "price", "bid.tick"),
            ({"price": None}, "price", "null"),
            ({"price": "0"}, "price", "bid.price_positive"),
            ({"competitive": "false"}, "competitive", "boolean"),
            ({"competitive": False}, "price", "bid.non_competitive"),
            ({"yield_pct": "1"}, "price", "bid.price_yield"),
            ({"reference": "a\nb"}, "reference", "bid.reference"),
            ({"prise": "97"}, "prise", "unknown field"),
        ],
    )
    def test_bad_input_names_field_and_rule(self, market: Market, change: Any, field: str, rule: str) -> None:
        before = kept()
        said = market.by_dealer.post(market.path, market.body(**change))
        if rule == "bid.price_yield":
            assert said.body["field"] in {"price", "yield_pct"}
            field = said.body["field"]
        refused(said, 400, field, rule)
        assert kept() == before

    def test_every_fault_is_told_at_once(self, market: Market) -> None:
        said = market.by_dealer.post(market.path, {"face": {"minor": 1}, "price": "x"})
        told = {(fault["field"], fault["rule"]) for fault in said.body["errors"]}
        assert told == {
            ("face.minor", "string"), ("face.currency", "required"), ("price", "decimal number"),
            ("dealer", "required"),
        }  # fmt: skip
        assert said.body["next_step"]

    @pytest.mark.parametrize(
        ("data", "rule"),
        [
            (b'{"price": 97.4217}', "amounts, prices and rates are strings"),
            (b'{"price": NaN}', "amounts, prices and rates are strings"),
            (b'{"price": "1", "price": "2"}', "each name once"),
            (b'{"a": "' + b"x" * 70_000 + b'"}', "size"),
            (b"[]", None),
            (b"\xff", None),
            (b"[" * 60_000, None),
        ],
    )
    def test_a_body_that_is_no_plain_object_is_refused(self, market: Market, data: bytes, rule: str | None) -> None:
        before = kept()
        said = market.by_dealer.post(market.path, data=data)
        assert (said.status, said.body.get("rule")) == (400, rule), said.body
        assert kept() == before

    def test_another_kind_of_body_is_not_taken(self, market: Market) -> None:
        before = kept()
        said = market.by_dealer.post(market.path, data="face=1", content_type="application/x-www-form-urlencoded")
        assert (said.status, kept()) == (415, before)


class TestSides:
    def test_other_parties_do_not_exist(self, market: Market) -> None:
        """Whether they are real or not: nobody learns who else is on the platform."""
        mine, client, rival = (side.party.reference for side in (market.dealer, market.client, market.rival))
        before = kept()
        cases = [
            (market.by_rival, {"dealer": mine}, "dealer"),
            (market.by_rival, {"dealer": mine, "bidder": client}, "bidder"),
            (market.by_rival, {"dealer": rival, "bidder": client}, "bidder"),
            (market.by_rival, {"dealer": rival, "bidder": "NOBODY"}, "bidder"),
            (market.by_client, {"dealer": rival, "bidder": client}, "dealer"),
            (market.by_client, {"dealer": "NOBODY", "bidder": client}, "dealer"),
        ]
        for who, change, field in cases:
            said = who.post(market.path, market.body(**change))
            assert (said.status, said.body["field"]) == (404, field), (change, said.body)
        assert kept() == before

    def test_who_may_not_bid_directly_is_told_so(self, market: Market) -> None:
        said = market.by_client.post(market.path, market.body(dealer=market.client.party.reference))
        refused(said, 400, "dealer", "bid.dealer_admitted")

    def test_bids_of_others_do_not_exist_and_nothing_changes(self, market: Market) -> None:
        pk = market.by_dealer.post(market.path, market.body()).body["id"]
        before = kept()
        face = {"face": {"minor": "500000", "currency": "PKR"}, "price": "97"}
        for who in (market.by_rival, market.by_client):
            assert who.get(f"bids/{pk}").status == 404
            assert who.post(f"bids/{pk}/amend", face).status == 404
            assert who.post(f"bids/{pk}/withdraw").status == 404
            assert who.get("bids").body["items"] == []
            assert who.get(market.path).body["items"] == []
        assert kept() == before

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.INVESTOR] + [None])
    def test_no_other_role_reads_or_writes_bids(self, market: Market, role: Role | None) -> None:
        pk = market.by_dealer.post(market.path, market.body()).body["id"]
        before, who = kept(), caller(person(role) if role else person())
        paths = ("bids", f"bids/{pk}", market.path)
        assert {who.get(path).status for path in paths} == {403}
        assert {STRANGER.get(path).status for path in paths} == {401}
        writes = (market.path, f"bids/{pk}/amend", f"bids/{pk}/withdraw")
        assert {who.post(path, market.body()).status for path in writes} == {403}
        assert {STRANGER.post(path, market.body()).status for path in writes} == {401}
        assert who.upload(f"auctions/{market.auction.pk}/bid-files", b"x", dealer="x").status == 403
        assert kept() == before

    def test_a_token_for_reading_writes_nothing(self, market: Market) -> None:
        reader, before = caller(market.dealer.user, may_write=False), kept()
        assert reader.post(market.path, market.body()).status == 403
        assert reader.get("bids").status == 200
        assert kept() == before


class TestChanges:
    def test_amended_and_withdrawn_bids_are_rows_of_their_own(self, market: Market) -> None:
        who = market.by_dealer
        first = who.post(market.path, market.body(reference="A")).body["id"]
        face = {"minor": "1000000", "currency": "PKR"}
        second = who.post(f"bids/{first}/amend", {"face": face, "price": "97.5"}).body
        assert (second["kind"], second["replaces"], second["price"], second["reference"]) == (
            "AMEND", first, "97.5", "A",
        )  # fmt: skip
        third = who.post(f"bids/{second['id']}/withdraw").body
        assert (third["kind"], third["face"]["minor"], third["standing"]) == ("WITHDRAW", "0", False)
        listed = who.get(market.path).body["items"]
        told = [(row["id"], row["kind"], row["standing"]) for row in listed]
        assert told == [(third["id"], "WITHDRAW", False), (second["id"], "AMEND", False), (first, "BID", False)]
        assert who.get("bids").body["items"] == listed
        before = kept()
        said = who.post(f"bids/{first}/amend", {"face": face, "price": "97.6"})
        assert (said.status, said.body["rule"]) == (409, "bid.one_successor")
        assert who.post(f"bids/{third['id']}/withdraw").body["rule"] == "bid.withdrawn"
        assert kept() == before

    @pytest.mark.parametrize("verb", ["amend", "withdraw"])
    def test_a_receipt_can_be_read_again(self, market: Market, verb: str) -> None:
        placed = market.by_dealer.post(market.path, market.body()).body
        assert market.by_dealer.get(f"bids/{placed['id']}").body == placed
        market.by_dealer.post(f"bids/{placed['id']}/{verb}", _change(verb))
        again = market.by_dealer.get(f"bids/{placed['id']}").body
        assert again == placed | {"standing": False}


class TestTime:
    @pytest.mark.parametrize(
        ("at", "rule"),
        [
            (lambda auction: auction.opens_at - timedelta(milliseconds=1), "bid.before_opening"),
            (lambda auction: auction.closes_at, "bid.after_close"),
        ],
    )
    def test_too_early_and_too_late_nothing_is_taken(
        self, market: Market, monkeypatch: pytest.MonkeyPatch, at: Callable[[Auction], Any], rule: str
    ) -> None:
        placed = market.by_dealer.post(market.path, market.body()).body["id"]
        before = kept()
        monkeypatch.setattr("tokenization.kernel.clock.now", lambda: at(market.auction))
        tried = [market.by_dealer.post(market.path, market.body())]
        tried += [market.by_dealer.post(f"bids/{placed}/{verb}", _change(verb)) for verb in ("amend", "withdraw")]
        tried += [_file(market, market.by_dealer, _lines(market))]
        for said in tried:
            refused(said, 400, "auction", rule)
        assert kept() == before

    def test_in_the_last_millisecond_it_is_taken(self, market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tokenization.kernel.clock.now", lambda: bids.LAST)
        said = market.by_dealer.post(market.path, market.body())
        assert (said.status, said.body["received_at"]) == (201, "2026-07-01T06:59:59.999000Z")


class TestFiles:
    def test_a_file_is_taken_whole_and_its_answer_repeated(self, market: Market) -> None:
        content = _lines(market)
        said = _file(market, market.by_dealer, content, key="one")
        assert said.status == 201, said.body
        assert said.body == {
            "auction": market.auction.pk, "file_sha256": sha256_hex(content), "bids": 2, "warnings": [],
        }  # fmt: skip
        again = _file(market, market.by_dealer, content, key="one")
        assert (again.body, again.headers["Idempotency-Replayed"]) == (said.body, "true")
        assert (Bid.objects.count(), FirstAnswer.objects.count()) == (2, 1)
        assert StoredFile.objects.filter(sha256=sha256_hex(content)).count() == 1
        other = _file(market, market.by_dealer, content + b"\n", key="one")
        assert (other.status, other.body["field"]) == (409, "Idempotency-Key")
        assert _file(market, market.by_dealer, content).body["rule"] == "bid.file_once"

    def test_every_fault_is_told_by_line_field_and_rule(self, market: Market) -> None:
        mine, before = market.dealer.party.reference, kept()
        text = f"dealer,bidder,reference,competitive,face,price\n{mine},{mine},A,C,5000,97.42\n{mine},NOBODY,B,C,1,x\n"
        said = _file(market, market.by_dealer, text.encode())
        assert (said.status, said.body["rule"]) == (400, "all or nothing")
        assert [(fault["line"], fault["field"]) for fault in said.body["errors"]] == [(3, "price")]
        assert said.body["errors"][0]["rule"] == "number.plain"
        assert kept() == before

    def test_a_file_of_another_dealer_is_refused(self, market: Market) -> None:
        before = kept()
        said = _file(market, market.by_rival, _lines(market))
        assert (said.status, said.body["field"]) == (404, "dealer")
        said = _file(market, market.by_rival, _lines(market), dealer=market.rival.party.reference)
        assert {(fault["field"], fault["rule"]) for fault in said.body["errors"]} == {("dealer", "bid.own_dealer")}
        assert kept() == before

    def test_json_is_no_file(self, market: Market) -> None:
        said = market.by_dealer.post(f"auctions/{market.auction.pk}/bid-files", {"file": "x"})
        assert said.status == 415
        said = market.by_dealer.upload(f"auctions/{market.auction.pk}/bid-files", b"", dealer="x")
        assert (said.status, said.body["field"], said.body["rule"]) == (400, "file", "empty")


def _change(verb: str) -> dict[str, Any]:
    return {"face": {"minor": "500000", "currency": "PKR"}, "price": "97"} if verb == "amend" else {}


def _lines(market: Market) -> bytes:
    mine, client = market.dealer.party.reference, market.client.party.reference
    lines = [
        BidLine(2, mine, mine, "F-1", True, 5_000, Decimal("97.4217")),
        BidLine(3, mine, client, "F-2", False, 5_000),
    ]
    return csv_of(lines)


def _file(market: Market, who: Caller, content: bytes, *, key: str | None = None, dealer: str = "") -> Said:
    path = f"auctions/{market.auction.pk}/bid-files"
    return who.upload(path, content, name="bids.csv", key=key, dealer=dealer or market.dealer.party.reference)


def test_the_answer_kept_is_the_answer_given(market: Market) -> None:
    said = market.by_dealer.post(market.path, market.body())
    assert json.loads(FirstAnswer.objects.get().body) == said.body
