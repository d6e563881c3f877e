"""What outsiders sign: every digest against vectors made by hand, and each field and the domain matter."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from contracts.gateway.keys import LocalKey
from contracts.gateway.messages import (
    Attestation,
    Permit,
    Trade,
    attestation_typed_data,
    permit_typed_data,
    trade_typed_data,
)
from contracts.gateway.typed_data import Confirmation, confirmation_typed_data, digest, recover

ROWS = json.loads((Path(__file__).resolve().parents[2] / "vectors" / "eip712.json").read_text())["messages"]
A, B, C, D = ("0x" + c * 40 for c in "abcd")
KEY = LocalKey("0x4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318")
SAMPLES: dict[str, Any] = {
    "Confirmation": Confirmation(A, 1, 2, 3, "0x" + "11" * 32, 4),
    "Attestation": Attestation(A, 1, 1_000, 10, 100, 200, "0x" + "22" * 32),
    "Trade": Trade(A, B, C, 5, D, 700, 8, 9, 10),
    "Permit": Permit(A, B, 5, 0, 99),
}


def typed(kind: str, chain_id: int, contract: str, name: str, message: Any) -> dict[str, Any]:
    builders: dict[str, Callable[[], dict[str, Any]]] = {
        "Confirmation": lambda: confirmation_typed_data(chain_id, contract, message),
        "Attestation": lambda: attestation_typed_data(chain_id, contract, message),
        "Trade": lambda: trade_typed_data(chain_id, contract, message),
        "Permit": lambda: permit_typed_data(chain_id, contract, name, message),
    }
    return builders[kind]()


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['kind']} on {row['chain_id']}" for row in ROWS])
def test_digests_of_the_vector_file(row: dict[str, Any]) -> None:
    values = [v if v.startswith("0x") else int(v) for v in row["values"]]
    message = type(SAMPLES[row["kind"]])(*values)
    assert digest(typed(row["kind"], row["chain_id"], row["contract"], row["name"], message)) == row["digest"]


def test_the_vector_file_covers_every_message_twice() -> None:
    assert sorted(row["kind"] for row in ROWS) == sorted([*SAMPLES, *SAMPLES])


@pytest.mark.parametrize("kind", SAMPLES)
def test_every_field_chain_and_contract_matter(kind: str) -> None:
    message = SAMPLES[kind]
    digests = {digest(typed(kind, 1, A, "T", message))}
    digests |= {digest(typed(kind, 2, A, "T", message)), digest(typed(kind, 1, B, "T", message))}
    for field in fields(message):
        old = getattr(message, field.name)
        new = old + 1 if isinstance(old, int) else "0x" + "ee" * (20 if len(old) == 42 else 32)
        digests.add(digest(typed(kind, 1, A, "T", replace(message, **{field.name: new}))))
    assert len(digests) == 3 + len(fields(message))


def test_a_signature_is_recovered_to_its_key_and_to_no_other_message() -> None:
    data = trade_typed_data(1, A, SAMPLES["Trade"])
    signature = KEY.sign_typed_data(data)
    assert recover(data, signature) == KEY.address
    other = trade_typed_data(1, A, replace(SAMPLES["Trade"], amount=701))
    assert recover(other, signature) != KEY.address


def test_the_structs_are_in_the_order_of_the_contracts() -> None:
    assert SAMPLES["Attestation"].as_tuple() == (A, 1, 1_000, 10, 100, 200, b"\x22" * 32)
    assert SAMPLES["Trade"].as_tuple() == (A, B, C, 5, D, 700, 8, 9, 10)
