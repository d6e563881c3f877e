from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenization.identity.roles import House
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import Refused

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=20,
)


def test_keys_are_sorted_and_nothing_is_spaced() -> None:
    assert canonical_json({"b": [1, 2], "a": {"z": None, "y": True}}) == '{"a":{"y":true,"z":null},"b":[1,2]}'


def test_decimals_dates_and_enums_become_strings() -> None:
    karachi = timezone(timedelta(hours=5))
    value = {
        "rate": Decimal("280.50000000"),
        "tiny": Decimal("1E-8"),
        "day": date(2026, 3, 2),
        "at": datetime(2026, 3, 2, 14, 0, tzinfo=karachi),
        "house": House.ISSUER,
        "pair": (1, 2),
    }
    assert json.loads(canonical_json(value)) == {
        "rate": "280.50000000",
        "tiny": "0.00000001",
        "day": "2026-03-02",
        "at": "2026-03-02T09:00:00.000000Z",
        "house": "ISSUER",
        "pair": [1, 2],
    }


def test_letters_stay_letters() -> None:
    assert canonical_json("پاکستان") == '"پاکستان"'


@pytest.mark.parametrize(
    "value",
    [1.5, float("nan"), {"a": [0.1]}, {1: 2}, {3}, b"x", object(), Decimal("NaN"), datetime(2026, 1, 1)],  # noqa: DTZ001
)
def test_what_has_no_exact_text_is_refused(value: Any) -> None:
    with pytest.raises(Refused):
        canonical_json(value)


@given(JSON)
def test_the_text_is_a_fixed_point(value: Any) -> None:
    text = canonical_json(value)
    assert json.loads(text) == value
    assert canonical_json(json.loads(text)) == text


def test_sha256_of_the_published_example() -> None:
    # FIPS 180-4, example "abc".
    digest = "0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256_hex("abc") == digest
    assert sha256_hex(b"abc") == digest
