from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenization.kernel.errors import Refused
from tokenization.kernel.money import MINOR_DIGITS, Money, minor_digits


@pytest.mark.parametrize(
    ("minor", "currency", "words"),
    [
        (123456789, "PKR", "PKR 1,234,567.89"),
        (5, "PKR", "PKR 0.05"),
        (0, "USD", "USD 0.00"),
        (-5, "PKR", "-PKR 0.05"),
        (-123456, "USD", "-USD 1,234.56"),
        (1234567, "JPY", "JPY 1,234,567"),
        (1234567, "KWD", "KWD 1,234.567"),
        (200_000_000_000, "USD", "USD 2,000,000,000.00"),
    ],
)
def test_format(minor: int, currency: str, words: str) -> None:
    assert Money(minor, currency).format() == words
    assert str(Money(minor, currency)) == words


@pytest.mark.parametrize(("currency", "digits"), [("PKR", 2), ("USD", 2), ("JPY", 0), ("BHD", 3), ("KRW", 0)])
def test_minor_digits_of_iso_4217(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits


@pytest.mark.parametrize("code", ["", "pkr", "PK", "XXX", "PKRS"])
def test_an_unknown_currency_is_refused_and_not_guessed(code: str) -> None:
    with pytest.raises(Refused) as refusal:
        minor_digits(code)
    assert refusal.value.field == "currency"


@pytest.mark.parametrize("value", [1.0, 1.5, True, Decimal(1), "1", None])
def test_only_integers_are_minor_units(value: Any) -> None:
    with pytest.raises(Refused, match="whole number of minor units"):
        Money(value, "PKR")


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("1250.50", "PKR", 125050),
        (Decimal("0.01"), "PKR", 1),
        (7, "JPY", 7),
        ("-3.125", "KWD", -3125),
        ("1e3", "PKR", 100000),
        ("123456789012345678901234567890.12", "PKR", 12345678901234567890123456789012),
    ],
)
def test_of_major_units(amount: Decimal | str | int, currency: str, minor: int) -> None:
    assert Money.of(amount, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    "amount", [1.1, True, "1.005", "NaN", "Infinity", "ten", "", None, "1e999999999", "1e-999999999"]
)
def test_of_refuses_floats_excess_precision_and_nonsense(amount: Any) -> None:
    with pytest.raises(Refused) as refusal:
        Money.of(amount, "PKR")
    assert refusal.value.field == "amount"


def test_arithmetic_is_exact_and_of_one_currency() -> None:
    assert Money(10, "PKR") + Money(-25, "PKR") == Money(-15, "PKR")
    assert Money(10, "PKR") - Money(25, "PKR") == Money(-15, "PKR")
    assert -Money(10, "PKR") == Money(-10, "PKR")
    assert Money(1, "PKR") < Money(2, "PKR") <= Money(2, "PKR")
    assert not Money(0, "PKR")
    assert Money(1, "PKR")
    for broken in (lambda: Money(1, "PKR") + Money(1, "USD"), lambda: Money(1, "PKR") < Money(1, "USD")):
        with pytest.raises(Refused, match="PKR and USD"):
            broken()


def test_equal_figures_of_two_currencies_are_not_equal() -> None:
    assert Money(1, "PKR") != Money(1, "USD")


@given(st.integers(-(10**24), 10**24), st.sampled_from(sorted(MINOR_DIGITS)))
def test_amount_and_of_are_each_other_s_inverse(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert Money.of(money.amount(), currency) == money
    assert -money.amount().as_tuple().exponent == minor_digits(currency)
