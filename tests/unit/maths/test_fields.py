"""Reading JSON fields: what passes exactly, and what is refused."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuance.maths.faults import Fault
from issuance.maths.fields import (
    Inexact,
    Members,
    at_most_places,
    date_of,
    decimal_of,
    load,
    members_of,
    text_of,
    truth_of,
    whole_of,
)


def rule_of(call, *arguments) -> str:
    with pytest.raises(Fault) as caught:
        call(*arguments)
    assert caught.value.field == "x"
    return caught.value.rule


@pytest.mark.parametrize(
    ("given_value", "number"),
    [
        ("97.4217", Decimal("97.4217")),
        ("97.50", Decimal("97.50")),
        ("-0.5", Decimal("-0.5")),
        ("007", Decimal(7)),
        (12, Decimal(12)),
        (-3, Decimal(-3)),
        ("123456789012345.123456789012345678901234567890", Decimal("123456789012345.123456789012345678901234567890")),
    ],
)
def test_plain_numbers_are_read_digit_for_digit(given_value, number):
    assert decimal_of(given_value, "x").as_tuple() == number.as_tuple()


def test_no_zero_is_negative():
    assert not decimal_of("-0.00", "x").is_signed()


@pytest.mark.parametrize(
    "given_value",
    [
        "1e5", "1E5", "NaN", "Infinity", "-Infinity", "+1", " 1", "1 ", "1.", ".5", "", "1,000", "1_000", "--1", "0x10",
        "1\n", "\u0661", "1234567890123456", "0." + "1" * 31, 10**15, -(10**15),
    ],
)  # fmt: skip
def test_what_is_no_plain_number_is_refused(given_value):
    assert rule_of(decimal_of, given_value, "x").startswith("a plain decimal number")


@pytest.mark.parametrize("text", ["1.5", "1e2", "NaN", "Infinity", "-Infinity", "1E400"])
def test_json_numbers_that_are_not_exact_are_kept_as_written_and_refused(text):
    value = load(text, "x")
    assert isinstance(value, Inexact)
    assert value == text
    for read in (decimal_of, whole_of, date_of, text_of, truth_of):
        assert rule_of(read, value, "x")
    assert rule_of(decimal_of, value, "x") == "an exact number: a decimal in a string, not a JSON float"


@given(st.integers(min_value=0, max_value=10**24 - 1))
def test_whole_numbers_of_any_size_money_has(number):
    assert whole_of(number, "x") == whole_of(str(number), "x") == number
    assert whole_of(load(json.dumps(number), "x"), "x") == number


@pytest.mark.parametrize("value", [-1, 10**24, "-1", "1.0", "", "1e3", True, None, [], {}, " 1", "\u0661"])
def test_what_is_no_whole_number_is_refused(value):
    assert rule_of(whole_of, value, "x") == "a whole number of 0 or more, without point or exponent"


@given(st.dates(min_value=date(1900, 1, 1)))
def test_dates_are_read_as_written(day):
    assert date_of(day.isoformat(), "x") == day


@pytest.mark.parametrize("value", ["2026-7-2", "20260702", "2026-07-02T00:00", "02-07-2026", "", 20260702, None, True])
def test_other_ways_to_write_a_date_are_refused(value):
    assert rule_of(date_of, value, "x") == 'a date "YYYY-MM-DD"'


@pytest.mark.parametrize("value", ["2026-02-29", "2026-13-01", "2026-04-31", "0000-01-01"])
def test_dates_that_do_not_exist_are_refused(value):
    assert rule_of(date_of, value, "x") == f"a date that exists, not {value}"


def test_texts_and_truths():
    assert text_of("a" * 200, "x") == "a" * 200
    for value in ("", "a" * 201, 1, None, ["a"]):
        assert rule_of(text_of, value, "x") == "a string of 1 to 200 characters"
    assert (truth_of(True, "x"), truth_of(False, "x")) == (True, False)
    for value in (1, 0, "true", None):
        assert rule_of(truth_of, value, "x") == "true or false"


def test_places():
    assert at_most_places(Decimal("97.42170"), 4, "x") == Decimal("97.4217")
    assert at_most_places(Decimal(97), 0, "x") == 97
    assert rule_of(at_most_places, Decimal("97.42171"), 4, "x") == "at most 4 decimals"


def test_objects_have_known_names_once():
    known = frozenset({"a", "b"})
    assert members_of(load('{"a": 1, "b": null}', "x"), "x", known) == {"a": 1, "b": None}
    assert rule_of(members_of, [], "x", known) == "a JSON object"
    assert rule_of(members_of, load('{"x": 1}', "x"), "x", known) == "not a known field; known: a, b"
    assert rule_of(members_of, load('{"x": 1, "x": 1}', "x"), "x", frozenset("x")) == "given once"
    nested = load('{"a": {"x": 1, "x": 2}}', "x")
    assert isinstance(nested, Members)
    assert rule_of(members_of, nested["a"], "x", frozenset("x")) == "given once"


def test_a_fault_knows_its_path():
    inner = Fault("face", "above 0")
    assert (inner.within("bids[3]").field, str(inner.within("bids[3]"))) == ("bids[3].face", "bids[3].face: above 0")
    assert Fault("", "a JSON object").within("bids[3]").field == "bids[3]"


@given(st.text(max_size=50))
def test_no_text_is_read_with_anything_but_a_fault(text):
    try:
        load(text, "x")
    except Fault as fault:
        caught = fault
    else:
        caught = None
    assert caught is None or caught.field == "x"
