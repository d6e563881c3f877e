"""Series: terms checked by field, approved with a hashed term sheet, frozen by the database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from issuance.series.actions import series_payload
from issuance.series.models import Series, TermSheet
from issuance.series.services import series_draft
from tests.factories import issuance as made
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.kernel.canonical import sha256_hex
from tokenization.kernel.errors import Conflict, Refused

pytestmark = pytest.mark.django_db


def test_approval_stores_the_term_sheet_under_its_hash():
    series = made.series(made.office())
    sheet = TermSheet.objects.get(series=series)
    text = bytes(sheet.file.content).decode()
    assert (series.state, sheet.version, sheet.sha256) == ("APPROVED", 1, sha256_hex(text))
    assert f"ISIN: {series.isin}\n" in text
    assert "Ceiling in face: PKR 10,000,000.00\n" in text
    assert "Tenor in days: 84\n" in text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"isin": "XXTEST000010"}, "isin"),
        ({"denomination_minor": 0}, "denomination_minor"),
        ({"ceiling_units": -1}, "ceiling_units"),
        ({"maturity_date": made.ISSUE}, "maturity_date"),
        ({"maturity_date": made.ISSUE + timedelta(days=85)}, "maturity_date"),
        ({"convention": "PK-XXX"}, "convention"),
        ({"calendar": "MOON"}, "calendar"),
        ({"record_zone": "Asia/Nowhere"}, "record_zone"),
        ({"legal_record": "NONE"}, "legal_record"),
        ({"issue_date": made.ISSUE + timedelta(days=2)}, "issue_date"),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_wrong_terms_are_refused_by_field(change, field):
    people = made.office()
    terms = made.series_terms(made.programme(people), **change)
    with pytest.raises(Refused) as refusal:
        series_draft(**terms, actor=people.maker, now=people.now)
    assert refusal.value.field == field
    assert Series.objects.count() == 0


def test_a_draft_edited_after_the_proposal_is_not_approved():
    people = made.office()
    draft = series_draft(**made.series_terms(made.programme(people)), actor=people.maker, now=people.now)
    proposal = approval_propose(
        action="issuance.series.approve", payload=series_payload(draft), actor=people.maker, now=people.now
    )
    Series.objects.filter(pk=draft.pk).update(ceiling_units=9_999)
    with pytest.raises((Conflict, Refused)):
        approval_approve(approval_id=proposal.pk, actor=people.checker, now=people.now)
    assert (Series.objects.get(pk=draft.pk).state, TermSheet.objects.count()) == ("DRAFT", 0)


def test_approved_terms_never_change():
    series = made.series(made.office())
    for change in ({"ceiling_units": 10_001}, {"maturity_date": made.MATURITY + timedelta(days=1)}, {"state": "DRAFT"}):
        with pytest.raises(IntegrityError, match="series_terms_frozen"), transaction.atomic():
            Series.objects.filter(pk=series.pk).update(**change)
    Series.objects.filter(pk=series.pk).update(state="LIVE")
    assert Series.objects.get(pk=series.pk).ceiling_units == 10_000


def test_a_series_above_its_programme_is_refused_by_how_much():
    people = made.office()
    programme = made.programme(people, ceiling_minor=10 * made.DENOMINATION)
    with pytest.raises(Refused) as refusal:
        made.series(people, programme, ceiling_units=11)
    assert (refusal.value.field, refusal.value.rule) == ("ceiling_units", "series.programme")
    assert "PKR 1,000.00" in str(refusal.value)
