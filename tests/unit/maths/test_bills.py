"""Treasury bills: published examples, identities, and QuantLib as a second opinion."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import QuantLib as ql
from hypothesis import given
from hypothesis import strategies as st

from issuance.maths.bills import agrees, bill_price, bill_yield, proceeds_minor
from issuance.maths.conventions import CONVENTIONS, PK_MTB, US_BILL, BillConvention, Quotation, convention
from issuance.maths.daycount import ACT_365
from issuance.maths.rounding import half_up

VECTORS = {
    row["id"]: row
    for row in json.loads((Path(__file__).parents[2] / "vectors" / "finance.json").read_text())["vectors"]
}
# US discount prices are published at 4 to 6 decimals; the record prints 6.
INVESTMENT_RATE = BillConvention(
    name="US-BILL-INVESTMENT-RATE",
    quotation=Quotation.SIMPLE_YIELD,
    day_count=ACT_365,
    price_places=6,
    yield_places=3,
    settlement_lag=1,
    tenors=(),
    source="31 CFR Part 356, Appendix B, section VI.D.1: simple yield to half a year",
)
rates = st.decimals(min_value="0.0001", max_value="60", places=4)
terms = st.integers(min_value=1, max_value=364)


@pytest.mark.parametrize("name", ["us-VI-A", "us-VI-D1-price", "us-VI-D2-price"])
def test_price_from_a_published_discount_rate(name):
    row = VECTORS[name]
    rate = Decimal(str(row["inputs"]["discount_rate"])) * 100
    price = bill_price(rate, row["inputs"]["days"], US_BILL)
    assert abs(price - Decimal(str(row["expected"]))) <= Decimal(row["tolerance"])


def test_discount_rate_from_a_published_price():
    row = VECTORS["us-VI-C"]
    price, days = Decimal(row["inputs"]["price"]), row["inputs"]["days"]
    exact = bill_yield(price, days, US_BILL, rounded=False) / 100
    assert abs(exact - Decimal(str(row["expected"]["d"]))) <= Decimal(row["tolerance"]["d"])
    assert bill_yield(price, days, US_BILL) == Decimal("8.042")


def test_simple_yield_of_a_published_price():
    """A US bill of at most half a year has the simple ACT/365 yield that PK-MTB is quoted in."""
    row = VECTORS["us-VI-D1"]
    price, days = Decimal(row["inputs"]["price"]), row["inputs"]["days"]
    exact = bill_yield(price, days, PK_MTB, rounded=False) / 100
    assert abs(exact - Decimal(str(row["expected"]["i"]))) <= Decimal(row["tolerance"]["i"])
    assert bill_yield(price, days, INVESTMENT_RATE) == Decimal("8.076")


def test_purchase_amount_of_a_published_price():
    row = VECTORS["us-VI-B"]
    assert proceeds_minor(row["inputs"]["par"] * 100, Decimal(row["inputs"]["price"])) == 980_980


@pytest.mark.parametrize(
    ("yield_pct", "days", "price"),
    # 3,650,000 / (36,500 + y d), by hand: 3650000/37466, 3650000/38593, 3650000/40868, 3650000/36780.
    [
        ("11.5", 84, "97.4217"),
        ("11.5", 182, "94.5767"),
        ("12", 364, "89.3119"),
        ("10", 28, "99.2387"),
        ("0", 84, "100.0000"),
    ],
)
def test_market_treasury_bill_price(yield_pct, days, price):
    assert str(bill_price(Decimal(yield_pct), days)) == price


def test_a_market_treasury_bill_is_not_quoted_on_discount():
    assert bill_price(Decimal("11.5"), 84) != bill_price(Decimal("11.5"), 84, US_BILL)
    assert bill_price(Decimal("11.5"), 84, US_BILL) == Decimal("97.316667")


@given(rates, terms)
def test_yield_of_the_exact_price_is_the_yield(yield_pct, days):
    for rule in (PK_MTB, US_BILL):
        if rule is US_BILL and yield_pct * days >= 36_000:
            continue
        price = bill_price(yield_pct, days, rule, rounded=False)
        assert half_up(bill_yield(price, days, rule, rounded=False), 12) == yield_pct


@given(rates, terms)
def test_a_printed_price_lies_within_half_a_tick_and_gives_its_yield_back_within_its_own_precision(yield_pct, days):
    printed, exact = bill_price(yield_pct, days), bill_price(yield_pct, days, rounded=False)
    assert abs(printed - exact) <= Decimal("0.00005")
    slope = exact * exact * days / Decimal(3_650_000)
    assert abs(bill_yield(printed, days) - yield_pct) <= Decimal("0.000051") / slope * Decimal("1.01") + Decimal(
        "0.00005"
    )


@given(rates, st.integers(min_value=1, max_value=364))
def test_quantlib_agrees_on_price_and_yield(yield_pct, days):
    start = ql.Date(2, 7, 2026)
    rate = ql.InterestRate(float(yield_pct) / 100, ql.Actual365Fixed(), ql.Simple, ql.Annual)
    second = 100 * rate.discountFactor(start, start + days)
    assert float(bill_price(yield_pct, days, rounded=False)) == pytest.approx(second, abs=1e-10)
    compound = float(bill_price(yield_pct, days, rounded=False))
    implied = ql.InterestRate.impliedRate(
        100 / compound, ql.Actual365Fixed(), ql.Simple, ql.Annual, start, start + days
    )
    assert 100 * implied.rate() == pytest.approx(float(yield_pct), abs=1e-8)


@given(st.lists(rates, min_size=2, max_size=2, unique=True), terms)
def test_a_higher_yield_is_a_lower_price(pair, days):
    low, high = sorted(pair)
    assert bill_price(low, days, rounded=False) > bill_price(high, days, rounded=False)


def test_a_printed_pair_agrees_and_a_wrong_one_does_not():
    assert agrees(Decimal("97.4217"), Decimal("11.5"), 84)
    assert agrees(Decimal("97.4217"), Decimal("11.4998"), 84)
    assert not agrees(Decimal("97.4216"), Decimal("11.5"), 84)
    assert not agrees(Decimal("97.4217"), Decimal("11.5"), 83)


@pytest.mark.parametrize(
    ("face", "price", "expected"),
    [
        (100_000, "97.4217", 97_422),
        (50, "99.0000", 50),
        (49, "99.0000", 49),
        (0, "97.4217", 0),
        (10**15, "97.4217", 974_217 * 10**9),
    ],
)
def test_proceeds_are_whole_minor_units_half_up(face, price, expected):
    assert proceeds_minor(face, Decimal(price)) == expected


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: bill_price(Decimal(5), 0), "days"),
        (lambda: bill_yield(Decimal(99), -1), "days"),
        (lambda: bill_yield(Decimal(0), 84), "price"),
        (lambda: bill_yield(Decimal("NaN"), 84), "price"),
        (lambda: bill_price(Decimal("Infinity"), 84), "yield_pct"),
        (lambda: bill_price(Decimal(-500), 84), "yield_pct"),
        (lambda: bill_price(Decimal(500), 84, US_BILL), "yield_pct"),
        (lambda: proceeds_minor(-1, Decimal(99)), "face_minor"),
        (lambda: proceeds_minor(1, Decimal(-99)), "price"),
    ],
)
def test_what_cannot_be_priced_is_refused_by_name(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_conventions_are_immutable_records_found_by_name():
    assert convention("PK-MTB") is PK_MTB
    assert (PK_MTB.price_places, PK_MTB.yield_places, PK_MTB.tenors) == (4, 4, (28, 84, 182, 364))
    assert PK_MTB.day_count.days(date(2026, 7, 2), date(2026, 7, 2) + timedelta(days=84)) == 84
    with pytest.raises(AttributeError):
        PK_MTB.price_places = 6  # type: ignore[misc]
    with pytest.raises(KeyError, match="known: PK-GIS, PK-MTB, US-BILL"):
        convention("PK-XXX")
    assert all(name == rule.name and rule.source for name, rule in CONVENTIONS.items())
