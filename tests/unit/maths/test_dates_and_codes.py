"""Day counts, calendars, rounding and ISINs."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
import QuantLib as ql
from hypothesis import given
from hypothesis import strategies as st

from issuance.maths.calendars import PAKISTAN, WEEKENDS, Calendar, calendar
from issuance.maths.daycount import ACT_360, ACT_365
from issuance.maths.identifiers import isin_valid, synthetic_isin
from issuance.maths.rounding import half_up, half_up_ratio

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "finance.json").read_text())["vectors"]
days = st.dates(min_value=date(2020, 1, 1), max_value=date(2050, 12, 31))


@given(days, st.integers(min_value=0, max_value=4_000))
def test_day_counts_are_quantlibs(start, length):
    end = start + timedelta(days=length)
    first, last = (ql.Date(day.day, day.month, day.year) for day in (start, end))
    for ours, theirs in ((ACT_365, ql.Actual365Fixed()), (ACT_360, ql.Actual360())):
        assert ours.days(start, end) == theirs.dayCount(first, last) == length
        assert float(ours.fraction(start, end)) == pytest.approx(theirs.yearFraction(first, last), abs=1e-12)


def test_day_counts_refuse_a_period_that_ends_before_it_starts():
    with pytest.raises(ValueError, match="before it starts"):
        ACT_365.days(date(2026, 7, 3), date(2026, 7, 2))


@pytest.mark.parametrize(
    ("trade", "settles"),
    [
        (date(2026, 7, 1), date(2026, 7, 2)),
        (date(2026, 7, 3), date(2026, 7, 6)),
        (date(2026, 7, 4), date(2026, 7, 6)),
        (date(2026, 8, 13), date(2026, 8, 17)),
        (date(2026, 12, 24), date(2026, 12, 28)),
    ],
)
def test_settlement_is_the_next_business_day(trade, settles):
    """A weekday, a Friday, a Saturday, the eve of Independence Day (a Friday), the eve of a Friday holiday."""
    assert PAKISTAN.settlement(trade) == settles


def test_overrides_close_and_open_days_and_leave_the_seed_alone():
    eid, saturday, kashmir = date(2027, 3, 10), date(2026, 7, 4), date(2027, 2, 5)
    changed = PAKISTAN.overridden(closed=[eid], opened=[saturday, kashmir])
    assert (changed.is_business(eid), changed.is_business(saturday), changed.is_business(kashmir)) == (
        False,
        True,
        True,
    )
    assert (PAKISTAN.is_business(eid), PAKISTAN.is_business(saturday), PAKISTAN.is_business(kashmir)) == (
        True,
        False,
        False,
    )
    moved = changed.overridden(opened=[eid], closed=[eid + timedelta(days=1)])
    assert (moved.is_business(eid), moved.is_business(eid + timedelta(days=1))) == (True, False)
    with pytest.raises(ValueError, match="both closed and opened"):
        PAKISTAN.overridden(closed=[eid], opened=[eid])


def test_following_preceding_and_add():
    friday, saturday, monday = date(2026, 7, 3), date(2026, 7, 4), date(2026, 7, 6)
    assert (WEEKENDS.following(saturday), WEEKENDS.preceding(saturday), WEEKENDS.following(friday)) == (
        monday,
        friday,
        friday,
    )
    assert (WEEKENDS.add(saturday, 0), WEEKENDS.add(friday, 1), WEEKENDS.add(friday, 6)) == (
        monday,
        monday,
        date(2026, 7, 13),
    )
    with pytest.raises(ValueError, match="0 or more"):
        WEEKENDS.add(friday, -1)
    shut = Calendar("SHUT", weekend=frozenset(range(7)))
    with pytest.raises(ValueError, match="no business day within 60 days"):
        shut.following(friday)


@given(days, st.integers(min_value=1, max_value=30))
def test_weekend_calendar_is_quantlibs(day, count):
    ours = WEEKENDS.add(day, count)
    theirs = ql.WeekendsOnly().advance(ql.Date(day.day, day.month, day.year), count, ql.Days)
    assert (ours.year, ours.month, ours.day) == (theirs.year(), theirs.month(), theirs.dayOfMonth())


def test_calendars_are_found_by_name():
    assert calendar("PK") is PAKISTAN
    with pytest.raises(KeyError, match="known: PK, WEEKENDS"):
        calendar("XX")


@pytest.mark.parametrize(
    ("value", "places", "printed"),
    [
        ("0.00005", 4, "0.0001"),
        ("0.00004999", 4, "0.0000"),
        ("-0.00005", 4, "-0.0001"),
        ("2.5", 0, "3"),
        ("97.42165", 4, "97.4217"),
    ],
)
def test_halves_go_up(value, places, printed):
    assert str(half_up(Decimal(value), places)) == printed


@given(st.integers(min_value=0, max_value=10**30), st.integers(min_value=1, max_value=10**20))
def test_whole_ratio_is_the_nearest_half_up(above, below):
    result = half_up_ratio(above, below)
    assert Fraction(-1, 2) < Fraction(result) - Fraction(above, below) <= Fraction(1, 2)


def test_whole_ratio_refuses_what_it_does_not_define():
    for above, below in ((-1, 2), (1, 0), (1, -1)):
        with pytest.raises(ValueError, match="half_up_ratio"):
            half_up_ratio(above, below)


@pytest.mark.parametrize("isin", ["US0378331005", "GB0002634946", "DE000BAY0017"])
def test_published_isins_are_valid(isin):
    assert isin_valid(isin)


@pytest.mark.parametrize(
    "isin", ["US0378331006", "us0378331005", "US037833100", "US03783310055", "ZZ0378331005", "XX-EST000016", ""]
)
def test_a_wrong_isin_is_not(isin):
    assert not isin_valid(isin)


@given(st.integers(min_value=0, max_value=99_999))
def test_synthetic_isins_carry_a_prefix_no_agency_holds_and_a_right_check_digit(number):
    isin = synthetic_isin(number)
    assert isin.startswith("XXTEST")
    assert isin_valid(isin)
    wrong = isin[:-1] + str((int(isin[-1]) + 1) % 10)
    assert not isin_valid(wrong)


def test_synthetic_isins_are_bounded():
    for number in (-1, 100_000):
        with pytest.raises(ValueError, match="0 to 99,999"):
            synthetic_isin(number)


def test_isin_vectors():
    [many] = [row for row in VECTORS if row["id"] == "isin-check"]
    assert [isin_valid(isin) for isin in many["inputs"]["isins"]] == many["expected"]
    [made_up] = [row for row in VECTORS if row["id"] == "isin-pk-digit"]
    base, digit = made_up["inputs"]["base"], made_up["expected"]
    assert [isin_valid(f"{base}{last}") for last in range(10)] == [str(last) == str(digit) for last in range(10)]


def test_act_365_and_act_360_vectors():
    rows = [row for row in VECTORS if row["instrument_type"] == "ACT/365F and ACT/360"]
    assert len(rows) == 2
    for row in rows:
        start, end = (date.fromisoformat(row["inputs"][name]) for name in ("start", "end"))
        for counted, name in ((ACT_365, "act365f"), (ACT_360, "act360")):
            published = Decimal(str(row["expected"][name]))
            assert abs(counted.fraction(start, end) - published) <= Decimal(row["tolerance"])
