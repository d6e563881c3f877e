"""References in the bank's texts: other case, spaces and hyphens are forgiven, parts of words are never taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.registries.bank.quoting import LONGEST, PIECES, SHORTEST, normal, quoted

REFERENCE = "XXTEST000016-00000012"
KEY = "XXTEST00001600000012"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@pytest.mark.parametrize(
    "text",
    [REFERENCE, REFERENCE.lower(), "XX TEST 000016 00000012", "pay:XXTEST000016/0000-0012.", f"a ({REFERENCE}) b"],
)
def test_the_reference_is_found(text: str) -> None:
    assert KEY in quoted(text)


@pytest.mark.parametrize(
    "text",
    [
        *(f"X{REFERENCE}", f"{REFERENCE}3", REFERENCE[:-1], "XXTEST000016 x 00000012", ""),
        *("X" + "ſ" + REFERENCE[2:], "X X T E S T 000016 00000012"),
    ],
)
def test_no_part_of_a_word_no_gap_and_not_too_many_pieces(text: str) -> None:
    assert KEY not in quoted(text)


def test_two_texts_do_not_make_one_reference() -> None:
    assert KEY not in quoted("XXTEST000016", "00000012")
    assert quoted("XXTEST000016", "00000012") == ["00000012", "XXTEST000016"]


@given(st.text(LETTERS + " -/.", max_size=80))
def test_whatever_is_quoted_stands_in_the_text(text: str) -> None:
    found = quoted(text)
    assert found == sorted(set(found))
    words = "".join(c if c in LETTERS else " " for c in text).upper().split()
    runs = {"".join(words[a:b]) for a in range(len(words)) for b in range(a + 1, min(a + PIECES, len(words)) + 1)}
    wanted = {run for run in runs if SHORTEST <= len(run) <= LONGEST and any(letter.isdigit() for letter in run)}
    assert set(found) == wanted


@given(st.text(max_size=60))
def test_normal_is_letters_and_digits_only_and_stays_so(text: str) -> None:
    assert normal(text) == normal(normal(text))
    assert set(normal(text)) <= set(LETTERS.upper())
