"""Pakistan investment bonds: figures by hand, identities, and QuantLib as a second opinion."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
import QuantLib as ql
from hypothesis import assume, given
from hypothesis import strategies as st

from issuance.maths.bond_conventions import BOND_CONVENTIONS, PK_PIB, PK_PIB_ACT365, PK_PIB_ZERO, UK_GILT, US_NOTE
from issuance.maths.bonds import clean_price, dirty_price, macaulay_duration, modified_duration, yield_of
from issuance.maths.faults import Fault
from issuance.maths.flows import Flows, Terms, coupon_amount, flows_at
from issuance.maths.rounding import half_up
from issuance.maths.schedules import grid, ql_date

ISSUE, MATURITY = date(2026, 7, 2), date(2029, 7, 2)
settlements = st.dates(min_value=date(2015, 1, 1), max_value=date(2035, 12, 31))
lengths = st.integers(min_value=1, max_value=11_000)
coupon_rates = st.decimals(min_value="0", max_value="25", places=4)
yields = st.decimals(min_value="0.0001", max_value="60", places=4)


def pib(settlement: date = ISSUE, coupon: str = "12", convention=PK_PIB) -> Flows:
    return flows_at(settlement, Terms(MATURITY, Decimal(coupon)), convention)


def test_on_a_coupon_date_nothing_has_accrued_and_the_coupon_rate_prices_at_par():
    flows = pib()
    assert (flows.stub, flows.accrued, flows.amounts) == (1, 0, (6, 6, 6, 6, 6, 106))
    assert half_up(clean_price(flows, Decimal(12), PK_PIB), 20) == 100
    assert half_up(yield_of(flows, Decimal(100), PK_PIB), 20) == 12


def test_price_by_hand_at_another_yield():
    """10 % over six half-years at 12 %: 100 - 5 x (1 - 1.06^-6) / 0.06 x (0.06 - 0.05) / 0.05."""
    annuity = (1 - 1 / Decimal("1.06") ** 6) / Decimal("0.06")
    by_hand = 5 * annuity + 100 / Decimal("1.06") ** 6
    assert half_up(clean_price(pib(coupon="10"), Decimal(12), PK_PIB), 20) == half_up(by_hand, 20)
    assert half_up(by_hand, 4) == Decimal("95.0827")


def test_the_stub_is_compounded_and_accrues_by_days_in_the_period():
    """62 of 184 days gone on 2 September 2026: accrued 6 x 62/184, first flow 122/184 of a period away."""
    flows = pib(date(2026, 9, 2))
    assert half_up(flows.accrued, 10) == Decimal("2.0217391304")
    assert half_up(flows.stub, 10) == Decimal("0.6630434783")
    assert half_up(dirty_price(flows, Decimal(12), PK_PIB), 8) == half_up(
        100 * Decimal("1.06") ** (Decimal(62) / 184), 8
    )


def test_accrued_interest_is_a_term_of_the_series():
    """The same day under the rule of 2012-13: 12 x 62 / 365."""
    ours, older = pib(date(2026, 9, 2)), pib(date(2026, 9, 2), convention=PK_PIB_ACT365)
    assert (half_up(ours.accrued, 4), half_up(older.accrued, 4)) == (Decimal("2.0217"), Decimal("2.0384"))
    assert dirty_price(ours, Decimal(13), PK_PIB) == dirty_price(older, Decimal(13), PK_PIB_ACT365)
    gap = clean_price(ours, Decimal(13), PK_PIB) - clean_price(older, Decimal(13), PK_PIB_ACT365)
    assert half_up(gap, 4) == Decimal("0.0166")


def test_zero_coupon_bond_by_hand():
    """Two years and 0 days, then 2 years and 90 of 365 days, at 12 % a year."""
    whole = flows_at(date(2027, 7, 2), Terms(MATURITY, Decimal(0)), PK_PIB_ZERO)
    assert half_up(clean_price(whole, Decimal(12), PK_PIB_ZERO), 4) == Decimal("79.7194")
    stub = flows_at(date(2027, 4, 3), Terms(MATURITY, Decimal(0)), PK_PIB_ZERO)
    assert (half_up(stub.stub * 365, 20), len(stub.amounts), stub.accrued) == (90, 3, 0)
    by_hand = 100 / Decimal("1.12") ** (2 + Decimal(90) / 365)
    assert half_up(clean_price(stub, Decimal(12), PK_PIB_ZERO), 15) == half_up(by_hand, 15)


def test_long_and_short_first_coupons_pay_their_notional_periods():
    """From 1 June 2026 (31 of 181 days before the regular date) to January 2027: one period and 31/181 of another."""
    long = Terms(MATURITY, Decimal(12), date(2026, 6, 1), date(2027, 1, 2))
    flows = flows_at(date(2026, 6, 1), long, PK_PIB)
    assert flows.amounts[0] == 0
    assert half_up(flows.amounts[1], 10) == half_up(6 + 6 * Decimal(31) / 181, 10) == Decimal("7.0276243094")
    assert flows.amounts[2:] == (6, 6, 6, 6, 106)
    assert flows_at(date(2026, 12, 1), long, PK_PIB).accrued == coupon_amount(
        date(2026, 6, 1), date(2026, 12, 1), long, PK_PIB
    )
    short = flows_at(date(2026, 8, 2), Terms(MATURITY, Decimal(12), date(2026, 8, 2)), PK_PIB)
    assert half_up(short.amounts[0], 10) == half_up(6 * Decimal(153) / 184, 10)
    assert (short.accrued, short.amounts[1:]) == (0, (6, 6, 6, 6, 106))


def test_once_the_first_coupon_is_paid_its_length_is_history():
    long = Terms(MATURITY, Decimal(12), date(2026, 6, 1), date(2027, 1, 2))
    assert flows_at(date(2027, 3, 1), long, PK_PIB) == pib(date(2027, 3, 1))


@pytest.mark.parametrize(
    ("call", "field", "rule"),
    [
        (lambda: pib(MATURITY), "settlement", "before maturity 2029-07-02"),
        (lambda: pib(MATURITY + timedelta(days=1)), "settlement", "before maturity 2029-07-02"),
        (
            lambda: flows_at(date(2026, 7, 1), Terms(MATURITY, Decimal(12), ISSUE), PK_PIB),
            "settlement",
            "on or after 2026-07-02, the day interest runs from",
        ),
        (lambda: dirty_price(pib(), Decimal(-200), PK_PIB), "yield_pct", "above -200"),
        (lambda: yield_of(pib(), Decimal(0), PK_PIB), "price", "above 0 with accrued interest"),
        (lambda: yield_of(pib(), Decimal("NaN"), PK_PIB), "price", "above 0 with accrued interest"),
        (lambda: yield_of(pib(), Decimal("1e13"), PK_PIB), "price", "a price whose yield a market would quote"),
        (lambda: yield_of(pib(), Decimal("1e-9"), PK_PIB), "price", "a price whose yield a market would quote"),
    ],
)
def test_what_cannot_be_priced_is_refused_by_name(call, field, rule):
    with pytest.raises(Fault) as caught:
        call()
    assert (caught.value.field, caught.value.rule) == (field, rule)


@given(settlements, lengths, coupon_rates, yields, st.sampled_from(sorted(BOND_CONVENTIONS)))
def test_yield_of_the_price_of_a_yield_is_that_yield(settlement, length, coupon, rate, name):
    convention = BOND_CONVENTIONS[name]
    flows = flows_at(settlement, Terms(settlement + timedelta(days=length), coupon), convention)
    price = dirty_price(flows, rate, convention)
    assume(price > Decimal("0.0001"))
    assert half_up(yield_of(flows, price, convention), 15) == rate


@given(settlements, lengths, coupon_rates, st.lists(yields, min_size=2, max_size=2, unique=True))
def test_a_higher_yield_is_a_lower_price(settlement, length, coupon, pair):
    flows = flows_at(settlement, Terms(settlement + timedelta(days=length), coupon), PK_PIB)
    low, high = sorted(pair)
    assert clean_price(flows, low, PK_PIB) > clean_price(flows, high, PK_PIB)


@given(settlements, st.integers(min_value=1, max_value=40), coupon_rates)
def test_on_every_coupon_date_accrued_is_nothing_and_just_before_nearly_a_coupon(maturity, periods, coupon):
    dates = grid(maturity - timedelta(days=182 * periods), maturity, 2)
    for at in dates[:-1]:
        assert flows_at(at, Terms(maturity, coupon), PK_PIB).accrued == 0
    for opens, closes in zip(dates, dates[1:], strict=False):
        eve = flows_at(closes - timedelta(days=1), Terms(maturity, coupon), PK_PIB)
        length = (closes - opens).days
        assert half_up(eve.accrued, 20) == half_up(coupon / 2 * (length - 1) / Decimal(length), 20)


@given(settlements, st.integers(min_value=30, max_value=11_000), coupon_rates, yields)
def test_quantlib_agrees_on_the_price_and_on_the_duration(settlement, length, coupon, rate):
    maturity = settlement + timedelta(days=length)
    flows = flows_at(settlement, Terms(maturity, coupon), PK_PIB)
    bond, counter = _quantlib_bond(settlement, maturity, coupon)
    theirs = ql.BondFunctions.cleanPrice(
        bond, ql.InterestRate(float(rate) / 100, counter, ql.Compounded, ql.Semiannual), ql_date(settlement)
    )
    assert float(clean_price(flows, rate, PK_PIB)) == pytest.approx(theirs, abs=1e-8)
    assert float(flows.accrued) == pytest.approx(bond.accruedAmount(ql_date(settlement)), abs=1e-9)
    duration = ql.BondFunctions.duration(
        bond, float(rate) / 100, counter, ql.Compounded, ql.Semiannual, ql.Duration.Modified, ql_date(settlement)
    )
    assert float(modified_duration(flows, rate, PK_PIB)) == pytest.approx(duration, abs=1e-6)


def _quantlib_bond(settlement: date, maturity: date, coupon: Decimal):
    schedule = ql.Schedule(
        ql_date(grid(settlement, maturity, 2)[0]), ql_date(maturity), ql.Period(ql.Semiannual), ql.NullCalendar(),
        ql.Unadjusted, ql.Unadjusted, ql.DateGeneration.Backward, False,
    )  # fmt: skip
    counter = ql.ActualActual(ql.ActualActual.ISMA, schedule)
    return ql.FixedRateBond(0, 100.0, schedule, [float(coupon) / 100], counter), counter


def test_duration_of_a_zero_is_its_term():
    flows = flows_at(date(2027, 7, 2), Terms(MATURITY, Decimal(0)), PK_PIB_ZERO)
    assert half_up(macaulay_duration(flows, Decimal(12), PK_PIB_ZERO), 8) == 2
    assert half_up(modified_duration(flows, Decimal(12), PK_PIB_ZERO), 8) == half_up(Decimal(2) / Decimal("1.12"), 8)


def test_the_treasury_takes_the_printed_accrued_interest_and_others_the_exact():
    assert US_NOTE.rounds_accrued
    assert not PK_PIB.rounds_accrued
    printed = replace(PK_PIB, rounds_accrued=True)
    assert pib(date(2026, 9, 2), convention=printed).accrued == Decimal("2.0217")


def test_conventions_are_records_with_a_source():
    assert all(name == record.name and record.source for name, record in BOND_CONVENTIONS.items())
    assert (PK_PIB.frequency, PK_PIB.price_places, PK_PIB.settlement_lag) == (2, 4, 1)
    assert not PK_PIB.negative_yields
    assert UK_GILT.ex_dividend is not None
    assert UK_GILT.ex_dividend.days == 7
    with pytest.raises(AttributeError):
        PK_PIB.frequency = 4  # type: ignore[misc]
