"""Hypothesis: whatever is asked for, no ceiling is passed on any day, and Python and Postgres agree."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from issuance.headroom.models import Commitment
from issuance.headroom.profile import Flow, Window, peak, used_at
from issuance.headroom.services import HeadroomExceeded, commitment_release
from tests.db.headroom.test_database_guard import insert
from tests.db.headroom.test_rollover import take
from tests.factories import issuance as made

START = date(2026, 7, 1)
CEILING = 20
keys = count(1)
dates = st.integers(min_value=0, max_value=120).map(lambda offset: START + timedelta(days=offset))
flows = st.builds(
    lambda start, length, amount: Flow(start, start + timedelta(days=length), amount),
    dates,
    st.integers(min_value=1, max_value=60),
    st.integers(min_value=1, max_value=50),
)


@given(st.lists(flows, max_size=8), dates, st.integers(min_value=1, max_value=60), st.booleans(), st.booleans())
def test_the_peak_is_the_highest_of_every_single_day(booked, start, length, restores, yearly):
    window = Window(START + timedelta(days=10), START + timedelta(days=90)) if yearly else None
    until = start + timedelta(days=length)
    days = [start + timedelta(days=offset) for offset in range(length)]
    by_day = [used_at(booked, day, restores=restores, window=window) for day in days]

    found = peak(booked, start, until, restores=restores, window=window)

    assert found.used == max(by_day)
    assert found.on == days[by_day.index(found.used)]


@given(st.lists(flows, max_size=8), dates)
def test_that_days_repayments_are_counted_as_made(booked, day):
    held = sum(flow.amount for flow in booked if flow.settles_on <= day < flow.frees_on)
    assert used_at(booked, day, restores=True) == held


steps = st.lists(
    st.tuples(
        st.sampled_from(["service", "raw", "release"]), st.integers(0, 3), st.integers(0, 60), st.integers(1, 15)
    ),
    min_size=1,
    max_size=12,
)


@pytest.mark.django_db
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps)
def test_used_never_exceeds_the_ceiling_on_any_date(sequence):
    """Random takes by the service and by raw SQL, and releases; a plain day-by-day model decides what ought to pass.

    Every sequence has an authority of its own. An atomic block round it would be one transaction to kernel.locks, and
    its second approval would be refused.
    """
    people = made.office()
    authority = made.authority(people, ceiling_minor=CEILING * made.DENOMINATION)
    programme = made.programme(people, made.envelope(people, authority))
    issues = [date(2026, 7, 2), date(2026, 7, 30), date(2026, 8, 27), date(2026, 9, 24)]
    rows = [made.series(people, programme, issue_date=day, ceiling_units=CEILING) for day in issues]
    held: dict[str, Flow] = {}
    for kind, which, offset, units in sequence:
        if kind == "release":
            if held:
                key = sorted(held)[which % len(held)]
                commitment_release(key=key, reason="random", actor=people.maker, now=people.now)
                del held[key]
            continue
        series = rows[which]
        flow = Flow(series.issue_date + timedelta(days=offset), series.maturity_date, units)
        key = f"{kind} {next(keys)}"
        ought = max(_days([*held.values(), flow])) <= CEILING
        assert _take(kind, people, series, key, flow) == ought
        if ought:
            held[key] = flow
    assert max(_days(held.values()), default=0) <= CEILING
    booked = Commitment.objects.filter(state="HELD", series__in=rows)
    assert sorted(booked.values_list("key", flat=True)) == sorted(held)


def _take(kind, people, series, key, flow):
    try:
        with transaction.atomic():
            if kind == "service":
                take(people, series, flow.amount, key, settles_on=flow.settles_on)
            else:
                insert(series, flow.amount, key, settles_on=flow.settles_on)
    except HeadroomExceeded:
        return False
    except IntegrityError as error:
        if "commitment_ceilings_hold" not in str(error):
            raise
        return False
    return True


def _days(booked):
    booked = list(booked)
    days = (START + timedelta(days=offset) for offset in range(200))
    return [sum(flow.amount for flow in booked if flow.settles_on <= day < flow.frees_on) for day in days]
