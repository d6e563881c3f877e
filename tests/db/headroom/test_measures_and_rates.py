"""What a ceiling measures, in which currency, and what a revaluation does and does not do."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from issuance.allotment.services import allotment_mark_paid, allotment_mark_settled
from issuance.authority import fx
from issuance.headroom.models import Commitment
from issuance.headroom.selectors import headroom, headroom_table
from issuance.headroom.services import HeadroomExceeded
from tests.db.headroom.test_database_guard import insert
from tests.db.headroom.test_rollover import books, take
from tests.factories import issuance as made
from tokenization.kernel.errors import Refused

pytestmark = pytest.mark.django_db
HUNDRED = 100 * made.DENOMINATION


def programme_under(people, *, ceiling=HUNDRED, **authority):
    parent = made.envelope(people, made.authority(people, ceiling_minor=ceiling, **authority), amount_minor=ceiling)
    return made.programme(people, parent, ceiling_minor=ceiling)


def rolled_over(people, programme):
    old = made.series(people, programme, ceiling_units=100)
    take(people, old, 100, "old")
    return old, made.series(people, programme, ceiling_units=100, issue_date=old.maturity_date)


def test_a_gross_ceiling_counts_the_year_and_repayment_gives_nothing_back():
    people = made.office()
    programme = programme_under(people, measure="GROSS", restores_on_redemption=False)
    old, new = rolled_over(people, programme)
    with pytest.raises(HeadroomExceeded) as refusal:
        take(people, new, 1, "gross")
    assert (refusal.value.field, refusal.value.excess) == ("authority", made.DENOMINATION)
    with pytest.raises(IntegrityError, match="commitment_ceilings_hold: envelope ceiling"):
        insert(new, 1, "gross, raw")
    authority = programme.envelope.authority
    assert headroom(authority, on=old.maturity_date).used == HUNDRED
    assert headroom(authority, on=made.YEAR_END + timedelta(days=1)).used == 0


def test_a_net_ceiling_counts_issued_less_repaid_in_the_year():
    people = made.office()
    programme = programme_under(people, measure="NET")
    old, new = rolled_over(people, programme)
    take(people, new, 100, "net")
    authority = programme.envelope.authority
    assert [headroom(authority, on=day).used for day in (old.issue_date, old.maturity_date, new.maturity_date)] == [
        HUNDRED,
        HUNDRED,
        0,
    ]
    with pytest.raises(HeadroomExceeded):
        take(people, made.series(people, programme, issue_date=old.maturity_date, ceiling_units=100), 1, "net, more")


def test_a_net_ceiling_gains_room_from_paper_of_an_earlier_year():
    people = made.office()
    authority = made.authority(people, ceiling_minor=HUNDRED, measure="NET")
    first = made.programme(people, made.envelope(people, authority))
    late = made.series(people, first, issue_date=date(2027, 6, 15), ceiling_units=100)
    take(people, late, 100, "old year")
    year = {"budget_year": "2027-28", "starts_on": date(2027, 7, 1), "ends_on": date(2028, 6, 30)}
    second = made.programme(people, made.envelope(people, authority, **year))
    after = made.series(people, second, issue_date=late.maturity_date, ceiling_units=100)
    assert headroom(authority, on=date(2027, 7, 1)).used == 0
    assert headroom(authority, on=late.maturity_date).used == -HUNDRED
    take(people, after, 100, "new year")
    assert headroom(authority, on=late.maturity_date).used == 0


def test_a_stock_ceiling_that_redemption_does_not_restore_is_used_once():
    people = made.office()
    programme = programme_under(people, restores_on_redemption=False)
    _, new = rolled_over(people, programme)
    with pytest.raises(HeadroomExceeded) as refusal:
        take(people, new, 1, "once")
    assert refusal.value.field == "authority"
    with pytest.raises(IntegrityError, match="commitment_ceilings_hold"):
        insert(new, 1, "once, raw")


def test_a_proceeds_ceiling_counts_what_is_received():
    people = made.office()
    authority = made.authority(people, ceiling_minor=HUNDRED, basis="PROCEEDS")
    parent = made.envelope(people, authority)
    # The programme counts face; room for more face than the law allows proceeds.
    row = made.series(people, _wide_programme(people, parent), ceiling_units=100)
    got = take(people, row, 100, "at a discount", proceeds_minor=9_742_170)
    assert (got.face_minor, got.programme_minor, got.envelope_minor, got.authority_minor) == (
        HUNDRED,
        HUNDRED,
        9_742_170,
        9_742_170,
    )
    assert headroom(authority, on=row.issue_date).free == HUNDRED - 9_742_170
    with pytest.raises(IntegrityError, match="commitment_follows_terms"), transaction.atomic():
        insert(row, 1, "raw", proceeds_minor=97_000)


def _wide_programme(people, parent):
    return made.programme(people, parent, ceiling_minor=HUNDRED)


def test_a_ceiling_in_another_currency_uses_the_dated_rate_and_stores_its_row():
    people = made.office()
    old_rate = made.fx_rate(people, "250", on=date(2026, 1, 1))
    rate = made.fx_rate(people, "280")
    later = made.fx_rate(people, "300", on=date(2026, 7, 20))
    authority = made.authority(people, ceiling_minor=HUNDRED * 10)
    programme = made.programme(people, made.envelope(people, authority), currency="USD", ceiling_minor=35_715)
    row = made.series(people, programme, ceiling_units=100)

    commitment = take(people, row, 100, "in dollars")

    # PKR 100,000.00 / 280 = USD 357.142857: rounded up to the cent.
    assert (commitment.programme_minor, commitment.programme_rate_id) == (35_715, rate.pk)
    assert commitment.programme_rate_id not in {old_rate.pk, later.pk}
    assert (commitment.envelope_rate_id, commitment.authority_rate_id) == (None, None)
    seen = headroom(programme, on=row.issue_date)
    assert seen.words() == ("USD 357.15", "USD 357.15", "USD 0.00")
    with pytest.raises(HeadroomExceeded) as refusal:
        take(people, made.series(people, programme, ceiling_units=100), 1, "a unit more")
    assert (refusal.value.field, refusal.value.excess) == ("programme", 358)


def test_raw_sql_cannot_name_a_rate_that_is_kinder():
    people = made.office()
    made.fx_rate(people, "280")
    future = made.fx_rate(people, "560", on=date(2027, 1, 1))
    euro = made.fx_rate(people, "900", base="EUR")
    authority = made.authority(people, ceiling_minor=HUNDRED * 10)
    programme = made.programme(people, made.envelope(people, authority), currency="USD", ceiling_minor=35_715)
    row = made.series(people, programme, ceiling_units=100)
    for rate in (future.pk, euro.pk, None):
        with pytest.raises(IntegrityError, match="commitment_follows_terms"):
            insert(row, 100, "kind", programme_minor=17_858, programme_rate_id=rate)
    assert Commitment.objects.count() == 0


def test_no_rate_on_or_before_the_settlement_date_is_refused():
    people = made.office()
    made.fx_rate(people, "280")
    programme = made.programme(people, currency="USD", ceiling_minor=100)
    with pytest.raises(Refused) as refusal:
        fx.rate("EUR", "PKR", made.ISSUE)
    assert (refusal.value.field, refusal.value.rule) == ("fx_rate", "fx.dated")
    assert programme.state == "OPEN"


def test_revaluation_past_a_ceiling_blocks_new_paper_and_touches_no_payment():
    people = made.office()
    made.fx_rate(people, "280")
    authority = made.authority(people, ceiling_minor=HUNDRED * 10)
    programme = made.programme(people, made.envelope(people, authority), currency="USD", ceiling_minor=36_000)
    row = made.series(people, programme, ceiling_units=100)
    investor = made.party(people)
    [allotment] = made.allot(people, made.offer(people, row), (investor, 90))
    stored = Commitment.objects.get().programme_minor
    assert stored == 32_143

    # The rupee gains: the same rupee face is worth more dollars than the programme may have outstanding.
    made.fx_rate(people, "200", on=date(2026, 7, 2))

    seen = headroom(programme, on=row.issue_date)
    assert (seen.used, seen.revalued, seen.free) == (32_143, 45_000, -9_000)
    assert "USD 90.00" in seen.warning
    assert "payments go on" in seen.warning
    other = made.series(people, programme, ceiling_units=10)
    before = books()
    with pytest.raises(HeadroomExceeded) as refusal:
        take(people, other, 1, "new paper")
    assert refusal.value.rule == "headroom.revalued"
    assert refusal.value.excess == 9_000 + 500
    assert books() == before

    allotment_mark_paid(allotment=allotment, actor=people.maker, now=people.now)
    allotment_mark_settled(allotment=allotment, actor=people.maker, now=people.now)
    assert allotment.state == "SETTLED"
    assert Commitment.objects.get().programme_minor == stored
    assert [level.level for level in headroom_table(row, on=row.issue_date)] == [
        "authority",
        "envelope",
        "programme",
        "series",
    ]
