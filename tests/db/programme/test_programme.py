"""Programmes: opened by two, together within their envelope, in their own currency, frozen once open."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import DatabaseError

from issuance.authority.drafts import draft_payload
from issuance.headroom.selectors import programme_headroom_table
from issuance.programme.models import Programme
from issuance.programme.services import programme_close, programme_draft
from tests.factories import issuance as made
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.identity.models import Approval, AuditEntry
from tokenization.kernel.errors import Conflict, NotAllowed, Refused

pytestmark = pytest.mark.django_db
OPEN = "issuance.programme.open"


def drafted(people, envelope, **terms):
    defaults = {"reference": "P-1", "name": "Bills", "currency": "PKR", "ceiling_minor": envelope.amount_minor}
    return programme_draft(envelope=envelope, **(defaults | terms), actor=people.maker, now=people.now)


def envelope_of(people, ceiling=1_000_000, **terms):
    return made.envelope(people, made.authority(people, ceiling_minor=ceiling, **terms))


def test_a_programme_is_opened_by_two_and_says_so():
    people = made.office()
    row = drafted(people, envelope_of(people))
    proposal = approval_propose(action=OPEN, payload=draft_payload(row), actor=people.maker, now=people.now)
    assert proposal.preview["rows"] == [
        ["Programme ceiling", "-", "PKR 10,000.00"],
        ["Envelope", "PKR 10,000.00", "unchanged"],
        ["Planned in envelope", "PKR 0.00", "PKR 10,000.00"],
    ]
    with pytest.raises(NotAllowed):
        approval_approve(approval_id=proposal.pk, actor=people.maker, now=people.now)
    row.refresh_from_db()
    assert row.state == "DRAFT"

    approval_approve(approval_id=proposal.pk, actor=people.checker, now=people.now)

    row.refresh_from_db()
    assert row.state == "OPEN"
    assert list(AuditEntry.objects.filter(action="programme.draft").values_list("subject", "actor")) == [
        ("P-1", people.maker.pk)
    ]


def test_programmes_together_fit_their_envelope_to_the_last_minor_unit():
    people = made.office()
    envelope = envelope_of(people)
    made.programme(people, envelope, ceiling_minor=envelope.amount_minor - 100)
    with pytest.raises(Refused) as refusal:
        made.programme(people, envelope, ceiling_minor=101)
    assert (refusal.value.field, refusal.value.rule) == ("ceiling_minor", "programme.envelope")
    assert "PKR 0.01" in str(refusal.value)
    assert Programme.objects.filter(state="OPEN").count() == 1
    assert made.programme(people, envelope, ceiling_minor=100).state == "OPEN"


def test_two_proposals_that_fit_alone_are_not_both_approved():
    people = made.office()
    envelope = envelope_of(people)
    rows = [drafted(people, envelope, reference=name, ceiling_minor=600_000) for name in ("P-1", "P-2")]
    proposals = [
        approval_propose(action=OPEN, payload=draft_payload(row), actor=people.maker, now=people.now) for row in rows
    ]
    approval_approve(approval_id=proposals[0].pk, actor=people.checker, now=people.now)
    with pytest.raises(Refused) as refusal:
        approval_approve(approval_id=proposals[1].pk, actor=people.checker, now=people.now)
    assert refusal.value.rule == "programme.envelope"
    assert list(Programme.objects.order_by("reference").values_list("state", flat=True)) == ["OPEN", "DRAFT"]
    assert Approval.objects.get(pk=proposals[1].pk).state == "PENDING"


def test_a_closed_programme_gives_its_plan_back_and_takes_no_new_series():
    people = made.office()
    envelope = envelope_of(people)
    row = made.programme(people, envelope)
    with pytest.raises(NotAllowed):
        programme_close(programme=row, reason="replaced", actor=people.maker, now=people.now)
    assert Programme.objects.get(pk=row.pk).state == "OPEN"
    programme_close(programme=row, reason="replaced", actor=people.checker, now=people.now)
    assert Programme.objects.get(pk=row.pk).state == "CLOSED"
    assert made.programme(people, envelope).state == "OPEN"
    with pytest.raises(Refused):
        made.series(people, row)
    with pytest.raises(Refused):
        programme_close(programme=row, reason="again", actor=people.checker, now=people.now)


def test_a_programme_in_another_currency_is_planned_at_the_days_rate():
    people = made.office()
    made.fx_rate(people, "280")
    envelope = envelope_of(people, ceiling=2_800_000)
    with pytest.raises(Refused) as refusal:
        made.programme(people, envelope, currency="USD", ceiling_minor=10_001)
    assert "PKR 2.80" in str(refusal.value)
    assert made.programme(people, envelope, currency="USD", ceiling_minor=10_000).state == "OPEN"


def test_without_a_rate_a_foreign_programme_is_refused():
    people = made.office()
    with pytest.raises(Refused) as refusal:
        made.programme(people, envelope_of(people), currency="EUR", ceiling_minor=1)
    assert refusal.value.rule == "fx.dated"


def test_terms_changed_after_the_proposal_are_not_approved():
    people = made.office()
    row = drafted(people, envelope_of(people))
    proposal = approval_propose(action=OPEN, payload=draft_payload(row), actor=people.maker, now=people.now)
    Programme.objects.filter(pk=row.pk).update(ceiling_minor=row.ceiling_minor - 1)
    with pytest.raises(Conflict) as refusal:
        approval_approve(approval_id=proposal.pk, actor=people.checker, now=people.now)
    assert refusal.value.field == "terms"
    assert Programme.objects.get(pk=row.pk).state == "DRAFT"


@pytest.mark.parametrize("ceiling", [0, -1])
def test_a_ceiling_is_above_zero_for_people_and_for_the_database(ceiling):
    people = made.office()
    envelope = envelope_of(people)
    with pytest.raises(Refused) as refusal:
        drafted(people, envelope, ceiling_minor=ceiling)
    assert (refusal.value.field, refusal.value.rule) == ("ceiling_minor", "amount.positive")
    assert Programme.objects.count() == 0
    row = drafted(people, envelope)
    with pytest.raises(IntegrityError, match="programme_ceiling_positive"), transaction.atomic():
        Programme.objects.filter(pk=row.pk).update(ceiling_minor=ceiling)


def test_nobody_without_the_power_drafts():
    people = made.office()
    envelope = envelope_of(people)
    with pytest.raises(NotAllowed):
        programme_draft(
            envelope=envelope,
            reference="P",
            name="P",
            currency="PKR",
            ceiling_minor=1,
            actor=people.checker,
            now=made.NOW,
        )
    assert Programme.objects.count() == 0


@pytest.mark.parametrize(
    "change", [{"ceiling_minor": 999_999}, {"currency": "USD"}, {"reference": "other"}, {"state": "DRAFT"}]
)
def test_open_terms_never_change_and_a_programme_never_disappears(change):
    row = made.programme(made.office())
    with pytest.raises(IntegrityError, match="programme_terms_frozen"), transaction.atomic():
        Programme.objects.filter(pk=row.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Programme.objects.filter(pk=row.pk).delete()
    kept = Programme.objects.get(pk=row.pk)
    assert (kept.ceiling_minor, kept.currency, kept.reference, kept.state) == (
        row.ceiling_minor,
        "PKR",
        row.reference,
        "OPEN",
    )


def test_the_table_of_a_programme_shows_each_level_once():
    people = made.office()
    row = made.programme(people)
    series = made.series(people, row)
    table = programme_headroom_table(row, on=made.ISSUE + timedelta(days=1))
    assert [(level.level, level.label) for level in table] == [
        ("authority", row.envelope.authority.reference),
        ("envelope", str(row.envelope)),
        ("programme", row.reference),
        ("series", series.isin),
    ]
    assert [level.used for level in table] == [0, 0, 0, 0]
