"""Placing, amending and withdrawing: what is taken, what is refused and why, and that a refusal leaves nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from issuance.bid.models import Bid
from issuance.bid.receipts import ONE_EACH, receipt_of
from issuance.bid.selectors import bid_count, clients_of, dealers_for, own_bids
from issuance.bid.services import bid_amend, bid_place, bid_withdraw, mandate_end, mandate_give
from tests.factories import auction as auctions
from tests.factories import bid as made
from tests.factories import identity, issuance
from tokenization.identity.models import AuditEntry
from tokenization.identity.services import kyc_decide
from tokenization.kernel.canonical import sha256_hex
from tokenization.kernel.errors import Conflict, NotAllowed, Refused

pytestmark = pytest.mark.django_db
MS = timedelta(milliseconds=1)
PRICE = Decimal("97.4217")


class Floor:
    def __init__(self) -> None:
        self.people = issuance.office()
        self.auction = made.announced(self.people)
        self.dealer = made.side(self.people)
        self.client = made.side(self.people, "FUND")
        self.count = 0

    def place(self, **changes: Any) -> Bid:
        self.count += 1
        asked: dict[str, Any] = {
            "auction": self.auction,
            "dealer": self.dealer.party,
            "face_minor": 500_000,
            "price": PRICE,
            "idempotency_key": f"key {self.count}",
            "actor": self.dealer.user,
            "now": made.SOON,
        }
        return bid_place(**asked | changes)


@pytest.fixture
def floor() -> Floor:
    return Floor()


def refused(do: Callable[[], object], kind: type[Exception] = Refused) -> tuple[str, str]:
    """The field and the rule of the refusal, which left nothing behind."""
    before = (Bid.objects.count(), AuditEntry.objects.count())
    with pytest.raises(kind) as refusal:
        do()
    assert (Bid.objects.count(), AuditEntry.objects.count()) == before
    return refusal.value.field, refusal.value.rule  # type: ignore[attr-defined]


def test_a_bid_is_taken_with_a_receipt_whose_hash_is_of_its_words(floor: Floor) -> None:
    bid = floor.place(reference="OWN-1", yield_pct=Decimal("11.5"))
    assert (bid.kind, bid.bidder, bid.price, bid.received_at) == ("BID", floor.dealer.party, PRICE, made.SOON)
    receipt = receipt_of(Bid.objects.get(pk=bid.pk))
    assert sha256_hex(receipt.body) == receipt.body_hash == bid.body_hash
    words = json.loads(receipt.body)
    assert (words["price"], words["yield_pct"], words["face_minor"]) == ("97.4217", "11.5", 500_000)
    assert words["received_at"] == "2026-07-01T05:05:00.000000Z"
    assert len(words["salt"]) == 64
    assert receipt.warnings == ()
    lines = receipt.text.splitlines()
    assert lines[-1] == receipt.body
    assert f"SHA-256    {receipt.body_hash} of the next line" in lines
    assert "Face       PKR 5,000.00" in lines
    assert "Reference  OWN-1" in lines


def test_two_equal_bids_have_different_hashes_so_that_nobody_can_guess_them(floor: Floor) -> None:
    assert floor.place().body_hash != floor.place().body_hash


def test_the_audit_log_tells_the_hash_and_nothing_of_the_bid(floor: Floor) -> None:
    bid = floor.place()
    bid = bid_amend(
        bid=bid, face_minor=1_000_000, price=PRICE, idempotency_key="a", actor=floor.dealer.user, now=made.SOON
    )
    bid = bid_withdraw(bid=bid, idempotency_key="w", actor=floor.dealer.user, now=made.SOON)
    entries = AuditEntry.objects.filter(subject__startswith="bid.bid:").order_by("pk")
    assert list(entries.values_list("action", flat=True)) == ["bid.place", "bid.amend", "bid.withdraw"]
    for entry, row in zip(entries, Bid.objects.order_by("pk"), strict=True):
        expected = {"auction": str(floor.auction), "hash": row.body_hash, "source": "PORTAL"}
        assert json.loads(entry.body) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"price": Decimal("97.42171")}, ("price", "bid.tick")),
        ({"price": None}, ("price", "bid.price_needed")),
        ({"price": Decimal(0)}, ("price", "bid.price_positive")),
        ({"price": Decimal(-1)}, ("price", "bid.price_positive")),
        ({"price": Decimal("NaN")}, ("price", "bid.number")),
        ({"price": Decimal("46348")}, ("price", "bid.number")),
        ({"price": Decimal("100.0001")}, ("price", "bid.price_yield")),
        ({"yield_pct": Decimal("11.6")}, ("yield_pct", "bid.price_yield")),
        ({"yield_pct": Decimal("11.50001")}, ("yield_pct", "bid.tick")),
        ({"price": None, "yield_pct": Decimal("-0.1")}, ("yield_pct", "bid.price_yield")),
        ({"competitive": False}, ("price", "bid.non_competitive")),
        ({"face_minor": 499_900}, ("face_minor", "bid.minimum")),
        ({"face_minor": 500_001}, ("face_minor", "bid.multiple")),
        ({"face_minor": 750_000}, ("face_minor", "bid.multiple")),
        ({"face_minor": 0}, ("face_minor", "bid.face_positive")),
        ({"face_minor": -500_000}, ("face_minor", "bid.face_positive")),
        ({"reference": "=1+1"}, ("reference", "bid.reference")),
        ({"reference": "x" * 36}, ("reference", "bid.reference")),
        ({"idempotency_key": ""}, ("idempotency_key", "bid.idempotency_key")),
        ({"idempotency_key": "file:1"}, ("idempotency_key", "bid.idempotency_key")),
        ({"source": "FILE"}, ("source", "bid.source")),
        ({"now": auctions.OPENS - MS}, ("auction", "bid.before_opening")),
        ({"now": auctions.CLOSES}, ("auction", "bid.after_close")),
    ],
)
def test_each_refusal_names_field_and_rule(floor: Floor, changes: dict[str, Any], expected: tuple[str, str]) -> None:
    assert refused(lambda: floor.place(**changes)) == expected


def test_the_last_millisecond_is_in_time(floor: Floor) -> None:
    assert floor.place(now=auctions.CLOSES - MS).received_at == made.LAST
    assert floor.place(now=auctions.OPENS).received_at == auctions.OPENS


def test_an_auction_that_is_closed_or_never_was_announced_takes_nothing(floor: Floor) -> None:
    draft = auctions.draft(floor.people)
    assert refused(lambda: floor.place(auction=draft)) == ("auction", "bid.auction_open")
    auctions.closed(floor.people, floor.auction)
    assert refused(lambda: floor.place(now=made.LAST)) == ("auction", "bid.auction_open")
    assert refused(lambda: floor.place(now=auctions.CLOSES)) == ("auction", "bid.after_close")


def test_who_may_bid_and_for_whom(floor: Floor) -> None:
    own = {"dealer": floor.client.party, "actor": floor.client.user}
    assert refused(lambda: floor.place(**own)) == ("dealer", "bid.dealer_admitted")
    through = {"bidder": floor.client.party, "actor": floor.client.user}
    assert refused(lambda: floor.place(**through)) == ("bidder", "bid.mandate")
    made.mandate(floor.dealer, floor.client, end=made.SOON + MS)
    assert floor.place(**through).placed_by == floor.client.user
    assert floor.place(bidder=floor.client.party).placed_by == floor.dealer.user
    assert refused(lambda: floor.place(**through, now=made.SOON + MS)) == ("bidder", "bid.mandate")
    stranger = made.side(floor.people)
    assert refused(lambda: floor.place(actor=stranger.user), NotAllowed)[1] == "bid.side"
    assert refused(lambda: floor.place(bidder=stranger.party, actor=floor.client.user), NotAllowed)[1] == "bid.side"
    for officer in (floor.people.maker, floor.people.checker, made.fiscal_agent()):
        assert refused(lambda officer=officer: floor.place(actor=officer), NotAllowed)[1] == "bid.side"


def test_a_kyc_that_is_over_stops_bids_and_amendments_and_no_withdrawal(floor: Floor) -> None:
    made.mandate(floor.dealer, floor.client)
    bid = floor.place(bidder=floor.client.party)
    later = made.SOON + timedelta(minutes=1)
    kyc_decide(
        party=floor.client.party, status="SUSPENDED", reason="test", actor=floor.people.compliance, now=made.SOON + MS
    )
    assert refused(lambda: floor.place(bidder=floor.client.party, now=later)) == ("bidder", "kyc.valid")
    change = {"bid": bid, "actor": floor.client.user, "now": later}
    amend = {**change, "face_minor": 500_000, "price": PRICE, "idempotency_key": "a"}
    assert refused(lambda: bid_amend(**amend)) == ("bidder", "kyc.valid")
    assert bid_withdraw(**change, idempotency_key="w").kind == "WITHDRAW"
    kyc_decide(
        party=floor.dealer.party, status="SUSPENDED", reason="test", actor=floor.people.compliance, now=made.SOON + MS
    )
    assert refused(lambda: floor.place(now=later)) == ("dealer", "kyc.valid")


def test_a_key_gives_the_first_bid_again_and_another_body_is_a_conflict(floor: Floor) -> None:
    first = floor.place(idempotency_key="k", price=Decimal("97.42170"))
    again = floor.place(idempotency_key="k", now=made.SOON + MS)
    assert (again.pk, again.body_hash, again.received_at) == (first.pk, first.body_hash, made.SOON)
    for changes in ({"price": Decimal("97.4218")}, {"face_minor": 1_000_000}, {"reference": "R"}):
        other = {**changes, "idempotency_key": "k"}
        assert refused(lambda other=other: floor.place(**other), Conflict) == ("idempotency_key", "bid.idempotency_key")
    elsewhere = made.announced(floor.people)
    assert refused(lambda: floor.place(auction=elsewhere, idempotency_key="k"), Conflict)[1] == "bid.idempotency_key"
    neighbour = made.side(floor.people)
    theirs = floor.place(idempotency_key="k", dealer=neighbour.party, actor=neighbour.user)
    assert theirs.pk != first.pk
    auctions.closed(floor.people, floor.auction)
    assert floor.place(idempotency_key="k", now=auctions.CLOSES).pk == first.pk
    assert Bid.objects.count() == 2


def test_amending_and_withdrawing_are_rows_that_name_what_they_replace(floor: Floor) -> None:
    act = {"actor": floor.dealer.user, "now": made.SOON + MS}
    first = floor.place(reference="OWN-1")
    second = bid_amend(bid=first, face_minor=1_000_000, yield_pct=Decimal("11.4"), idempotency_key="a", **act)
    assert (second.kind, second.replaces_id, second.price, second.reference) == ("AMEND", first.pk, None, "OWN-1")
    stale = {"bid": first, "face_minor": 500_000, "price": PRICE, **act}
    assert refused(lambda: bid_amend(**stale, idempotency_key="b"), Conflict) == ("bid", "bid.one_successor")
    assert refused(lambda: bid_withdraw(bid=first, idempotency_key="b", **act), Conflict)[1] == "bid.one_successor"
    assert bid_amend(bid=first, face_minor=1_000_000, yield_pct=Decimal("11.40"), idempotency_key="a", **act) == second
    third = bid_withdraw(bid=second, idempotency_key="w", **act)
    assert (third.face_minor, third.price, third.yield_pct) == (0, None, None)
    gone = {"bid": third, "face_minor": 500_000, "price": PRICE, **act}
    assert refused(lambda: bid_amend(**gone, idempotency_key="c")) == ("bid", "bid.withdrawn")
    assert refused(lambda: bid_withdraw(bid=third, idempotency_key="c", **act)) == ("bid", "bid.withdrawn")
    late = {**act, "now": auctions.CLOSES}
    open_bid = floor.place()
    assert refused(lambda: bid_withdraw(bid=open_bid, idempotency_key="d", **late)) == ("auction", "bid.after_close")
    stranger = made.side(floor.people)
    other = {"bid": open_bid, "actor": stranger.user, "now": made.SOON}
    assert refused(lambda: bid_withdraw(**other, idempotency_key="e"), NotAllowed)[1] == "bid.side"
    assert refused(lambda: floor.place(reference="OWN-1"), Conflict) == ("reference", "bid.reference_once")
    rows = own_bids(floor.dealer.party, floor.auction)
    assert [(row.pk, row.standing) for row in rows] == [
        (first.pk, False),
        (second.pk, False),
        (third.pk, False),
        (open_bid.pk, True),
    ]
    assert bid_count(floor.auction) == 1


def test_an_amendment_obeys_the_rules_of_a_bid(floor: Floor) -> None:
    first = floor.place()
    act = {"bid": first, "idempotency_key": "a", "actor": floor.dealer.user, "now": made.SOON}
    assert refused(lambda: bid_amend(**act, face_minor=500_000, price=Decimal("97.42171"))) == ("price", "bid.tick")
    assert refused(lambda: bid_amend(**act, face_minor=500_000)) == ("price", "bid.price_needed")
    changed = bid_amend(**act, face_minor=500_000, competitive=False)
    assert (changed.competitive, changed.price) == (False, None)


def test_what_the_clearing_will_void_is_told_and_not_refused(floor: Floor) -> None:
    """Half a percent of a target of 5,000,000 is 25,000."""
    fits = floor.place(competitive=False, price=None, face_minor=2_500_000)
    assert receipt_of(fits).warnings == ()
    neighbour = made.side(floor.people)
    above = floor.place(
        competitive=False, price=None, face_minor=3_000_000, dealer=neighbour.party, actor=neighbour.user
    )
    assert receipt_of(above).warnings == ("Above the cap of PKR 25,000.00 for a non-competitive bid: it will be void.",)
    second = floor.place(competitive=False, price=None)
    assert receipt_of(second).warnings == receipt_of(fits).warnings == (ONE_EACH,)
    assert f"Warning    {ONE_EACH}" in receipt_of(second).text
    bid_withdraw(bid=second, idempotency_key="w", actor=floor.dealer.user, now=made.SOON)
    assert receipt_of(fits).warnings == ()


def test_a_bid_of_the_same_investor_through_another_dealer_is_not_betrayed(floor: Floor) -> None:
    other = made.side(floor.people)
    for dealer in (floor.dealer, other):
        made.mandate(dealer, floor.client)
    quote = {"competitive": False, "price": None, "bidder": floor.client.party}
    floor.place(**quote)
    second = floor.place(**quote, dealer=other.party, actor=other.user)
    assert receipt_of(second).warnings == ()
    assert [row.pk for row in own_bids(other.party, floor.auction)] == [second.pk]
    assert own_bids(floor.client.party, floor.auction).count() == 2


def test_mandates_are_given_and_ended_by_compliance(floor: Floor) -> None:
    act = {"actor": floor.people.compliance, "now": made.OPEN}
    pair = {"dealer": floor.dealer.party, "client": floor.client.party}
    for user in (floor.people.maker, floor.dealer.user, made.fiscal_agent()):
        assert refused(lambda user=user: mandate_give(**pair, actor=user, now=made.OPEN), NotAllowed)
    row = mandate_give(**pair, **act)
    assert refused(lambda: mandate_give(**pair, **act), Conflict)[1] == "mandate.once"
    assert refused(lambda: mandate_give(dealer=floor.dealer.party, client=floor.dealer.party, **act))[0] == "client"
    past = {**pair, "valid_until": made.OPEN}
    assert refused(lambda: mandate_give(**past, **act)) == ("valid_until", "mandate.dates")
    assert list(dealers_for(floor.client.party, floor.auction, made.SOON)) == [floor.dealer.party]
    assert list(clients_of(floor.dealer.party, made.SOON)) == [floor.client.party]
    later = {"actor": floor.people.compliance, "now": made.SOON}
    assert refused(lambda: mandate_end(mandate=row, reason=" ", **later))[1] == "mandate.reason"
    assert refused(lambda: mandate_end(mandate=row, reason="x", actor=floor.people.maker, now=made.SOON), NotAllowed)
    mandate_end(mandate=row, reason="client left", **later)
    assert refused(lambda: mandate_end(mandate=row, reason="again", **later), Conflict)[1] == "mandate.in_force"
    assert list(dealers_for(floor.client.party, floor.auction, made.SOON)) == []
    assert list(clients_of(floor.dealer.party, made.SOON - MS)) == [floor.client.party]
    assert refused(lambda: floor.place(bidder=floor.client.party)) == ("bidder", "bid.mandate")


def test_a_user_who_is_no_investor_any_more_does_not_bid(floor: Floor) -> None:
    floor.dealer.user.is_active = False
    floor.dealer.user.save()
    assert refused(floor.place, NotAllowed)[1] == "bid.side"
    officer = identity.person("DEBT_MAKER")
    assert refused(lambda: floor.place(actor=officer), NotAllowed)[1] == "bid.side"
