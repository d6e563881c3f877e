"""Inflation-indexed and floating paper against published worked examples."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from issuance.maths.bill_rates import bill_benchmark, investment_rate
from issuance.maths.bond_conventions import US_NOTE
from issuance.maths.bonds import clean_price
from issuance.maths.floating import Floater
from issuance.maths.flows import Flows
from issuance.maths.indexed import adjusted, index_ratio, interest, reference_index, strip_payment, strip_value
from issuance.maths.market_days import business_days
from issuance.maths.overnight import Observation, compounded
from issuance.maths.rounding import half_up
from tests.unit.maths.vectors import VECTORS, near, starting

day = date.fromisoformat


@pytest.mark.parametrize("name", starting("us-refcpi-"))
def test_reference_index_between_two_months(name):
    """31 CFR 356 App. B sec. I.B.3: truncate to six decimals, round to five."""
    row = VECTORS[name]
    given = row["inputs"]
    found = reference_index(
        Decimal(given["ref_cpi_m"]), Decimal(given["ref_cpi_m1"]), given["day"], given["days_in_month"]
    )
    assert found == row["expected"]


@pytest.mark.parametrize("name", starting("us-idxratio-"))
def test_index_ratio(name):
    row = VECTORS[name]
    assert index_ratio(Decimal(row["inputs"]["ref_cpi"]), Decimal(row["inputs"]["base"])) == row["expected"]


def test_interest_on_adjusted_principal():
    """31 CFR 356 App. B sec. I.B.5: with the ratio of five decimals, not the quotient."""
    row = VECTORS["us-tips-interest"]
    given = row["inputs"]
    ratio = index_ratio(Decimal(given["ref_cpi"]), Decimal(given["base"]))
    principal = adjusted(Decimal(given["par"]), ratio, 2)
    assert principal == row["expected"]["adj_principal"]
    assert interest(principal, given["rate_pct"]) == row["expected"]["interest"]


@pytest.mark.parametrize("name", starting("us-III-"))
def test_real_yield_to_price_and_settlement_amount(name):
    """31 CFR 356 App. B sec. III: the note's formula at the real yield, then times the index ratio."""
    row = VECTORS[name]
    given = row["inputs"]
    half = given["coupon_pct"] / 2
    stub = Decimal(given["r"]) / given["s"]
    accrued = half_up((1 - stub) * half, 6)
    first = half if accrued else half * stub
    flows = Flows(stub, (first, *[half] * (given["n"] - 1), half + 100), accrued)
    price = half_up(clean_price(flows, given["real_yield"] * 100, US_NOTE), 6)
    ratio = Decimal(given["index_ratio"])
    near(row, price, "price")
    near(row, accrued, "accrued")
    near(row, adjusted(price, ratio, 6), "p_adj")
    near(row, adjusted(accrued, ratio, 6), "a_adj")
    near(row, adjusted(price, ratio, 6) + adjusted(accrued, ratio, 6), "settlement")


def test_a_stripped_coupon():
    """31 CFR 356 App. B sec. V."""
    row = VECTORS["us-V"]
    given = row["inputs"]
    value = strip_value(Decimal(given["par"]), given["rate_pct"], Decimal(given["base"]))
    near(row, value, "AV")
    near(row, strip_payment(value, Decimal(given["ref"])), "PA")


def test_index_linked_gilts():
    """DMO: adjusted clean price of a uniform-price auction; accrued of a three-month-lag gilt."""
    row = VECTORS["uk-il-clean-2033"]
    given = row["inputs"]
    near(row, adjusted(Decimal(given["real_price"]), Decimal(given["index_ratio"]), 6))
    row = VECTORS["uk-il-accrued-20200110"]
    given = row["inputs"]
    real = given["coupon_pct"] / 2 * given["days"] / given["period"]
    near(row, adjusted(real, Decimal(given["index_ratio"]), 11))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: reference_index(Decimal(1), Decimal(1), 0, 30), "day: 1 to 30"),
        (lambda: reference_index(Decimal(1), Decimal(1), 31, 30), "day: 1 to 30"),
        (lambda: index_ratio(Decimal(1), Decimal(0)), "base: must be above 0"),
    ],
)
def test_what_has_no_index_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.parametrize("name", starting("us-IV-A", "us-IV-B", "us-IV-C", "us-IV-E"))
def test_floating_rate_notes_at_a_discount_margin(name):
    """31 CFR 356 App. B sec. IV: new issues at par and above (floor of 0 %), a reopening, an issue after its date."""
    row = VECTORS[name]
    given, expected = row["inputs"], row["expected"]
    index, note = Decimal(given["index_rate"]), Floater(Decimal(given["spread"]))
    windows = [(days, Decimal(rate)) for days, rate in given.get("index_windows", [])]
    accrued = note.accrued(windows or [(given.get("ai_days", 0), index)])
    dates = [day(text) for text in given["dates"]]
    dirty = note.dirty_price(index, Decimal(given["discount_margin"]), dates, accrued)
    if "AI" in expected:
        near(row, accrued, "AI")
        near(row, half_up(dirty, 6), "PD")
        near(row, half_up(dirty, 6) - half_up(accrued, 6), "PC")
    else:
        near(row, half_up(dirty, 6), "price")
        near(row, note.daily_interest(index), "a")


def test_floating_rate_payments():
    """31 CFR 356 App. B sec. IV.D, example 2: the first payment after the reopening and the last."""
    row = VECTORS["us-IV-D2"]
    given = row["inputs"]
    daily = Floater(Decimal("0.0012")).daily_interest(Decimal("0.00105027876"))
    assert daily == Decimal(given["a"])
    near(row, Decimal(given["AI"]) + daily * given["days1"], "IP1")
    near(row, daily * given["days8"], "IP8")


@pytest.mark.parametrize("name", starting("us-frn-index-"))
def test_the_bill_rate_as_a_benchmark(name):
    row = VECTORS[name]
    near(row, bill_benchmark(row["inputs"]["high_rate"] * 100, row["inputs"]["days"]))


@pytest.mark.parametrize("name", ["us-VI-D1", "us-VI-D2"])
def test_the_investment_rate_of_a_bill(name):
    """31 CFR 356 App. B sec. VI.D: simple up to half a year, a quadratic beyond."""
    row = VECTORS[name]
    given = row["inputs"]
    rate = investment_rate(Decimal(given["price"]), given["days"], given["year_days"])
    near(row, rate / 100, "i")
    assert half_up(rate, 3) == row["expected"]["pct"]


def test_the_two_branches_of_the_investment_rate_meet_at_half_a_year():
    """At 183 of 365 days the quadratic term is almost nothing."""
    below, above = (investment_rate(Decimal("95"), days) for days in (182, 183))
    assert Decimal(0) < below - above < Decimal("0.06")


@pytest.mark.parametrize("name", starting("sofr-"))
def test_overnight_rates_compounded(name):
    """ARRC's lookback workbook, by way of QuantLib: lookback, observation shift, lockout."""
    row = VECTORS[name]
    given = row["inputs"]
    fixings = {day(text): rate for text, rate in given["fixings"].items()}
    rule = Observation("US-SOFR", given["look"], given.get("shift", False), given.get("lock", 0))
    near(row, compounded(day(given["start"]), day(given["end"]), fixings, rule))


def test_a_missing_fixing_is_named():
    with pytest.raises(KeyError, match="2019, 7, 2"):
        compounded(date(2019, 7, 1), date(2019, 7, 3), {date(2019, 7, 1): Decimal("0.02")}, Observation("US-SOFR"))


def test_independence_day_is_no_fixing_day():
    assert business_days(date(2019, 7, 3), date(2019, 7, 8), "US-SOFR") == (date(2019, 7, 3), date(2019, 7, 5))
