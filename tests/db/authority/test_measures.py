"""A power over a commodity counts that commodity: by rule, and by the database for whoever writes."""

from __future__ import annotations

from datetime import date

import pytest

from issuance.authority import fx
from issuance.authority.models import BudgetEnvelope, FxRate, LegalAuthority
from issuance.programme.models import Programme
from tests.factories import commodities
from tests.factories import issuance as made
from tokenization.kernel.errors import Refused

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("terms", "field", "words"),
    [
        ({"kind": "BORROWING", "currency": "XAU"}, "currency", "A borrowing is in a currency, not in XAU."),
        ({"kind": "DISPOSAL", "currency": "PKR"}, "currency", "A disposal is in a measure of a commodity, not in PKR."),
        ({"kind": "PLEDGE", "currency": "PKR"}, "currency", "A pledge is in a measure of a commodity, not in PKR."),
        (
            {"kind": "PLEDGE", "currency": "OIL", "basis": "PROCEEDS"},
            "basis",
            "A commodity is counted by quantity, not by proceeds.",
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_one_borrows_money_and_disposes_of_or_pledges_a_commodity(terms, field, words):
    people = made.office()
    with pytest.raises(Refused) as refusal:
        made.authority(people, **terms)
    assert (refusal.value.field, refusal.value.rule) == (field, "authority.kind_counts")
    assert words in str(refusal.value)
    assert LegalAuthority.objects.count() == 0


@pytest.mark.parametrize("kind", ["DISPOSAL", "PLEDGE"])
def test_an_authority_over_gold_says_its_ceiling_in_ounces(kind):
    people = made.office()
    row = made.authority(people, kind=kind, currency="XAU", ceiling_minor=10_000_000)
    assert (row.state, row.currency, row.ceiling_minor) == ("IN_FORCE", "XAU", 10_000_000)
    proposal = made.approval_propose(
        action="issuance.authority.open_envelope",
        payload=made.draft_payload(
            made.envelope_draft(
                authority=row,
                budget_year="2026-27",
                starts_on=made.YEAR_START,
                ends_on=made.YEAR_END,
                currency="XAU",
                amount_minor=2_500_000,
                actor=people.maker,
                now=people.now,
            )
        ),
        actor=people.maker,
        now=people.now,
    )
    rows = {label: (before, after) for label, before, after in proposal.preview["rows"]}
    assert rows["Open envelopes"] == ("0.000 fine troy ounce", "2,500.000 fine troy ounces")


def test_barrels_do_not_fit_under_ounces_nor_rupees_under_either():
    people = made.office()
    gold = made.envelope(people, made.authority(people, kind="DISPOSAL", currency="XAU", ceiling_minor=1_000))
    money = made.envelope(people, made.authority(people))
    for parent, code in ((gold, "OIL"), (gold, "PKR"), (money, "XAU")):
        for make in (
            lambda parent=parent, code=code: made.programme(people, parent, currency=code),
            lambda parent=parent, code=code: made.envelope(
                people, parent.authority, currency=code, budget_year="2027-28"
            ),
        ):
            with pytest.raises(Refused) as refusal:
                make()
            assert (refusal.value.field, refusal.value.rule) == ("currency", "fx.one_measure")
    assert (Programme.objects.count(), BudgetEnvelope.objects.count()) == (0, 2)
    assert "net standard barrels (OIL) and fine troy ounces (XAU)" in str(
        _refused(lambda: made.programme(people, gold, currency="OIL"))
    )


def test_no_rate_joins_a_commodity_with_anything():
    people = made.office()
    made.fx_rate(people)
    for base, quote in (("XAU", "PKR"), ("PKR", "XAU"), ("XAU", "OIL")):
        assert _refused(lambda base=base, quote=quote: made.fx_rate(people, base=base, quote=quote)).rule == (
            "a currency"
        )
        assert _refused(lambda base=base, quote=quote: fx.rate_between(base, quote, date(2026, 7, 1))).rule == (
            "fx.one_measure"
        )
    assert fx.rate_between("XAU", "XAU", date(2026, 7, 1)) is None
    assert FxRate.objects.count() == 1


def _refused(call) -> Refused:
    with pytest.raises(Refused) as refusal:
        call()
    return refusal.value


def test_headroom_is_weighed_in_the_measure_without_any_rate():
    people = made.office()
    gold = commodities.series(people)
    row = made.commitment(people, gold, 2_500)
    assert (row.face_minor, row.programme_minor, row.envelope_minor, row.authority_minor) == (2_500,) * 4
    assert (row.programme_rate, row.envelope_rate, row.authority_rate) == (None, None, None)
