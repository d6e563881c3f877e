"""The search for personal data finds what is hidden in the ways people hide it, and nothing else."""

from __future__ import annotations

import hashlib

import pytest
from eth_utils.crypto import keccak

from tests.support.privacy import betrayed, forms

NAME, CNIC, IBAN = "Amina Raza", "42101-1234567-8", "PK36 SCBL 0000 0011 2345 6702"
NOISE = hashlib.shake_128(b"noise").digest(4_000)


@pytest.mark.parametrize(
    "hidden",
    [
        NAME.encode(),
        NAME.upper().encode("utf-16-le"),
        NAME.encode().hex().encode(),
        keccak(text=NAME),
        hashlib.sha256(NAME.lower().encode()).digest(),
        hashlib.sha256(NAME.encode()).digest()[:20],
        keccak(NAME.encode().ljust(32, b"\0"))[-20:],
        hashlib.md5(b"aminaraza").digest(),  # noqa: S324
        hashlib.new("sha3_256", NAME.encode()).digest(),
    ],
)
def test_a_hidden_name_is_found_where_it_stands(hidden: bytes) -> None:
    chain = [("first", NOISE), ("second", NOISE[:777] + hidden + NOISE[777:])]
    assert betrayed([NAME, CNIC, IBAN], chain) == [(NAME, "second")]


def test_numbers_are_found_with_and_without_their_dashes_and_spaces() -> None:
    for datum, bare in ((CNIC, "4210112345678"), (IBAN, "PK36SCBL0000001123456702")):
        assert betrayed([datum], [("here", b"x" + keccak(text=bare))]) == [(datum, "here")]
        assert betrayed([datum], [("here", b"x" + bare.encode())]) == [(datum, "here")]


def test_a_salted_hash_and_noise_say_nothing() -> None:
    salted = keccak(bytes(range(32)) + NAME.encode())
    assert betrayed([NAME, CNIC, IBAN], [("noise", NOISE), ("salted", salted)]) == []
    # A datum is not found across the border of two places.
    assert betrayed([NAME], [("one", NAME.encode()[:5]), ("two", NAME.encode()[5:])]) == []
    assert all(len(form) >= 6 for form in forms("Ali"))
