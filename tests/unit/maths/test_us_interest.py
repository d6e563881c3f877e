"""Interest by the day and for odd periods, per $1,000, as 31 CFR 356 Appendix B section I prints it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from issuance.maths.bond_conventions import US_NOTE
from issuance.maths.flows import Terms, flows_at
from issuance.maths.rounding import half_up
from issuance.maths.us_interest import daily_decimal, payment, per_thousand, spells
from tests.unit.maths.vectors import VECTORS, near, starting

day = date.fromisoformat


@pytest.mark.parametrize("name", starting("us-ddec-"))
def test_daily_interest_decimals(name):
    row = VECTORS[name]
    near(row, daily_decimal(Decimal(row["inputs"]["rate_pct"]), row["inputs"]["half_year_days"]))


def test_short_first_payment():
    """Sec. I.A.3: 2 July to 31 December 1990 is 182 of the 184 days of a half-year that ends with a month."""
    row = VECTORS["us-short-first"]
    given = row["inputs"]
    parts = spells(day(given["issue"]), day(given["first_interest"]), date(1992, 6, 30))
    assert parts == ((given["days_accrued"], given["half_year_days"]),)
    thousandth = per_thousand(given["rate_pct"], parts)
    near(row, thousandth, "per_1000")
    near(row, payment(Decimal(given["par"]), thousandth), "payment")


def test_long_first_payment():
    """Sec. I.A.4: 74 of 184 days and a half-year."""
    row = VECTORS["us-long-first"]
    given = row["inputs"]
    parts = spells(day(given["issue"]), day(given["first_interest"]), date(1996, 2, 15))
    assert parts == ((given["days_fractional"], given["half_year_days"]), (181, 181))
    near(row, per_thousand(given["rate_pct"], parts[:1]), "fractional")
    near(row, per_thousand(given["rate_pct"], parts), "per_1000")
    near(row, payment(Decimal(given["par"]), per_thousand(given["rate_pct"], parts)), "payment")


def test_accrued_interest_of_a_reopened_note():
    """Sec. I.D(1): 92 of 184 days; the note's own flows agree."""
    row = VECTORS["us-accrued-one-half"]
    given = row["inputs"]
    parts = spells(date(2000, 5, 15), date(2000, 8, 15), date(2005, 5, 15))
    assert parts == ((given["days"], given["half_year_days"]),)
    near(row, per_thousand(given["rate_pct"], parts), "per_1000")
    near(row, payment(Decimal(given["par"]), per_thousand(given["rate_pct"], parts)), "amount")
    flows = flows_at(date(2000, 8, 15), Terms(date(2005, 5, 15), given["rate_pct"], date(2000, 5, 15)), US_NOTE)
    near(row, flows.accrued * 10, "per_1000")


def test_accrued_interest_over_two_half_years():
    """Sec. I.D(2): 44 of 181 days and 81 of 184; the amount follows from the figure printed to five decimals."""
    row = VECTORS["us-accrued-two-halves"]
    given = row["inputs"]
    parts = spells(date(1985, 7, 2), date(1985, 11, 4), date(2005, 8, 15))
    assert parts == ((given["days1"], given["half1"]), (given["days2"], given["half2"]))
    exact = per_thousand(given["rate_pct"], parts)
    near(row, exact, "unrounded")
    near(row, half_up(exact, 5), "per_1000")
    near(row, payment(Decimal(given["par"]), half_up(exact, 5)), "amount")
    terms = Terms(date(2005, 8, 15), given["rate_pct"], date(1985, 7, 2), date(1986, 2, 15))
    assert flows_at(date(1985, 11, 4), terms, US_NOTE).accrued == half_up(exact / 10, 6)
