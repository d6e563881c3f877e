"""An auction from draft to close: what its terms must satisfy, who may move it, and to the millisecond when."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from issuance.auction.models import Auction
from issuance.auction.selectors import auctions_announced, auctions_due, auctions_open, is_open, terms_document
from issuance.auction.services import auction_close, auction_draft, auctions_close
from issuance.auction.tasks import close_due
from issuance.authority.drafts import draft_payload, terms_of
from tests.factories import auction as make
from tests.factories import issuance as made
from tokenization.identity.approvals import approval_approve, approval_preview, approval_propose
from tokenization.identity.models import Approval, AuditEntry
from tokenization.identity.roles import MATRIX, Power, Role
from tokenization.identity.services import user_create
from tokenization.kernel.errors import Conflict, NotAllowed, Refused

pytestmark = pytest.mark.django_db
MS = timedelta(milliseconds=1)


@pytest.fixture
def people() -> made.Office:
    return made.office()


def agent(role: str = "FISCAL_AGENT_OFFICER", house: str = "FISCAL_AGENT") -> Any:
    return user_create(
        username=f"u-{role.lower()}", password="a long enough sentence 7", house=house, roles=[role], now=made.NOW
    )


def test_a_draft_keeps_its_terms_and_takes_the_next_number_of_its_series(people: made.Office) -> None:
    series = made.series(people)
    first = make.draft(people, series, direct_categories=["BANK", "PRIMARY_DEALER", "BANK"])
    approval_propose(action="issuance.auction.announce", payload=draft_payload(first), actor=people.maker, now=made.NOW)
    second = make.draft(people, series)
    other = make.draft(people)
    assert [(row.number, row.state, row.closed_at) for row in (first, second, other)] == [
        (1, "DRAFT", None), (2, "DRAFT", None), (1, "DRAFT", None),
    ]  # fmt: skip
    assert terms_of(first) == {
        "series_id": series.pk,
        "number": 1,
        "rule": "PK-MTB",
        "target_minor": 500_000_000,
        "opens_at": "2026-07-01T05:00:00+00:00",
        "closes_at": "2026-07-01T07:00:00+00:00",
        "settlement_date": "2026-07-02",
        "direct_categories": ["BANK", "PRIMARY_DEALER"],
    }
    entry = AuditEntry.objects.get(action="auction.draft", subject=str(first))
    assert json.loads(entry.body) == terms_of(first)
    assert str(second) == f"{series.isin} auction 2"


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"rule": "NOBODY"}, "rule", "auction.rule"),
        ({"rule": "US-BILL"}, "rule", "auction.rule"),
        ({"target_minor": 0}, "target_minor", "auction.target_minor"),
        ({"target_minor": make.TARGET + 100}, "target_minor", "auction.target_minor"),
        ({"closes_at": make.OPENS}, "closes_at", "auction.closes_at"),
        ({"closes_at": make.CLOSES + timedelta(microseconds=1)}, "closes_at", "auction.closes_at"),
        ({"closes_at": make.CLOSES + timedelta(days=2)}, "settlement_date", "auction.settlement_date"),
        ({"settlement_date": date(2026, 7, 4)}, "settlement_date", "auction.business_day"),
        ({"settlement_date": made.MATURITY}, "settlement_date", "auction.settlement_date"),
        ({"direct_categories": ()}, "direct_categories", "auction.direct_categories"),
        ({"direct_categories": ("ANYBODY",)}, "direct_categories", "auction.direct_categories"),
    ],
)
def test_terms_that_break_a_rule_are_refused(
    people: made.Office, changes: dict[str, Any], field: str, rule: str
) -> None:
    with pytest.raises(Refused) as refusal:
        make.draft(people, **changes)
    assert (refusal.value.field, refusal.value.rule) == (field, rule)
    assert refusal.value.next_step
    assert Auction.objects.count() == 0


def test_bids_in_multiples_that_split_a_unit_are_refused(people: made.Office) -> None:
    """PK-MTB takes bids in multiples of 5,000 rupees: paper of 2,000 or 10,000 a unit does not fit."""
    for denomination, fits in ((200_000, False), (1_000_000, False), (500_000, True)):
        series = made.series(people, denomination_minor=denomination, ceiling_units=100)
        if fits:
            assert make.draft(people, series).state == "DRAFT"
            continue
        with pytest.raises(Refused) as refusal:
            make.draft(people, series)
        assert refusal.value.field == "rule"


def test_only_the_maker_drafts(people: made.Office) -> None:
    series = made.series(people)
    for user in (people.checker, people.compliance, agent()):
        with pytest.raises(NotAllowed):
            auction_draft(**make.terms(series), actor=user, now=made.NOW)
    assert Auction.objects.count() == 0


def test_the_powers_are_with_the_debt_office_and_the_fiscal_agent() -> None:
    def holders(power: Power) -> set[str]:
        return {role.value for role in Role if power in MATRIX[role]}

    assert holders(Power.AUCTION_DRAFT) == {"DEBT_MAKER"}
    assert holders(Power.AUCTION_APPROVE) == {"DEBT_CHECKER"}
    assert holders(Power.AUCTION_READ) == {"FISCAL_AGENT_OFFICER", "FISCAL_AGENT_CHECKER"}


def test_announcing_takes_two_and_shows_the_headroom_of_the_settlement_date(people: made.Office) -> None:
    row = make.draft(people)
    proposal = approval_propose(
        action="issuance.auction.announce", payload=draft_payload(row), actor=people.maker, now=made.NOW
    )
    shown = approval_preview(approval=proposal, now=made.NOW)
    assert ("Target", "-", "PKR 5,000,000.00") in shown.rows
    assert ("Bids until", "-", "1 Jul 2026 12:00:00 PKT") in shown.rows
    assert (f"Free: series {row.series.isin}", "10,000 units", "unchanged") in shown.rows
    assert shown.warnings == []
    with pytest.raises(NotAllowed):
        approval_approve(approval_id=proposal.pk, actor=people.maker, now=made.NOW)
    assert Auction.objects.get().state == "DRAFT"
    approval_approve(approval_id=proposal.pk, actor=people.checker, now=made.NOW)
    assert Auction.objects.get().state == "ANNOUNCED"


def test_a_target_above_the_headroom_is_a_figure_with_a_warning(people: made.Office) -> None:
    row = make.draft(people, target_minor=20 * make.MILLION * 100)
    proposal = approval_propose(
        action="issuance.auction.announce", payload=draft_payload(row), actor=people.maker, now=make.OPENS + MS
    )
    assert proposal.preview["warnings"] == [
        "Its opening has passed: bids are taken as soon as this is approved.",
        "The target is above what the series has free: 10,000 units.",
    ]


def test_an_auction_whose_time_has_passed_is_not_announced(people: made.Office) -> None:
    row = make.draft(people)
    payload = draft_payload(row)
    proposal = approval_propose(
        action="issuance.auction.announce", payload=payload, actor=people.maker, now=make.CLOSES - MS
    )
    with pytest.raises(Refused) as refusal:
        approval_approve(approval_id=proposal.pk, actor=people.checker, now=make.CLOSES)
    assert refusal.value.rule == "auction.closes_at"
    assert (Auction.objects.get().state, Approval.objects.get(pk=proposal.pk).state) == ("DRAFT", "PENDING")


def test_it_closes_at_its_millisecond_and_no_sooner_whoever_asks(people: made.Office) -> None:
    row = make.announced(people)
    assert [is_open(row, at) for at in (make.OPENS - MS, make.OPENS, make.CLOSES - MS, make.CLOSES)] == [
        False, True, True, False,
    ]  # fmt: skip
    for actor in (people.maker, people.checker, agent()):
        with pytest.raises(Refused) as refusal:
            auction_close(auction=row, actor=actor, now=make.CLOSES - MS)
        assert refusal.value.message == f"{row} takes bids until 2026-07-01T07:00:00.000+00:00."
    with pytest.raises(NotAllowed):
        auction_close(auction=row, actor=people.compliance, now=make.CLOSES)
    assert Auction.objects.get().state == "ANNOUNCED"
    late = make.CLOSES + timedelta(seconds=3)
    first = auction_close(auction=row, actor=people.checker, now=late)
    assert (first.state, first.closed_at) == ("CLOSED", late)
    again = auction_close(auction=row, actor=people.maker, now=late + MS)
    assert (again.state, again.closed_at) == ("CLOSED", late)
    assert AuditEntry.objects.filter(action="auction.auction.state").count() == 2


def test_the_bell_closes_what_is_due_and_nothing_else(people: made.Office, monkeypatch: pytest.MonkeyPatch) -> None:
    due, later = make.announced(people), make.announced(people, closes_at=make.CLOSES + MS)
    idle = make.draft(people)
    assert auctions_close(now=make.CLOSES - MS) == []
    assert list(auctions_open(make.CLOSES - MS)) == [due, later]
    assert list(auctions_due(make.CLOSES)) == [due]
    monkeypatch.setattr("tokenization.kernel.clock.now", lambda: make.CLOSES)
    close_due()
    states = dict(Auction.objects.values_list("pk", "state"))
    assert states == {due.pk: "CLOSED", later.pk: "ANNOUNCED", idle.pk: "DRAFT"}
    assert AuditEntry.objects.filter(subject=f"auction.auction:{due.pk}").latest("id").actor_name == "system"
    assert set(auctions_announced()) == {due, later}
    for wrong in (idle, idle):
        with pytest.raises(Conflict):
            auction_close(auction=wrong, actor=people.maker, now=make.CLOSES)


def cancel(people: made.Office, row: Auction, *, reason: str = "test", at: Any = made.NOW) -> Approval:
    payload = {"auction": row.pk, "state": row.state, "reason": reason}
    return approval_propose(action="issuance.auction.cancel", payload=payload, actor=people.maker, now=at)


def test_cancelling_takes_two_and_a_reason_and_ends_with_the_close(people: made.Office) -> None:
    drafted, row = make.draft(people), make.announced(people)
    with pytest.raises(Refused) as refusal:
        cancel(people, row, reason=" ")
    assert refusal.value.field == "reason"
    approval_approve(approval_id=cancel(people, drafted).pk, actor=people.checker, now=made.NOW)
    late = cancel(people, row, at=make.CLOSES - MS)
    with pytest.raises(Refused) as refusal:
        approval_approve(approval_id=late.pk, actor=people.checker, now=make.CLOSES)
    assert refusal.value.next_step.startswith("Decide on its bids")
    assert dict(Auction.objects.values_list("pk", "state")) == {drafted.pk: "CANCELLED", row.pk: "ANNOUNCED"}
    with pytest.raises(NotAllowed):
        approval_approve(approval_id=late.pk, actor=people.maker, now=make.CLOSES - MS)
    approval_approve(approval_id=late.pk, actor=people.checker, now=make.CLOSES - MS)
    row.refresh_from_db()
    assert row.state == "CANCELLED"
    with pytest.raises(Conflict):
        cancel(people, row)
    with pytest.raises(Conflict):
        auction_close(auction=row, actor=people.maker, now=make.CLOSES)


def test_a_cancellation_proposed_of_a_draft_does_not_cancel_what_was_announced_since(people: made.Office) -> None:
    row = make.draft(people)
    proposal = cancel(people, row)
    people.approve("issuance.auction.announce", draft_payload(row))
    with pytest.raises(Conflict):
        approval_approve(approval_id=proposal.pk, actor=people.checker, now=made.NOW)
    assert Auction.objects.get().state == "ANNOUNCED"


def test_the_document_carries_the_terms_of_the_paper(people: made.Office) -> None:
    issue = date(2026, 7, 2)
    bond = made.series(
        people,
        kind="PIB",
        convention="PK-PIB",
        coupon_pct=Decimal("12.5"),
        maturity_date=issue.replace(year=2029),
        first_coupon_date=date(2027, 7, 2),
    )
    row = make.draft(people, bond, rule="PK-PIB", settlement_date=issue)
    assert terms_document(row) == {
        "rule": "PK-PIB",
        "target": 5_000_000,
        "settlement": "2026-07-02",
        "maturity": "2029-07-02",
        "coupon_pct": "12.5",
        "dated": "2026-07-02",
        "first_coupon": "2027-07-02",
    }
    assert terms_document(make.draft(people)) == {
        "rule": "PK-MTB",
        "target": 5_000_000,
        "settlement": "2026-07-02",
        "maturity": "2026-09-24",
    }
