"""Bonds as series: terms checked by field, a schedule that follows the calendar, quotes by the market's rules."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import IntegrityError, transaction

from issuance.series.models import Series, TermSheet
from issuance.series.selectors import coupon_per_hundred, coupon_schedule, series_paper, series_quote
from issuance.series.services import series_draft
from tests.db.calendar.test_overrides import decided
from tests.factories import issuance as made
from tokenization.kernel.errors import Refused

pytestmark = pytest.mark.django_db
BOND = {
    "kind": "PIB",
    "convention": "PK-PIB",
    "coupon_pct": Decimal("12"),
    "issue_date": date(2026, 7, 2),
    "maturity_date": date(2029, 7, 2),
}


def test_a_three_year_bond_has_six_coupons_of_half_its_rate():
    bond = made.series(made.office(), **BOND)
    schedule = coupon_schedule(bond)
    assert [coupon.end for coupon in schedule] == [
        date(2027, 1, 2), date(2027, 7, 2), date(2028, 1, 2), date(2028, 7, 2), date(2029, 1, 2), date(2029, 7, 2),
    ]  # fmt: skip
    # 2 January 2027 is a Saturday, 2 January 2028 and 2 July 2028 are Sundays.
    assert [coupon.paid for coupon in schedule] == [
        date(2027, 1, 4), date(2027, 7, 2), date(2028, 1, 3), date(2028, 7, 3), date(2029, 1, 2), date(2029, 7, 2),
    ]  # fmt: skip
    assert {coupon_per_hundred(bond, coupon) for coupon in schedule} == {Fraction(6)}
    text = bytes(TermSheet.objects.get(series=bond).file.content).decode()
    assert "Coupon, percent of face a year: 12\n" in text
    assert "Coupons due, 6 in all: 2027-01-02, 2027-07-02," in text
    assert "Instrument: Pakistan investment bond\n" in text


def test_a_holiday_declared_later_moves_the_payment_but_not_the_term_sheet():
    bond = made.series(made.office(), **BOND)
    sheet = TermSheet.objects.get(series=bond).sha256
    decided(date(2027, 7, 2), is_business=False, reason="Declared")
    assert coupon_schedule(bond)[1].paid == date(2027, 7, 5)
    assert coupon_schedule(bond)[1].end == date(2027, 7, 2)
    assert TermSheet.objects.get(series=bond).sha256 == sheet


def test_a_long_first_coupon_is_the_sum_over_the_periods_it_crosses():
    bond = made.series(made.office(), **BOND, first_coupon_date=date(2027, 7, 2))
    schedule = coupon_schedule(bond)
    assert (len(schedule), schedule[0].end) == (5, date(2027, 7, 2))
    assert [coupon_per_hundred(bond, coupon) for coupon in schedule[:2]] == [Fraction(12), Fraction(6)]


def test_at_issue_the_price_of_the_coupon_rate_is_par_and_nothing_has_accrued():
    bond = made.series(made.office(), **BOND)
    quote = series_quote(bond, settlement=bond.issue_date, yield_pct=Decimal("12.0000"))
    assert (quote.price, quote.accrued, quote.dirty) == (Decimal("100.0000"), Decimal("0.0000"), Decimal("100.0000"))
    back = series_quote(bond, settlement=bond.issue_date, price=quote.price)
    assert back.yield_pct == Decimal("12.0000")


def test_a_reopening_pays_accrued_interest_by_days_in_the_period():
    bond = made.series(made.office(), **BOND)
    # 62 of the 184 days from 2 July 2026 to 2 January 2027: 6 x 62 / 184 = 2.02173...
    quote = series_quote(bond, settlement=date(2026, 9, 2), price=Decimal("101.5000"))
    assert (quote.accrued, quote.dirty) == (Decimal("2.0217"), Decimal("103.5217"))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"coupon_pct": Decimal(0)}, "coupon_pct"),
        ({"coupon_pct": Decimal(-1)}, "coupon_pct"),
        ({"coupon_pct": Decimal(100)}, "coupon_pct"),
        ({"maturity_date": date(2029, 7, 3)}, "maturity_date"),
        ({"maturity_date": date(2030, 7, 2)}, "maturity_date"),
        ({"kind": "MTB"}, "convention"),
        ({"kind": "MTB", "convention": "PK-MTB"}, "maturity_date"),
        ({"convention": "PK-MTB"}, "convention"),
        ({"convention": "PK-PIB-ZERO"}, "maturity_date"),
        ({"first_coupon_date": date(2026, 12, 31)}, "first_coupon_date"),
        ({"first_coupon_date": date(2026, 7, 2)}, "first_coupon_date"),
    ],
    ids=str,
)
def test_wrong_bond_terms_are_refused_by_field(change, field):
    people = made.office()
    terms = made.series_terms(made.programme(people), **BOND) | change
    with pytest.raises(Refused) as refusal:
        series_draft(**terms, actor=people.maker, now=people.now)
    assert refusal.value.field == field
    assert Series.objects.count() == 0


def test_a_zero_coupon_bond_has_no_schedule_and_a_price():
    bond = made.series(
        made.office(),
        **BOND | {"convention": "PK-PIB-ZERO", "coupon_pct": Decimal(0), "maturity_date": date(2028, 7, 2)},
    )
    assert coupon_schedule(bond) == ()
    # Two whole years at 10 %: 100 / 1.21.
    quote = series_quote(bond, settlement=bond.issue_date, yield_pct=Decimal("10.0000"))
    assert (quote.price, quote.accrued) == (Decimal("82.6446"), Decimal(0))


def test_a_quote_outside_the_life_of_a_series_or_of_a_false_pair_is_refused():
    bond = made.series(made.office(), **BOND)
    with pytest.raises(Refused) as refusal:
        series_paper(bond, date(2029, 7, 2))
    assert refusal.value.field == "settlement_date"
    with pytest.raises(Refused) as refusal:
        series_quote(bond, settlement=bond.issue_date, price=Decimal("99.0000"), yield_pct=Decimal("12.0000"))
    assert (refusal.value.field, "100.0000" in str(refusal.value)) == ("price", True)
    with pytest.raises(Refused):
        series_quote(bond, settlement=bond.issue_date)


def test_a_fixed_price_sale_of_a_bond_asks_for_the_interest_accrued():
    people = made.office()
    bond = made.series(people, **BOND)
    terms = {"yield_pct": None, "price": Decimal("101.5000"), "settlement_date": date(2026, 9, 2)}
    [row] = made.allot(people, made.offer(people, bond, **terms), (made.party(people), 200))
    # PKR 200,000 of face at 101.5 and 2.0217 accrued per 100.
    assert (row.price, row.accrued_minor, row.proceeds_minor) == (Decimal("101.5000"), 4_043_40, 207_043_40)


def test_the_database_knows_that_only_bonds_have_coupons():
    people = made.office()
    draft = series_draft(**made.series_terms(made.programme(people)), actor=people.maker, now=people.now)
    with pytest.raises(IntegrityError, match="series_coupon_of_a_bond"), transaction.atomic():
        Series.objects.filter(pk=draft.pk).update(coupon_pct=Decimal(1))
    bond = made.series(people, **BOND)
    with pytest.raises(IntegrityError, match="series_terms_frozen"), transaction.atomic():
        Series.objects.filter(pk=bond.pk).update(coupon_pct=Decimal(11))
