"""The published day-count tables: ISDA, ICMA, AFB, the 30/360 family, business days over 252."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from issuance.maths.daycount_tables import (
    BUSINESS_252,
    THIRTY_360_BOND,
    THIRTY_360_US,
    THIRTY_365,
    THIRTY_E_360,
    act_act_afb,
    act_act_icma,
    act_act_isda,
    thirty_e_360_isda,
)
from issuance.maths.schedules import grid
from tests.unit.maths.vectors import VECTORS, near, starting

day = date.fromisoformat
TABLES = {
    "dc-30360-BondBasis": THIRTY_360_BOND,
    "dc-30360-EurobondBasis": THIRTY_E_360,
    "dc-30360-USA": THIRTY_360_US,
}


@pytest.mark.parametrize("name", starting("dc-30360"))
def test_thirty_360_family(name):
    """ISDA's 30-360-2006ISDADefs.xls."""
    row = VECTORS[name]
    table = TABLES.get(name) or thirty_e_360_isda(day(row["inputs"]["termination"]))
    assert [table.days(day(start), day(end)) for start, end in row["inputs"]["pairs"]] == row["expected"]


@pytest.mark.parametrize("name", starting("dc-30365"))
def test_thirty_365(name):
    row = VECTORS[name]
    assert THIRTY_365.days(day(row["inputs"]["start"]), day(row["inputs"]["end"])) == row["expected"]


def test_business_252_also_backwards():
    row = VECTORS["dc-bus252"]
    dates = [day(text) for text in row["inputs"]["dates"]]
    assert len(row["expected"]) == len(dates) - 1 == 14
    for start, end, published in zip(dates, dates[1:], row["expected"], strict=False):
        assert abs(BUSINESS_252.fraction(start, end) - published) <= Decimal(row["tolerance"])


@pytest.mark.parametrize("name", starting("dc-actact-"))
def test_act_act_family(name):
    """ISDA, "The actual/actual day count fraction" (1999), by way of QuantLib's test-suite."""
    row = VECTORS[name]
    given = row["inputs"]
    start, end = day(given["start"]), day(given["end"])
    if given["convention"] == "ISDA":
        near(row, act_act_isda(start, end))
    elif given["convention"] == "AFB":
        near(row, act_act_afb(start, end))
    else:
        opens, closes = day(given["ref_start"]), day(given["ref_end"])
        frequency = 1 if (closes - opens).days > 200 else 2
        near(row, act_act_icma(start, end, grid(start, closes, frequency), frequency))


@pytest.mark.parametrize(
    ("name", "regular", "frequency"),
    [
        ("dc-icma-oddlast-1", ["2000-01-30", "2000-07-30"], 2),
        ("dc-icma-oddlast-2", ["1999-11-30", "2000-02-29", "2000-05-31"], 4),
        ("dc-icma-oddlast-3", ["1999-11-30", "2000-02-29", "2000-05-29"], 4),
    ],
)
def test_icma_odd_last_periods(name, regular, frequency):
    """The example says in words which regular dates it means: with and without the end-of-month rule."""
    dates = tuple(map(day, regular))
    end = day("2000-06-30") if frequency == 2 else day("2000-04-30")
    near(VECTORS[name], act_act_icma(dates[0], end, dates, frequency))


def test_icma_refuses_dates_that_do_not_cover_the_period():
    with pytest.raises(ValueError, match="cover 2026-01-01 to 2026-07-01"):
        act_act_icma(date(2026, 1, 1), date(2026, 7, 1), (date(2026, 2, 1), date(2026, 8, 1)), 2)


def test_day_count_fractions_are_exact_quotients():
    assert THIRTY_360_US.fraction(date(2026, 1, 31), date(2026, 7, 31)) == Decimal("0.5")
    assert round(act_act_isda(date(2023, 7, 1), date(2024, 7, 1)), 20) == Decimal("1.00137734860393742047")
    assert act_act_isda(date(2026, 3, 1), date(2026, 3, 1)) == 0
