"""Drafts that are proposed twice, withdrawn or rejected: what is taken is said, what was given up is free again."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import models

from issuance.auction.models import Auction
from issuance.auction.services import auction_draft
from issuance.authority.drafts import draft_payload, terms_of
from issuance.authority.models import BudgetEnvelope, LegalAuthority
from issuance.authority.proposals import given_up, shown
from issuance.authority.services import authority_draft, envelope_draft
from issuance.programme.models import Programme
from issuance.programme.services import programme_draft
from issuance.series.actions import series_payload
from issuance.series.models import Series
from issuance.series.services import series_draft
from tests.factories import auction as auctions
from tests.factories import issuance as made
from tokenization.identity.approvals import approval_propose, approval_reject, approval_withdraw
from tokenization.identity.models import Approval, AuditEntry
from tokenization.kernel.bounds import LARGEST_MINOR
from tokenization.kernel.errors import Conflict, Refused

pytestmark = pytest.mark.django_db
Draft = Callable[..., Any]


@pytest.fixture
def people() -> made.Office:
    return made.office()


def authority(people: made.Office) -> tuple[Draft, dict[str, Any]]:
    days = {"valid_from": made.YEAR_START, "valid_until": made.YEAR_END}
    return authority_draft, {
        "reference": "ACT-1", "title": "An act", "law": "s. 1", "currency": "PKR", "ceiling_minor": 5_000_00, **days
    }  # fmt: skip


def envelope(people: made.Office) -> tuple[Draft, dict[str, Any]]:
    days = {"starts_on": made.YEAR_START, "ends_on": made.YEAR_END}
    parent = made.authority(people)
    return envelope_draft, {
        "authority": parent, "budget_year": "2026-27", "currency": "PKR", "amount_minor": 5_000_00, **days
    }  # fmt: skip


def programme(people: made.Office) -> tuple[Draft, dict[str, Any]]:
    parent = made.envelope(people, made.authority(people))
    return programme_draft, {
        "envelope": parent, "reference": "P-1", "name": "Bills", "currency": "PKR", "ceiling_minor": 5_000_00
    }  # fmt: skip


def series(people: made.Office) -> tuple[Draft, dict[str, Any]]:
    return series_draft, made.series_terms(made.programme(people))


KINDS = [
    (authority, LegalAuthority, "issuance.authority.enact", "reference", "ceiling_minor"),
    (envelope, BudgetEnvelope, "issuance.authority.open_envelope", "budget_year", "amount_minor"),
    (programme, Programme, "issuance.programme.open", "reference", "ceiling_minor"),
    (series, Series, "issuance.series.approve", "isin", "ceiling_units"),
]
kinds = pytest.mark.parametrize(("kind", "model", "action", "field", "sum_"), KINDS, ids=[row[3] for row in KINDS])


def proposed(people: made.Office, row: Any, action: str) -> Approval:
    payload = series_payload(row) if isinstance(row, Series) else draft_payload(row)
    return approval_propose(action=action, payload=payload, actor=people.maker, now=people.now)


@kinds
def test_what_is_taken_is_refused_at_its_field(
    people: made.Office, kind: Any, model: type[models.Model], action: str, field: str, sum_: str
) -> None:
    draft, terms = kind(people)
    row = draft(**terms, actor=people.maker, now=people.now)
    with pytest.raises(Conflict) as prepared:
        draft(**terms, actor=people.maker, now=people.now)
    assert (prepared.value.field, prepared.value.next_step) == (field, "Propose that draft, or write another here.")
    assert shown(model._default_manager.filter(pk=row.pk), action).exists()
    proposal = proposed(people, row, action)
    before = (model._default_manager.count(), AuditEntry.objects.count())
    with pytest.raises(Conflict) as waiting:
        draft(**terms, actor=people.maker, now=people.now)
    assert (waiting.value.field, waiting.value.next_step) == (
        field, "Withdraw that proposal, or wait for its decision.",
    )  # fmt: skip
    assert f"{row} is proposed already" in waiting.value.message
    assert f"as proposal {proposal.pk}." in waiting.value.message
    assert (model._default_manager.count(), AuditEntry.objects.count()) == before
    other = made.office()
    approve = made.approval_approve
    approve(approval_id=proposal.pk, actor=other.checker, now=people.now)
    row.refresh_from_db()
    with pytest.raises(Conflict) as taken:
        draft(**terms, actor=people.maker, now=people.now)
    assert (taken.value.field, taken.value.next_step) == (field, "Use that one, or write another here.")
    state = row.get_state_display().lower()
    assert taken.value.message.endswith(f"{row} exists already and is {state}.")
    assert terms_of(model._default_manager.get(pk=row.pk)) == terms_of(row)


@kinds
@pytest.mark.parametrize("end", ["withdrawn", "rejected"])
def test_what_was_given_up_is_free_again_and_nothing_is_lost(
    people: made.Office, kind: Any, model: type[models.Model], action: str, field: str, sum_: str, end: str
) -> None:
    draft, terms = kind(people)
    first = draft(**terms, actor=people.maker, now=people.now)
    proposal = proposed(people, first, action)
    mine = model._default_manager.filter(pk=first.pk)
    assert shown(mine, action).exists()
    decided: dict[str, Any] = {"approval_id": proposal.pk, "reason": "a slip", "now": people.now}
    if end == "withdrawn":
        approval_withdraw(**decided, actor=people.maker)
    else:
        approval_reject(**decided, actor=people.checker)
    assert not shown(mine, action).exists()
    again = draft(**terms | {sum_: terms[sum_] // 2}, actor=people.maker, now=people.now)
    assert (again.pk, getattr(again, sum_), again.state) == (first.pk, terms[sum_] // 2, "DRAFT")
    entry = AuditEntry.objects.filter(action__endswith=".draft", subject=str(again)).latest("pk")
    assert json.loads(entry.body)["replaces"] == json.loads(proposal.payload)["terms"]
    assert json.loads(Approval.objects.get(pk=proposal.pk).payload)["terms"][sum_] == terms[sum_]
    proposed(people, again, action)
    assert shown(mine, action).exists()


@kinds
def test_an_amount_larger_than_its_column_is_refused_at_its_field(
    people: made.Office, kind: Any, model: type[models.Model], action: str, field: str, sum_: str
) -> None:
    draft, terms = kind(people)
    before = model._default_manager.count()
    for huge in (LARGEST_MINOR + 1, 10**30):
        with pytest.raises(Refused) as refusal:
            draft(**terms | {sum_: huge}, actor=people.maker, now=people.now)
        assert refusal.value.field == sum_
        assert refusal.value.rule in {"amount.bound", "units.bound"}
        assert refusal.value.next_step == "Check the number of zeros."
    assert model._default_manager.count() == before


@pytest.mark.parametrize("day", [date(9999, 12, 31), date(1, 1, 1)])
def test_a_day_out_of_range_is_refused_at_its_field(people: made.Office, day: date) -> None:
    for kind, field in ((authority, "valid_until"), (envelope, "ends_on"), (series, "maturity_date")):
        draft, terms = kind(people)
        with pytest.raises(Refused) as refusal:
            draft(**terms | {field: day}, actor=people.maker, now=people.now)
        assert (refusal.value.field, refusal.value.rule) == (field, "day.bound")
    assert not LegalAuthority.objects.filter(reference="ACT-1").exists()


def test_the_public_counts_auctions_without_gaps(people: made.Office) -> None:
    paper = made.series(people)
    action = "issuance.auction.announce"
    first = auctions.draft(people, paper)
    given_up = proposed(people, first, action)
    second = auctions.draft(people, paper)
    assert (second.pk, second.number) != (first.pk, 1)
    proposed(people, second, action)
    approval_withdraw(approval_id=given_up.pk, actor=people.maker, now=people.now)
    assert list(shown(Auction.objects.all(), action)) == [second]
    later = {"opens_at": auctions.OPENS + timedelta(hours=1)}
    again = auction_draft(**auctions.terms(paper, **later), actor=people.maker, now=people.now)
    assert (again.pk, again.number, again.opens_at) == (first.pk, 1, later["opens_at"])
    assert Auction.objects.count() == 2


def test_lists_leave_drafts_out_in_one_question_however_many_were_given_up(
    people: made.Office, django_assert_num_queries: Any
) -> None:
    """The payloads of years of withdrawn proposals stay in the database."""
    draft, terms = authority(people)
    rows = [draft(**terms | {"reference": f"ACT-{n}"}, actor=people.maker, now=people.now) for n in range(4)]
    action = "issuance.authority.enact"
    for row in rows[:2]:
        proposal = proposed(people, row, action)
        approval_withdraw(approval_id=proposal.pk, actor=people.maker, reason="a slip", now=people.now)
    proposed(people, rows[1], action)
    proposed(people, rows[2], action)
    with django_assert_num_queries(1):
        found = list(shown(LegalAuthority.objects.filter(pk__in=[row.pk for row in rows]), action).order_by("pk"))
    assert found == rows[1:]
    with django_assert_num_queries(1):
        assert list(given_up(action)) == [{"draft": rows[0].pk}]
