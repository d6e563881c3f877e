"""The decision on an auction: what it binds, what it writes, and everything that stops it with nothing written."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from issuance.allotment.decisions.clearing import accept_of, cleared, steps
from issuance.allotment.decisions.effect import decision_preview
from issuance.allotment.decisions.selectors import result_sheet, result_summary
from issuance.allotment.decisions.services import decision_payload, decision_propose
from issuance.allotment.models import Allotment, AuctionDecision
from issuance.auction.models import Auction
from issuance.headroom.models import Commitment
from issuance.headroom.services import HeadroomExceeded
from tests.factories import auction as make
from tests.factories import issuance as made
from tests.support.database import ROOT
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.identity.models import Approval, AuditEntry
from tokenization.identity.services import kyc_decide
from tokenization.kernel.errors import Conflict, NotAllowed, Refused

pytestmark = pytest.mark.django_db
AT_CLOSE = make.CLOSES
WHY = "Funding needs of the quarter."


@pytest.fixture
def people() -> made.Office:
    return made.office()


def written() -> tuple[int, int, int]:
    return Allotment.objects.count(), Commitment.objects.count(), AuctionDecision.objects.count()


def at_commit() -> None:
    """What the database would say at commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def propose(people: made.Office, row: Auction, accept: Any, **more: Any) -> Approval:
    return decision_propose(auction=row, accept=accept, actor=people.maker, now=AT_CLOSE, **more)


def approve(people: made.Office, proposal: Approval) -> None:
    approval_approve(approval_id=proposal.pk, actor=people.checker, now=AT_CLOSE)


def test_a_cut_off_fills_every_bid_at_or_better_and_takes_its_headroom(people: made.Office) -> None:
    row = make.booked(people)
    ids = list(row.bids.order_by("pk").values_list("pk", flat=True))
    done = make.decided(people, row, {"cut_off": "97.5"})
    assert done.state == "ALLOTTED"
    found = Allotment.objects.order_by("bid_id").values_list(
        "bid_id", "units", "face_minor", "price", "proceeds_minor", "accrued_minor", "state"
    )
    average = Decimal("97.5500")
    assert list(found) == [
        (ids[0], 2_000, 200_000_000, Decimal("97.6000"), 195_200_000, 0, "ALLOTTED"),
        (ids[1], 1_000, 100_000_000, Decimal("97.5000"), 97_500_000, 0, "ALLOTTED"),
        (ids[2], 1_000, 100_000_000, Decimal("97.5000"), 97_500_000, 0, "ALLOTTED"),
        (ids[4], 25, 2_500_000, average, 2_438_750, 0, "ALLOTTED"),
        (ids[5], 20, 2_000_000, average, 1_951_000, 0, "ALLOTTED"),
    ]
    assert not Allotment.objects.exclude(series=row.series, settlement_date=row.settlement_date, offer=None).exists()
    held = {c.key: (c.units, c.proceeds_minor, c.settles_on) for c in Commitment.objects.all()}
    assert held == {f"allotment:bid:{pk}": (units, proceeds, made.ISSUE) for pk, units, _, _, proceeds, _, _ in found}
    at_commit()


def test_what_the_maker_proposes_names_the_result_and_every_allotment_but_nobody(people: made.Office) -> None:
    row = make.booked(people)
    proposal = propose(people, row, {"cut_off": "97.5"})
    shown = {label: (before, after) for label, before, after in proposal.preview["rows"]}
    assert shown["Accepted, competitive"] == ("-", "PKR 4,000,000.00")
    assert shown["Accepted, non-competitive"] == ("-", "PKR 45,000.00")
    assert shown["Target and what is taken"] == (
        "-",
        "PKR 5,000,000.00 target = PKR 4,000,000.00 competitive + PKR 45,000.00 non-competitive"
        " + PKR 955,000.00 not taken",
    )
    assert shown["Residual"] == (
        "-", "PKR 1,000,000.00: target less competitive; non-competitive comes beside it (PK-MTB)",
    )  # fmt: skip
    assert shown["Bid to cover"] == ("-", "1.75: competitive face offered / competitive face accepted")
    assert shown["Weighted average price"] == ("-", "97.5500")
    assert shown["To be paid by the bidders"] == ("-", "PKR 3,945,897.50")
    assert shown[f"Free: series {row.series.isin}"] == ("10,000 units", "5,955 units")
    first, *rest = [item.body for item in proposal.items.order_by("position")]
    assert first["kind"] == "RESULT"
    assert first["result_sha256"] == cleared(row, {"cut_off": "97.5"}).result_sha256
    assert [(body["units"], body["amount_minor"]) for body in rest] == [
        (2_000, 195_200_000), (1_000, 97_500_000), (1_000, 97_500_000), (25, 2_438_750), (20, 1_951_000),
    ]  # fmt: skip
    said = json.dumps([first, *rest, proposal.preview])
    for party in made.Party.objects.filter(bids__auction=row):
        assert party.reference not in said
        assert party.name not in said
    assert written() == (0, 0, 0)


def test_the_stored_document_gives_the_stored_result_byte_for_byte(people: made.Office, tmp_path: Any) -> None:
    make.decided(people, make.booked(people), {"amount": 3_000_000, "pro_rata": True})
    decision = AuctionDecision.objects.get()
    file = tmp_path / "document.json"
    file.write_bytes(decision.document.encode())
    done = subprocess.run(
        [sys.executable, "manage.py", "clear_auction", str(file)], cwd=ROOT, capture_output=True, check=True
    )
    assert done.stdout == decision.result.encode()
    assert json.loads(decision.document)["accept"] == {"amount": 3_000_000, "pro_rata": True} == decision.accept
    assert decision.made_by == people.maker
    assert decision.approval.checker == people.checker


def test_a_tie_at_the_cut_off_is_shared_and_the_residual_is_shown(people: made.Office) -> None:
    """Three bids of 100, 200 and 400 m at one price share 350 m in blocks of 50 m: 50, 100 and 200."""
    m = make.MILLION
    series = made.series(
        people,
        made.programme(people, made.envelope(people, made.authority(people, ceiling_minor=10**12))),
        ceiling_units=1_000_000,
    )
    book = [(100 * m, "97.5"), (200 * m, "97.5"), (400 * m, "97.5"), (150 * m, "97.6")]
    row = make.booked(people, series, book, target_minor=500 * m * 100)
    done = make.decided(people, row, {"amount": 500 * m, "pro_rata": True})
    assert sorted(Allotment.objects.values_list("face_minor", flat=True)) == [
        50 * m * 100, 100 * m * 100, 150 * m * 100, 200 * m * 100,
    ]  # fmt: skip
    sheet = result_sheet(done)
    assert (sheet["pro_rata_pct"], sheet["residual"], sheet["cut_off"]) == ("50.0000", 0, "97.5000")


def test_all_bids_rejected_is_a_result_like_any_other(people: made.Office) -> None:
    row = make.booked(people)
    proposal = propose(people, row, None)
    assert proposal.preview["warnings"] == ["All bids are rejected."]
    assert [item.body["kind"] for item in proposal.items.all()] == ["RESULT"]
    approve(people, proposal)
    row.refresh_from_db()
    assert (row.state, written()) == ("REJECTED", (0, 0, 1))
    decision = AuctionDecision.objects.get()
    assert (decision.accept, result_sheet(row)["status"], result_sheet(row)["allotments"]) == (
        None, "ALL_REJECTED", [],
    )  # fmt: skip
    told = json.loads(AuditEntry.objects.get(action="auction.decide").body)
    assert (told["accept"], told["result_sha256"]) == (None, decision.result_sha256)
    at_commit()


def test_a_cut_off_that_nobody_reaches_rejects_all(people: made.Office) -> None:
    done = make.decided(people, make.booked(people), {"cut_off": "99"})
    assert (done.state, written()) == ("REJECTED", (0, 0, 1))


def test_more_than_the_target_needs_a_reason_that_is_recorded(people: made.Office) -> None:
    row = make.booked(people)
    for silence in ("", "  "):
        with pytest.raises(Refused) as refusal:
            propose(people, row, {"cut_off": "97.4"}, more_than_target_reason=silence)
        assert (refusal.value.field, refusal.value.rule) == ("more_than_target_reason", "auction.more_than_target")
        assert refusal.value.message == "This takes PKR 2,045,000.00 more than announced."
    assert Approval.objects.filter(state="PENDING").count() == 0
    proposal = propose(people, row, {"cut_off": "97.4"}, more_than_target_reason=f" {WHY} ")
    assert proposal.preview["warnings"] == ["More than the announced target, by PKR 2,045,000.00."]
    assert ["Why more than the target", "-", WHY] in proposal.preview["rows"]
    approve(people, proposal)
    assert AuctionDecision.objects.get().more_than_target_reason == WHY
    assert Allotment.objects.count() == 6


def test_exactly_the_target_needs_no_reason(people: made.Office) -> None:
    row = make.booked(people, book=[(5 * make.MILLION, "97.5")])
    assert make.decided(people, row, {"cut_off": "97.5"}).state == "ALLOTTED"


def test_a_ceiling_on_the_settlement_date_stops_it_whole(people: made.Office) -> None:
    """The target is a figure; headroom is not: 7,045 units are asked for and 5,000 are free."""
    row = make.booked(people, made.series(people, ceiling_units=5_000))
    with pytest.raises(HeadroomExceeded) as refusal:
        propose(people, row, {"cut_off": "97.4"}, more_than_target_reason=WHY)
    assert (refusal.value.level, refusal.value.excess, refusal.value.on) == ("series", 2_045, made.ISSUE)
    assert written() == (0, 0, 0)
    effect = decision_preview(row, {"cut_off": "97.4"}, now=AT_CLOSE)
    assert effect.excess is not None
    before, after = effect.levels[-1]
    assert (before.free, after.free) == (5_000, -2_045)


def test_headroom_taken_between_proposal_and_approval_stops_it_whole(people: made.Office) -> None:
    row = make.booked(people)
    proposal = propose(people, row, {"cut_off": "97.5"})
    made.commitment(people, row.series, 5_956)
    with pytest.raises(HeadroomExceeded) as refusal:
        approve(people, proposal)
    assert (refusal.value.level, refusal.value.excess) == ("authority", made.DENOMINATION)
    row.refresh_from_db()
    assert (row.state, written()) == ("CLOSED", (0, 1, 0))
    assert Approval.objects.get(pk=proposal.pk).state == "PENDING"


def test_the_headroom_of_paper_that_matures_on_the_settlement_date_is_free(people: made.Office) -> None:
    """A bill rolls over at a full programme."""
    ceiling = 5_000 * made.DENOMINATION
    programme = made.programme(people, made.envelope(people, made.authority(people, ceiling_minor=ceiling)))
    old = made.series(people, programme, ceiling_units=5_000)
    made.commitment(people, old, 5_000)
    new = made.series(people, programme, issue_date=made.MATURITY, ceiling_units=5_000)
    later = {"opens_at": make.OPENS + timedelta(days=80), "closes_at": make.CLOSES + timedelta(days=80)}
    book = [(5 * make.MILLION, "97.5")]
    row = make.booked(people.at(made.NOW), new, book, settlement_date=made.MATURITY, **later)
    assert make.decided(people, row, {"cut_off": "97.5"}).state == "ALLOTTED"


def test_a_result_other_than_the_one_proposed_is_not_carried_out(
    people: made.Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The book cannot change after the close, so the rule by which it is cleared is changed under the proposal."""
    row = make.booked(people)
    proposal = propose(people, row, {"cut_off": "97.5"})
    from issuance.allotment.decisions import clearing

    book = clearing.book_document
    monkeypatch.setattr(clearing, "book_document", lambda auction: book(auction) | {"multiple": 2_500})
    with pytest.raises(Conflict) as refusal:
        approve(people, proposal)
    assert refusal.value.rule == "auction.result"
    assert written() == (0, 0, 0)


def test_items_that_no_longer_follow_from_the_book_are_refused_too(
    people: made.Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = make.booked(people)
    proposal = propose(people, row, {"cut_off": "97.5"})
    from issuance.allotment.decisions import clearing

    book = clearing.book_document
    shorter = {"bids": book(row)["bids"][1:]}
    monkeypatch.setattr(clearing, "book_document", lambda auction: book(auction) | shorter)
    with pytest.raises(Refused) as refusal:
        approve(people, proposal)
    assert refusal.value.rule == "bound payload and items"
    assert written() == (0, 0, 0)


def test_in_which_order_a_decision_is_written_down_changes_nothing(people: made.Office) -> None:
    row = make.booked(people)
    said = {"pro_rata": True, "cut_off": "97.4", "amount": 5_000_000}
    other = dict(sorted(said.items()))
    assert list(said) != list(other)
    assert cleared(row, said).document == cleared(row, other).document
    assert make.decided(people, row, said, more_than_target_reason=WHY).state == "ALLOTTED"


def test_the_maker_binds_what_he_looked_at(people: made.Office) -> None:
    row = make.booked(people)
    seen = cleared(row, {"cut_off": "97.5"}).result_sha256
    with pytest.raises(Conflict):
        propose(people, row, {"cut_off": "97.6"}, seen=seen)
    assert propose(people, row, {"cut_off": "97.5"}, seen=seen).state == "PENDING"


def test_four_eyes_and_powers(people: made.Office) -> None:
    row = make.booked(people)
    for actor in (people.checker, people.compliance):
        with pytest.raises(NotAllowed):
            decision_propose(auction=row, accept={"cut_off": "97.5"}, actor=actor, now=AT_CLOSE)
    proposal = propose(people, row, {"cut_off": "97.5"})
    for actor in (people.maker, people.compliance):
        with pytest.raises(NotAllowed):
            approval_approve(approval_id=proposal.pk, actor=actor, now=AT_CLOSE)
    assert written() == (0, 0, 0)


def test_an_auction_is_decided_once_and_only_after_its_close(people: made.Office) -> None:
    unclosed = make.announced(people)
    with pytest.raises(Conflict) as refusal:
        decision_preview(unclosed, None, now=AT_CLOSE)
    assert refusal.value.rule == "auction.closed"
    row = make.booked(people)
    first, second = propose(people, row, {"cut_off": "97.5"}), propose(people, row, None)
    approve(people, first)
    with pytest.raises(Conflict):
        approve(people, second)
    assert AuctionDecision.objects.count() == 1


@pytest.mark.parametrize(
    ("accept", "field"),
    [
        ({"cut_off": "97.40001"}, "cut_off"),
        ({"cut_off": "-1"}, "cut_off"),
        ({"amount": -5}, "amount"),
        ({"pro_rata": True}, "accept"),
        ({"cut_off": "97.4", "amount": 1_000_000}, "amount"),
        ({"cut_of": "97.4"}, "cut_of"),
    ],
)
def test_what_is_no_decision_is_refused_with_its_field(people: made.Office, accept: Any, field: str) -> None:
    row = make.booked(people)
    with pytest.raises(Refused) as refusal:
        propose(people, row, accept)
    assert (refusal.value.field, refusal.value.rule) == (field, "auction.accept")
    assert written() == (0, 0, 0)


def test_a_payload_that_was_made_by_hand_is_checked_like_any_other(people: made.Office) -> None:
    row = make.booked(people)
    effect = decision_preview(row, {"cut_off": "97.5"}, now=AT_CLOSE)
    payload = decision_payload(effect, {"cut_off": "97.6"})
    with pytest.raises(Conflict):
        approval_propose(action="issuance.allotment.allot_auction", payload=payload, actor=people.maker, now=AT_CLOSE)


def test_bidders_whose_identity_check_has_lapsed_are_counted_not_named(people: made.Office) -> None:
    row = make.booked(people)
    who = row.bids.order_by("pk")[0].bidder
    kyc_decide(party=who, status="SUSPENDED", reason="test", actor=people.compliance, now=AT_CLOSE)
    effect = decision_preview(row, {"cut_off": "97.5"}, now=AT_CLOSE)
    late = AT_CLOSE + timedelta(days=2)
    assert (
        "The settlement date, 2 Jul 2026, has passed." in decision_preview(row, {"cut_off": "97.5"}, now=late).warnings
    )
    assert effect.warnings == (
        "The identity check of 1 of the bidders is not valid today: what is not paid and delivered lapses.",
    )


def test_a_bond_is_paid_with_its_accrued_interest(people: made.Office) -> None:
    """A tap of a 12 % bond, 90 days of 184 after its coupon date: 6 x 90 / 184 = 2.9348 accrued per 100."""
    issue = made.ISSUE
    bond = made.series(
        people, kind="PIB", convention="PK-PIB", coupon_pct=Decimal(12), maturity_date=issue.replace(year=2029)
    )
    tap = issue + timedelta(days=90)
    days = timedelta(days=89)
    row = make.booked(
        people,
        bond,
        [(1_000_000, "99.5000"), (2_000_000, "99.0000")],
        rule="PK-PIB",
        settlement_date=tap,
        opens_at=make.OPENS + days,
        closes_at=make.CLOSES + days,
    )
    make.decided(people, row, {"cut_off": "99"})
    found = Allotment.objects.order_by("bid_id").values_list("price", "accrued_minor", "proceeds_minor", "face_minor")
    assert list(found) == [
        (Decimal("99.5000"), 2_934_800, 102_434_800, 100_000_000),
        (Decimal("99.0000"), 5_869_600, 203_869_600, 200_000_000),
    ]
    assert result_sheet(row)["accrued"] == "2.9348"
    assert result_summary(row).totals["accrued"] == "88044.00"
    at_commit()


def test_the_book_by_level_is_what_moving_the_cut_off_means(people: made.Office) -> None:
    row = make.booked(people)
    assert [
        (str(step.price), str(step.yield_pct), step.rung.bids, step.rung.cumulative, str(step.rung.of_target_pct))
        for step in steps(row)
    ] == [
        ("97.6000", "10.6850", 1, 2_000_000, "40.00"),
        ("97.5000", "11.1416", 2, 4_000_000, "80.00"),
        ("97.4000", "11.5992", 1, 7_000_000, "140.00"),
    ]
    for step in steps(row):
        effect = decision_preview(row, accept_of(row, cut_off=step.price), now=AT_CLOSE)
        assert effect.cleared.result.accepted == step.rung.cumulative


def test_the_range_of_offers_counts_a_bid_in_yield_at_its_price(people: made.Office) -> None:
    row = make.announced(people)
    make.placed(row, make.dealer(people), 1_000_000, "97.5000")
    make.placed(row, make.dealer(people), 1_000_000, yield_pct=Decimal("10.6850"))
    done = make.decided(people, make.closed(people, row), {"cut_off": "97.5"})
    summary = result_summary(done)
    assert summary.offered_range == summary.accepted_range == (Decimal("97.5"), Decimal("97.6"))


def test_the_summary_names_no_bid(people: made.Office) -> None:
    row = make.booked(people)
    done = make.decided(people, row, {"cut_off": "97.5"})
    summary = result_summary(done)
    assert (summary.isin, summary.tenor_days, summary.bids, summary.allotted) == (row.series.isin, 84, 6, 5)
    assert summary.offered_range == (Decimal("97.4"), Decimal("97.6"))
    assert summary.accepted_range == (Decimal("97.5"), Decimal("97.6"))
    assert summary.totals["offered"] == 7_000_000
    assert {"allotments", "voided"} & summary.sheet.keys() == set()
    with pytest.raises(Refused):
        result_summary(make.booked(people))
