"""Quantities of a commodity add up as money does, and never with another commodity or with money."""

from __future__ import annotations

import dataclasses
import hashlib
import re

import pytest

from tokenization.kernel.errors import Refused
from tokenization.kernel.measures import MEASURES, Measure
from tokenization.kernel.money import MINOR_DIGITS, Money, check_currency, minor_digits

ALL = sorted(MEASURES)


@pytest.mark.parametrize(
    ("minor", "code", "words"),
    [
        (1, "XAU", "0.001 fine troy ounce"),
        (1_000, "XAU", "1.000 fine troy ounce"),
        (1_001, "XAU", "1.001 fine troy ounces"),
        (9_984_925, "XAU", "9,984.925 fine troy ounces"),
        (0, "XAU", "0.000 fine troy ounce"),
        (-399_440, "XAU", "-399.440 fine troy ounces"),
        (2_500, "XAG", "2.500 fine silver ounces"),
        (100, "OIL", "1.00 net standard barrel at 60 F"),
        (123_456_789, "OIL", "1,234,567.89 net standard barrels at 60 F"),
    ],
)
def test_a_quantity_reads_with_its_unit_and_its_base(minor: int, code: str, words: str) -> None:
    assert Money(minor, code).format() == words
    assert MEASURES[code].words(minor) == words


def test_a_measure_without_decimals_reads_without_a_point() -> None:
    assert Measure("LOT", 0, "warehouse warrant").words(1_250) == "1,250 warehouse warrants"


def test_barrels_and_ounces_do_not_add_up_nor_does_either_with_money() -> None:
    ounces, barrels, rupees = Money(1_000, "XAU"), Money(100, "OIL"), Money(100, "PKR")
    assert ounces + Money(1, "XAU") == Money(1_001, "XAU")
    for left, right in ((ounces, barrels), (barrels, ounces), (ounces, rupees), (rupees, barrels)):
        for joined in (
            lambda a=left, b=right: a + b,
            lambda a=left, b=right: a - b,
            lambda a=left, b=right: a < b,
            lambda a=left, b=right: a <= b,
        ):
            with pytest.raises(Refused) as refusal:
                joined()
            assert (refusal.value.field, refusal.value.rule) == ("currency", "one currency")
            assert left.currency in str(refusal.value)
            assert right.currency in str(refusal.value)


def test_fine_ounces_are_exact_to_a_thousandth_and_barrels_to_a_hundredth() -> None:
    assert Money.of("399.440", "XAU") == Money(399_440, "XAU")
    assert Money.of("12.34", "OIL") == Money(1_234, "OIL")
    for amount, code in (("399.4401", "XAU"), ("12.345", "OIL")):
        with pytest.raises(Refused) as refusal:
            Money.of(amount, code)
        assert refusal.value.rule == "minor units"
    assert [minor_digits(code) for code in ("XAU", "XAG", "OIL")] == [3, 3, 2]


def test_no_code_is_both_money_and_a_measure_and_the_records_cannot_be_changed() -> None:
    assert not set(MEASURES) & set(MINOR_DIGITS)
    for code, row in MEASURES.items():
        assert (row.code, re.fullmatch(r"[A-Z]{3}", code) is not None) == (code, True)
    with pytest.raises(TypeError):
        MEASURES["XPT"] = Measure("XPT", 3, "fine platinum ounce")  # type: ignore[index]
    with pytest.raises(dataclasses.FrozenInstanceError):
        MEASURES["XAU"].digits = 2  # type: ignore[misc]


@pytest.mark.parametrize("code", ALL)
def test_nobody_pays_in_a_commodity(code: str) -> None:
    with pytest.raises(Refused) as refusal:
        check_currency(code, field="payment_currency")
    assert (refusal.value.field, refusal.value.rule) == ("payment_currency", "a currency")
    assert MEASURES[code].unit in str(refusal.value)
    check_currency("PKR")
    with pytest.raises(Refused) as refusal:
        check_currency("ZZZ")
    assert refusal.value.rule == "ISO 4217"


def test_the_kind_on_chain_is_the_hash_of_the_whole_record_and_differs_by_any_part_of_it() -> None:
    text = b'{"base":"60 F","code":"OIL","digits":2,"unit":"net standard barrel"}'
    assert MEASURES["OIL"].kind == "0x" + hashlib.sha256(text).hexdigest()
    oil = MEASURES["OIL"]
    others = [
        dataclasses.replace(oil, base="15 C"),
        dataclasses.replace(oil, digits=3),
        dataclasses.replace(oil, unit="gross barrel"),
        *(MEASURES[code] for code in ALL if code != "OIL"),
    ]
    assert len({oil.kind, *(row.kind for row in others)}) == 1 + len(others)
