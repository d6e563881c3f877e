"""Authorities and envelopes: each fits the one above, and what is in force never changes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from issuance.authority import fx
from issuance.authority.models import FxRate, LegalAuthority
from tests.factories import issuance as made
from tokenization.kernel.errors import Refused

pytestmark = pytest.mark.django_db


def test_an_envelope_above_its_authority_is_refused_by_how_much():
    people = made.office()
    authority = made.authority(people)
    with pytest.raises(Refused) as refusal:
        made.envelope(people, authority, amount_minor=authority.ceiling_minor + 123)
    assert (refusal.value.field, refusal.value.rule) == ("amount_minor", "envelope.ceiling")
    assert "PKR 1.23" in str(refusal.value)


@pytest.mark.parametrize(("measure", "restores"), [("GROSS", True), ("NET", False)])
def test_a_measure_that_contradicts_itself_is_refused_twice(measure, restores):
    people = made.office()
    with pytest.raises(Refused) as refusal:
        made.authority(people, measure=measure, restores_on_redemption=restores)
    assert refusal.value.field == "restores_on_redemption"
    row = made.authority(people)
    with pytest.raises(IntegrityError), transaction.atomic():
        LegalAuthority.objects.filter(pk=row.pk).update(measure=measure, restores_on_redemption=restores)


def test_a_ceiling_in_force_never_changes():
    row = made.authority(made.office())
    with pytest.raises(IntegrityError, match="authority_terms_frozen"), transaction.atomic():
        LegalAuthority.objects.filter(pk=row.pk).update(ceiling_minor=row.ceiling_minor + 1)
    assert LegalAuthority.objects.get(pk=row.pk).ceiling_minor == row.ceiling_minor


def test_rates_are_dated_work_both_ways_and_are_never_edited():
    people = made.office()
    old = made.fx_rate(people, "250", on=date(2026, 1, 1))
    new = made.fx_rate(people, "280", on=date(2026, 6, 30))
    assert fx.rate("PKR", "USD", date(2026, 6, 29)) == old
    assert fx.rate("USD", "PKR", date(2026, 6, 30)) == new
    assert fx.convert(28_000, new, source="PKR", target="USD") == 100
    assert fx.convert(28_001, new, source="PKR", target="USD") == 101
    assert fx.convert(100, new, source="USD", target="PKR") == 28_000
    with pytest.raises(DatabaseError), transaction.atomic():
        FxRate.objects.filter(pk=new.pk).update(rate=Decimal(1))
    with pytest.raises(Refused):
        made.fx_rate(people, "0")
