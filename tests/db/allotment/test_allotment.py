"""Allotment at a fixed price: all-or-nothing lines, what approval does, and what each later move does to headroom."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from issuance.allotment.models import Allotment, Offer
from issuance.allotment.selectors import Amount, series_amounts
from issuance.allotment.services import (
    allotment_lapse,
    allotment_mark_paid,
    allotment_mark_settled,
    allotment_withdraw,
    allotments_propose,
    offer_draft,
)
from issuance.headroom.models import Commitment
from issuance.headroom.selectors import headroom
from tests.factories import issuance as made
from tokenization.identity.approvals import approval_approve
from tokenization.identity.models import Approval, ApprovalItem
from tokenization.identity.services import kyc_decide
from tokenization.kernel.errors import Conflict, NotAllowed, Problems, Refused

pytestmark = pytest.mark.django_db


def test_every_bad_line_is_named_and_nothing_is_proposed():
    people = made.office()
    offer = made.offer(people)
    good, lapsed = made.party(people), made.party(people, valid_until=made.NOW + timedelta(minutes=1))
    rows = made.lines(
        ("NOBODY", "1"),
        (lapsed.reference, "1"),
        (good.reference, "-5"),
        (good.reference, "1.5"),
        (good.reference, "1e3"),
    )
    before = Approval.objects.count()
    with pytest.raises(Problems) as refusal:
        allotments_propose(offer=offer, lines=rows, actor=people.maker, now=made.NOW + timedelta(hours=1))
    assert [(problem.line, problem.field, problem.rule) for problem in refusal.value.problems] == [
        (1, "party", "party.exists"),
        (2, "party", "kyc.valid"),
        (3, "units", "units.positive"),
        (4, "party", "allotment.once_per_party"),
        (4, "units", "units.whole"),
        (5, "party", "allotment.once_per_party"),
        (5, "units", "units.number"),
    ]
    assert (Approval.objects.count(), Allotment.objects.count(), Commitment.objects.count()) == (before, 0, 0)


def test_the_first_line_over_headroom_is_named():
    people = made.office()
    offer = made.offer(people, made.series(people, ceiling_units=100))
    first, second, third = (made.party(people) for _ in range(3))
    rows = made.lines((first.reference, "60"), (second.reference, "41"), (third.reference, "1"))
    with pytest.raises(Problems) as refusal:
        allotments_propose(offer=offer, lines=rows, actor=people.maker, now=people.now)
    [problem] = refusal.value.problems
    assert (problem.line, problem.field, problem.rule) == (2, "series", "headroom.series")
    assert Commitment.objects.count() == 0


def test_approval_takes_headroom_and_writes_what_was_approved():
    people = made.office()
    offer = made.offer(people)
    first, second = made.party(people), made.party(people)
    allotments = made.allot(people, offer, (first, 60), (second, 40))
    # 60,000 and 40,000 rupees of face at 97.4217 per 100, in paisa.
    assert [(row.units, row.face_minor, row.proceeds_minor) for row in allotments] == [
        (60, 6_000_000, 5_845_302),
        (40, 4_000_000, 3_896_868),
    ]
    assert Offer.objects.get(pk=offer.pk).state == "ALLOTTED"
    assert headroom(offer.series, on=offer.settlement_date).used == 100
    approval = allotments[0].approval
    assert list(ApprovalItem.objects.filter(approval=approval).values_list("body__party", "body__units")) == [
        (first.reference, "60"),
        (second.reference, "40"),
    ]
    shown = {label: (before, after) for label, before, after in approval.preview["rows"]}
    assert shown[f"Free: series {offer.series.isin}"] == ("10,000 units", "9,900 units")
    assert shown["Proceeds"] == ("-", "PKR 97,421.70")


def test_a_kyc_that_lapses_between_proposal_and_approval_stops_it_whole():
    people = made.office()
    offer, good, bad = made.offer(people), made.party(people), made.party(people)
    rows = made.lines((good.reference, "1"), (bad.reference, "1"))
    proposal = allotments_propose(offer=offer, lines=rows, actor=people.maker, now=people.now)
    later = people.now + timedelta(hours=1)
    kyc_decide(party=bad, status="SUSPENDED", reason="test", actor=people.compliance, now=later)
    with pytest.raises(Problems) as refusal:
        approval_approve(approval_id=proposal.pk, actor=people.checker, now=later)
    assert [(problem.line, problem.rule) for problem in refusal.value.problems] == [(2, "kyc.valid")]
    assert (Allotment.objects.count(), Commitment.objects.count()) == (0, 0)
    assert Approval.objects.get(pk=proposal.pk).state == "PENDING"
    assert Offer.objects.get(pk=offer.pk).state == "CLOSED"


def test_the_maker_may_not_approve_and_an_open_offer_may_not_be_allotted():
    people = made.office()
    who = made.party(people)
    rows = made.lines((who.reference, "1"))
    proposal = allotments_propose(offer=made.offer(people), lines=rows, actor=people.maker, now=people.now)
    with pytest.raises(NotAllowed):
        approval_approve(approval_id=proposal.pk, actor=people.maker, now=people.now)
    with pytest.raises(Conflict, match="not closed"):
        allotments_propose(offer=made.offer(people, closed=False), lines=rows, actor=people.maker, now=people.now)
    assert Allotment.objects.count() == 0


def test_the_four_amounts_are_four():
    people = made.office()
    offer = made.offer(people)
    unpaid, paid, settled, lapsed = made.allot(
        people, offer, *((made.party(people), units) for units in (1, 20, 300, 4_000))
    )
    act = {"actor": people.maker, "now": people.now}
    allotment_mark_paid(allotment=paid, **act)
    allotment_mark_paid(allotment=settled, **act)
    allotment_mark_settled(allotment=settled, **act)
    allotment_lapse(allotment=lapsed, reason="not paid by noon", **act)
    series, day = offer.series, offer.settlement_date

    def units(on):
        seen = series_amounts(series, on=on)
        return [amount.units for amount in (seen.committed, seen.allotted, seen.settled, seen.outstanding)]

    assert units(day) == [321, 321, 300, 300]
    assert units(day - timedelta(days=1)) == [321, 321, 300, 0]
    assert units(series.maturity_date) == [0, 321, 300, 0]
    assert series_amounts(series, on=day).settled == Amount(300, 300 * made.DENOMINATION)
    assert lapsed.commitment.__class__.objects.get(pk=lapsed.commitment_id).release_reason == "not paid by noon"
    allotment_withdraw(allotment=paid, reason="undeliverable", **act)
    assert units(day) == [301, 301, 300, 300]
    for wrong in (
        lambda: allotment_lapse(allotment=settled, reason="x", **act),
        lambda: allotment_withdraw(allotment=settled, reason="x", **act),
    ):
        with pytest.raises(Refused):
            wrong()
    with pytest.raises(Refused):
        allotment_withdraw(allotment=unpaid, reason=" ", **act)
    assert units(day) == [301, 301, 300, 300]


def test_price_and_yield_must_agree_and_the_day_be_a_business_day():
    people = made.office()
    series = made.series(people)
    terms = {"series": series, "target_units": 1, "actor": people.maker, "now": people.now}
    with pytest.raises(Refused) as refusal:
        offer_draft(**terms, price=Decimal("97.5"), yield_pct=Decimal("11.5"), settlement_date=made.ISSUE)
    assert refusal.value.field == "price"
    with pytest.raises(Refused) as refusal:
        offer_draft(**terms, yield_pct=Decimal("11.5"), settlement_date=date(2026, 7, 4))
    assert (refusal.value.field, refusal.value.next_step) == ("settlement_date", "Use 2026-07-06.")
    assert Offer.objects.count() == 0


def test_the_database_keeps_allotments_and_opened_offers_as_approved():
    people = made.office()
    [row] = made.allot(people, made.offer(people), (made.party(people), 5))
    with pytest.raises(IntegrityError, match="allotment_only_state_moves"), transaction.atomic():
        Allotment.objects.filter(pk=row.pk).update(units=6)
    with pytest.raises(IntegrityError, match="offer_terms_frozen"), transaction.atomic():
        Offer.objects.filter(pk=row.offer_id).update(price=Decimal(1))
    assert Allotment.objects.get(pk=row.pk).units == 5
