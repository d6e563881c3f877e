"""A coupon per 100 face as an exact fraction: regular, short and long, beside the Decimal of the flows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from issuance.maths.bond_conventions import BOND_CONVENTIONS
from issuance.maths.coupon_amounts import coupon_fraction
from issuance.maths.flows import Terms, coupon_amount
from issuance.maths.schedules import Coupon

PIB = BOND_CONVENTIONS["PK-PIB"]
MATURITY = date(2029, 7, 2)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2027, 1, 2), date(2027, 7, 2), Fraction(25, 4)),
        # 2 July 2026 to 2 January 2027 has 184 days; from 1 October they are 93.
        (date(2026, 10, 1), date(2027, 1, 2), Fraction(25, 4) * Fraction(93, 184)),
        (date(2026, 10, 1), date(2027, 7, 2), Fraction(25, 4) * (1 + Fraction(93, 184))),
    ],
)
def test_shares_of_notional_periods(start: date, end: date, expected: Fraction) -> None:
    found = coupon_fraction(Coupon(start, end, end), MATURITY, Decimal("12.5"), PIB)
    assert found == expected
    near = coupon_amount(start, end, Terms(MATURITY, Decimal("12.5"), start), PIB)
    assert abs(Fraction(near) - expected) < Fraction(1, 10**40)


def test_thirty_360_counts_a_sixth_of_a_half_year_for_a_month() -> None:
    rule = next((c for c in BOND_CONVENTIONS.values() if c.accrual.value == "THIRTY_360" and c.frequency == 2), None)
    assert rule is not None
    found = coupon_fraction(
        Coupon(date(2026, 6, 1), date(2026, 7, 1), date(2026, 7, 1)), date(2029, 7, 1), Decimal(6), rule
    )
    assert found == Fraction(1, 2)
