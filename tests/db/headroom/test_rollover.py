"""The headroom rule as a debt office meets it: rollover, one unit too many, release, other currencies."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from issuance.headroom.models import Commitment
from issuance.headroom.selectors import headroom, headroom_table
from issuance.headroom.services import HeadroomExceeded, Take, commitment_release, commitment_take, commitments_take
from tests.factories import issuance as made
from tokenization.identity.models import AuditEntry
from tokenization.kernel.errors import Conflict, Refused

pytestmark = pytest.mark.django_db
FULL = 10_000


def take(people, row, units, key, *, settles_on=None, proceeds_minor=None):
    return commitment_take(
        series=row,
        units=units,
        settles_on=settles_on or row.issue_date,
        key=key,
        proceeds_minor=proceeds_minor,
        actor=people.maker,
        now=people.now,
    )


def books():
    """Everything that a refusal must leave alone."""
    return list(Commitment.objects.order_by("pk").values()), AuditEntry.objects.count()


def test_a_bill_rolled_over_on_its_maturity_day_passes_at_a_full_ceiling():
    people = made.office()
    programme = made.programme(people)
    old = made.series(people, programme)
    take(people, old, FULL, "old")
    new = made.series(people, programme, issue_date=old.maturity_date)

    commitment = take(people, new, FULL, "new")

    assert (commitment.units, commitment.settles_on, commitment.frees_on) == (
        FULL,
        old.maturity_date,
        new.maturity_date,
    )
    eve, day = old.maturity_date - timedelta(days=1), old.maturity_date
    for level in (programme, programme.envelope, programme.envelope.authority):
        for on in (eve, day):
            seen = headroom(level, on=on)
            assert (seen.ceiling, seen.used, seen.free) == (FULL * made.DENOMINATION, FULL * made.DENOMINATION, 0)


def test_one_unit_more_on_the_rollover_day_is_refused_with_field_rule_and_excess():
    people = made.office()
    programme = made.programme(people)
    old = made.series(people, programme)
    take(people, old, FULL, "old")
    new = made.series(people, programme, issue_date=old.maturity_date)
    take(people, new, FULL, "new")
    tap = made.series(people, programme, issue_date=old.maturity_date)
    before = books()

    with pytest.raises(HeadroomExceeded) as refusal:
        take(people, tap, 1, "one more")

    error = refusal.value
    assert (error.field, error.rule, error.excess) == ("authority", "headroom.authority", made.DENOMINATION)
    assert error.on == old.maturity_date
    assert "PKR 1,000.00" in str(error)
    assert books() == before


def test_one_day_before_the_maturity_the_rollover_is_refused_for_that_day():
    people = made.office()
    programme = made.programme(people)
    old = made.series(people, programme)
    take(people, old, FULL, "old")
    eve = old.maturity_date - timedelta(days=1)
    new = made.series(people, programme, issue_date=eve)
    before = books()

    with pytest.raises(HeadroomExceeded) as refusal:
        take(people, new, FULL, "too early")

    assert (refusal.value.on, refusal.value.excess) == (eve, FULL * made.DENOMINATION)
    assert books() == before


def test_room_that_is_free_today_but_taken_later_is_refused_at_the_later_date():
    people = made.office()
    programme = made.programme(people)
    later = made.series(people, programme, issue_date=date(2026, 8, 3))
    take(people, later, FULL, "booked ahead")
    now = made.series(people, programme)
    assert headroom(programme, on=made.ISSUE).free == FULL * made.DENOMINATION

    with pytest.raises(HeadroomExceeded) as refusal:
        take(people, now, 1, "overlaps")

    assert (refusal.value.on, refusal.value.excess) == (date(2026, 8, 3), made.DENOMINATION)
    assert [level.free for level in headroom_table(now, on=made.ISSUE)] == [0, 0, 0, FULL]


@pytest.mark.parametrize(
    ("level", "excess"), [("series", 1), ("programme", 100_000), ("envelope", 100_000), ("authority", 100_000)]
)
def test_each_level_refuses_for_itself(level, excess):
    people = made.office()
    small, large = 100 * made.DENOMINATION, 1_000 * made.DENOMINATION
    authority = made.authority(people, ceiling_minor=small if level == "authority" else large)
    envelope = made.envelope(people, authority, amount_minor=small if level in {"envelope", "authority"} else large)
    programme = made.programme(people, envelope, ceiling_minor=large if level == "series" else small)
    row = made.series(people, programme, ceiling_units=100)
    take(people, row, 100, "all there is")
    if level != "series":
        row = made.series(people, programme, ceiling_units=100)
    before = books()

    with pytest.raises(HeadroomExceeded) as refusal:
        take(people, row, 1, "more")

    # The levels are asked from the top, so the first full one speaks: for the programme test only it is full.
    assert (refusal.value.field, refusal.value.excess) == (level, excess)
    assert books() == before


def test_all_lines_or_none():
    people = made.office()
    row = made.series(people)
    before = books()

    with pytest.raises(HeadroomExceeded) as refusal:
        commitments_take(
            series=row,
            settles_on=row.issue_date,
            takes=[Take("a", FULL), Take("b", 1)],
            actor=people.maker,
            now=people.now,
        )

    assert refusal.value.excess == made.DENOMINATION
    assert books() == before


def test_release_returns_headroom_once():
    people = made.office()
    row = made.series(people)
    take(people, row, FULL, "first")
    released = commitment_release(key="first", reason="not paid", actor=people.maker, now=people.now)
    assert (released.state, released.release_reason, released.released_at) == ("RELEASED", "not paid", people.now)
    assert [level.used for level in headroom_table(row, on=row.issue_date)] == [0, 0, 0, 0]
    assert take(people, row, FULL, "second").units == FULL

    with pytest.raises(Refused):
        commitment_release(key="first", reason="again", actor=people.maker, now=people.now)
    with pytest.raises(Refused, match="no commitment nowhere"):
        commitment_release(key="nowhere", reason="x", actor=people.maker, now=people.now)
    assert Commitment.objects.get(key="first").release_reason == "not paid"


def test_the_same_key_returns_the_first_and_another_body_is_a_conflict():
    people = made.office()
    row = made.series(people)
    first = take(people, row, 5, "once")
    before = books()
    assert take(people, row, 5, "once").pk == first.pk
    with pytest.raises(Conflict):
        take(people, row, 6, "once")
    assert books() == before


@pytest.mark.parametrize(
    ("settles_on", "field"),
    [(made.ISSUE - timedelta(days=1), "settles_on"), (made.MATURITY, "settles_on"), (date(2026, 6, 30), "envelope")],
)
def test_dates_outside_the_terms_are_refused(settles_on, field):
    people = made.office()
    row = made.series(people)
    before = books()
    with pytest.raises(Refused) as refusal:
        take(people, row, 1, "x", settles_on=settles_on)
    assert refusal.value.field == field
    assert books() == before
