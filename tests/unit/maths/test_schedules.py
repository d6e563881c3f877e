"""Coupon dates: the grid, odd first coupons, the end of the month, payment dates; QuantLib as a second opinion."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import QuantLib as ql
from hypothesis import given
from hypothesis import strategies as st

from issuance.maths.calendars import PAKISTAN, WEEKENDS
from issuance.maths.faults import Fault
from issuance.maths.market_days import business_days_before
from issuance.maths.schedules import Roll, coupons, first_coupon_date, grid, paid_on, py_date, ql_date

days = st.dates(min_value=date(2000, 1, 1), max_value=date(2060, 12, 31))


@given(days)
def test_dates_survive_the_way_to_quantlib_and_back(day):
    there = ql_date(day)
    assert (there.year(), there.month(), there.dayOfMonth()) == (day.year, day.month, day.day)
    assert py_date(there) == day


def test_a_three_year_semi_annual_bond_has_six_coupons():
    """2 July 2026 to 2 July 2029; 2 January 2027 and 2 July 2028 are a Saturday and a Sunday."""
    found = coupons(date(2026, 7, 2), date(2029, 7, 2), 2, calendar=PAKISTAN)
    assert [coupon.end for coupon in found] == [
        date(2027, 1, 2), date(2027, 7, 2), date(2028, 1, 2), date(2028, 7, 2), date(2029, 1, 2), date(2029, 7, 2)
    ]  # fmt: skip
    assert [coupon.paid for coupon in found] == [
        date(2027, 1, 4), date(2027, 7, 2), date(2028, 1, 3), date(2028, 7, 3), date(2029, 1, 2), date(2029, 7, 2)
    ]  # fmt: skip
    assert found[0].start == date(2026, 7, 2)
    assert all(before.end == after.start for before, after in zip(found, found[1:], strict=False))


def test_a_registrars_override_moves_the_payment_and_not_the_period():
    shut = PAKISTAN.overridden(closed=[date(2027, 7, 2)])
    usual, moved = (coupons(date(2026, 7, 2), date(2029, 7, 2), 2, calendar=known) for known in (PAKISTAN, shut))
    assert (usual[1].paid, moved[1].paid) == (date(2027, 7, 2), date(2027, 7, 5))
    assert [coupon.end for coupon in usual] == [coupon.end for coupon in moved]


@pytest.mark.parametrize(
    ("roll", "paid"),
    [
        (Roll.NONE, date(2026, 10, 31)),
        (Roll.FOLLOWING, date(2026, 11, 2)),
        (Roll.MODIFIED_FOLLOWING, date(2026, 10, 30)),
        (Roll.PRECEDING, date(2026, 10, 30)),
    ],
)
def test_a_payment_on_the_last_saturday_of_october(roll, paid):
    assert paid_on(date(2026, 10, 31), WEEKENDS, roll) == paid


def test_modified_following_stays_in_the_month_only_when_it_must():
    assert paid_on(date(2026, 10, 3), WEEKENDS, Roll.MODIFIED_FOLLOWING) == date(2026, 10, 5)


def test_end_of_month():
    kept = grid(date(2025, 9, 1), date(2027, 2, 28), 2, end_of_month=True)
    assert kept == (date(2025, 8, 31), date(2026, 2, 28), date(2026, 8, 31), date(2027, 2, 28))
    loose = grid(date(2025, 9, 1), date(2027, 2, 28), 2)
    assert loose == (date(2025, 8, 28), date(2026, 2, 28), date(2026, 8, 28), date(2027, 2, 28))
    clipped = grid(date(2025, 9, 1), date(2027, 8, 31), 2)
    assert clipped == (date(2025, 8, 31), date(2026, 2, 28), date(2026, 8, 31), date(2027, 2, 28), date(2027, 8, 31))


def test_first_coupons_regular_short_and_long():
    """31 CFR 356 App. B: II.B is short (from 2 April 1990), I.A.4 long (3 December 1990 to 15 August 1991)."""
    assert first_coupon_date(date(1990, 4, 2), date(1992, 3, 31), 2, True) == date(1990, 9, 30)
    assert first_coupon_date(date(1990, 12, 3), date(1996, 2, 15), 2, True) == date(1991, 2, 15)
    named = first_coupon_date(date(1990, 12, 3), date(1996, 2, 15), 2, True, date(1991, 8, 15))
    assert named == date(1991, 8, 15)
    long = coupons(date(1990, 12, 3), date(1996, 2, 15), 2, end_of_month=True, first_coupon=named, calendar=WEEKENDS)
    assert (long[0].start, long[0].end, len(long)) == (date(1990, 12, 3), date(1991, 8, 15), 10)


@pytest.mark.parametrize(
    ("call", "field", "rule"),
    [
        (lambda: grid(date(2026, 1, 1), date(2027, 1, 1), 3), "frequency", "one of 1, 2, 4, 12 a year"),
        (lambda: grid(date(2027, 1, 1), date(2027, 1, 1), 2), "maturity", "after 2027-01-01"),
        (lambda: grid(date(2026, 1, 1), date(2127, 1, 1), 2), "maturity", "within 100 years, between 1910 and 2190"),
        (lambda: grid(date(1905, 1, 1), date(1955, 1, 1), 2), "maturity", "within 100 years, between 1910 and 2190"),
        (
            lambda: first_coupon_date(date(2026, 7, 2), date(2029, 7, 2), 2, False, date(2027, 1, 3)),
            "first_coupon",
            "a regular coupon date after 2026-07-02, counted back from 2029-07-02",
        ),
        (
            lambda: first_coupon_date(date(2026, 7, 2), date(2029, 7, 2), 2, False, date(2026, 7, 2)),
            "first_coupon",
            "a regular coupon date after 2026-07-02, counted back from 2029-07-02",
        ),
    ],
)
def test_dates_that_make_no_schedule_are_refused(call, field, rule):
    with pytest.raises(Fault) as caught:
        call()
    assert (caught.value.field, caught.value.rule) == (field, rule)
    assert str(caught.value) == f"{field}: {rule}"


@given(days, st.integers(min_value=1, max_value=12_000), st.sampled_from([1, 2, 4, 12]), st.booleans())
def test_the_grid_is_quantlibs_backward_schedule(start, length, frequency, end_of_month):
    maturity = start + timedelta(days=length)
    found = grid(start, maturity, frequency, end_of_month)
    assert found[0] <= start < found[1]
    assert list(found) == sorted(set(found))
    assert found[-1] == maturity
    tenor = ql.Period(12 // frequency, ql.Months)
    theirs = ql.Schedule(
        ql_date(found[0]), ql_date(maturity), tenor, ql.NullCalendar(), ql.Unadjusted, ql.Unadjusted,
        ql.DateGeneration.Backward, end_of_month,
    )  # fmt: skip
    assert [py_date(day) for day in theirs] == list(found)


@given(days, st.integers(min_value=200, max_value=4_000))
def test_every_coupon_is_paid_on_a_business_day_never_before_it_is_due(dated, length):
    for coupon in coupons(dated, dated + timedelta(days=length), 2, calendar=PAKISTAN):
        assert PAKISTAN.is_business(coupon.paid)
        assert 0 <= (coupon.paid - coupon.end).days <= 4
        assert coupon.start < coupon.end


def test_london_counts_back_over_the_spring_bank_holiday():
    """31 May 1999 was closed: seven business days before Monday 7 June is Wednesday 26 May."""
    assert business_days_before(date(1999, 6, 7), 7, "UK") == date(1999, 5, 26)
    assert business_days_before(date(2013, 6, 7), 7, "UK") == date(2013, 5, 29)
