"""QuantLib's bonds beside ours, for every convention it can express, on dates and rates that Hypothesis picks."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
import QuantLib as ql
from hypothesis import given
from hypothesis import strategies as st

from issuance.maths.bond_conventions import (
    AU_BOND,
    BOND_CONVENTIONS,
    DE_BUND,
    FR_OAT,
    PK_PIB,
    PK_PIB_ZERO,
    UK_GILT,
    US_AGENCY,
    US_NOTE,
    BondConvention,
)
from issuance.maths.bonds import clean_price, convexity, dirty_price, yield_of
from issuance.maths.flows import Flows, Terms, flows_at
from issuance.maths.schedules import grid, py_date, ql_date

settlements = st.dates(min_value=date(2016, 1, 1), max_value=date(2035, 12, 31))
lengths = st.integers(min_value=400, max_value=11_000)
coupons = st.decimals(min_value="0.5", max_value="15", places=3)
rates = st.decimals(min_value="0.01", max_value="20", places=3)


def opinion(settlement: date, maturity: date, coupon: Decimal, convention: BondConvention):
    dates = grid(settlement, maturity, convention.frequency, convention.end_of_month)
    schedule = ql.Schedule(
        ql_date(dates[0]), ql_date(maturity), ql.Period(12 // convention.frequency, ql.Months), ql.NullCalendar(),
        ql.Unadjusted, ql.Unadjusted, ql.DateGeneration.Backward, convention.end_of_month,
    )  # fmt: skip
    assert [py_date(day) for day in schedule] == list(dates)
    counter = ql.ActualActual(ql.ActualActual.ISMA, schedule)
    return ql.FixedRateBond(0, 100.0, schedule, [float(coupon) / 100], counter), counter


@given(settlements, lengths, coupons, rates, st.sampled_from([FR_OAT, DE_BUND, PK_PIB, PK_PIB_ZERO]))
def test_compound_conventions(settlement, length, coupon, rate, convention):
    maturity = settlement + timedelta(days=length)
    flows = flows_at(settlement, Terms(maturity, coupon), convention)
    bond, counter = opinion(settlement, maturity, coupon, convention)
    theirs = ql.InterestRate(float(rate) / 100, counter, ql.Compounded, convention.frequency)
    at = ql_date(settlement)
    assert float(clean_price(flows, rate, convention)) == pytest.approx(
        ql.BondFunctions.cleanPrice(bond, theirs, at), abs=1e-8
    )
    assert float(flows.accrued) == pytest.approx(bond.accruedAmount(at), abs=1e-9)
    assert float(convexity(flows, rate, convention)) == pytest.approx(
        ql.BondFunctions.convexity(bond, theirs, at), rel=1e-6
    )


@given(settlements, lengths, coupons, rates)
def test_simple_interest_in_the_stub_of_us_notes(settlement, length, coupon, rate):
    """QuantLib's "simple then compounded" is the Treasury's formula for regular notes."""
    maturity = settlement + timedelta(days=length)
    flows = flows_at(settlement, Terms(maturity, coupon), US_NOTE)
    bond, counter = opinion(settlement, maturity, coupon, US_NOTE)
    theirs = ql.InterestRate(float(rate) / 100, counter, ql.SimpleThenCompounded, ql.Semiannual)
    price = ql.BondFunctions.cleanPrice(bond, theirs, ql_date(settlement))
    # Ours takes off the accrued interest as printed, six decimals.
    assert float(clean_price(flows, rate, US_NOTE)) == pytest.approx(price, abs=6e-7)


@given(settlements, st.integers(min_value=1, max_value=360), coupons, rates)
def test_a_bund_in_its_last_period_has_a_simple_yield(settlement, length, coupon, rate):
    flows = flows_at(settlement, Terms(settlement + timedelta(days=length), coupon), DE_BUND)
    assert len(flows.amounts) == 1
    by_hand = float(100 + coupon) / (1 + float(rate) / 100 * float(flows.stub))
    assert float(dirty_price(flows, rate, DE_BUND)) == pytest.approx(by_hand, abs=1e-9)
    assert dirty_price(flows, rate, FR_OAT) != dirty_price(flows, rate, DE_BUND) or flows.stub == 1


@given(settlements, lengths, coupons)
def test_going_ex_dividend_takes_exactly_the_coupon(settlement, length, coupon):
    terms = Terms(settlement + timedelta(days=length), coupon)
    for convention in (UK_GILT, AU_BOND):
        with_it = flows_at(settlement, terms, _without_ex(convention))
        now = flows_at(settlement, terms, convention)
        assert now.stub == with_it.stub
        lost = with_it.amounts[0] - now.amounts[0]
        assert lost in (0, coupon / 2)
        assert abs(with_it.accrued - now.accrued - lost) <= Decimal("0.001")


def _without_ex(convention: BondConvention) -> BondConvention:
    from dataclasses import replace

    return replace(convention, ex_dividend=None)


@given(settlements, lengths, coupons, rates)
def test_thirty_360_counts_months_of_thirty_days(settlement, length, coupon, rate):
    """Between two coupon dates the accrued share is days over 180, and a whole number of months is exact."""
    maturity = settlement + timedelta(days=length)
    dates = grid(settlement, maturity, 2)
    if maturity.day > 28:
        return
    flows = flows_at(dates[0], Terms(maturity, coupon), US_AGENCY)
    assert (flows.accrued, flows.stub) == (0, 1)
    flows = flows_at(settlement, Terms(maturity, coupon), US_AGENCY)
    assert 0 <= flows.accrued <= coupon / 2
    assert abs(yield_of(flows, dirty_price(flows, rate, US_AGENCY), US_AGENCY) - rate) < Decimal("1e-15")


@given(settlements, lengths, coupons, rates, st.sampled_from(sorted(BOND_CONVENTIONS)))
def test_a_dearer_coupon_costs_more_and_prices_add_up(settlement, length, coupon, rate, name):
    """Price is linear in the coupon: two bonds of half the face each are one."""
    convention = BOND_CONVENTIONS[name]
    maturity = settlement + timedelta(days=length)

    def flows(level: Decimal) -> Flows:
        return flows_at(settlement, Terms(maturity, level), convention)

    low, high, both = (flows(level) for level in (coupon, coupon + 2, coupon + 1))
    first, second, middle = (dirty_price(each, rate, convention) for each in (low, high, both))
    assert first < second
    assert abs((first + second) / 2 - middle) < Decimal("1e-20")
