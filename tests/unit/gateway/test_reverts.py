"""Every custom error of every artifact has a sentence; what the sentences say of numbers, times and names."""

from __future__ import annotations

import string
from datetime import UTC, datetime
from typing import Any

import pytest
from eth_abi.abi import encode

from contracts.gateway import abi
from contracts.gateway.abi import Entry
from contracts.gateway.orders import BASES, BY_CODE, Order
from contracts.gateway.reverts import READINGS, explain, sentence, span, when
from contracts.gateway.sentences import SENTENCES

TOKEN, WALLET = "0x" + "ab" * 20, "0x" + "cd" * 20
ERRORS = sorted({str(entry["name"]): entry for _, entry in abi.custom_errors().values()}.items())
# Bytes of a stranger's answer: they say nothing to a person.
UNTOLD = {("PayCashStopped", "reason")}
SAMPLES: dict[str, Any] = {"address": TOKEN, "string": "text", "bytes": b"", "bool": True, "bytes32": bytes(32)}


def keys(template: str) -> set[str]:
    names = [name for _, name, _, _ in string.Formatter().parse(template) if name]
    return {part for name in names for part in name.split("-")}


def data(entry: Entry, values: list[Any]) -> bytes:
    return abi.selector(entry) + encode([abi.type_of(i) for i in entry["inputs"]], values)


@pytest.mark.parametrize(("name", "entry"), ERRORS, ids=[name for name, _ in ERRORS])
def test_every_error_of_every_artifact_has_a_sentence_that_tells_all_it_knows(name: str, entry: Entry) -> None:
    assert name in SENTENCES, f"give {name} a sentence in contracts/gateway/sentences.py"
    known = {str(i["name"]) for i in entry["inputs"]} - {arg for error, arg in UNTOLD if error == name}
    assert keys(SENTENCES[name]) == known
    values = [
        SAMPLES[i["type"]]
        if i["type"] in SAMPLES
        else (bytes(int(i["type"][5:])) if i["type"].startswith("bytes") else 3)
        for i in entry["inputs"]
    ]
    said = explain(data(entry, values))
    assert said.endswith(".")
    assert "{" not in said
    assert not said.startswith("The contract refuses")


def test_a_missing_sentence_would_be_noticed_and_is_spelled_out() -> None:
    assert "EngineNobodyWroteThis" not in SENTENCES
    assert sentence("EngineNobodyWroteThis", {"token": TOKEN}) == (
        f"The contract refuses: engine nobody wrote this (token {TOKEN})."
    )


def test_limits_say_whose_and_by_how_much() -> None:
    args = {"token": TOKEN, "requested": 1_250_000, "room": 1_000_000}
    assert sentence("EngineSeriesCeilingExceeded", args, names={TOKEN: "PK00SYNTH018"}) == (
        "Series ceiling of PK00SYNTH018: 1,250,000 units are asked for, 1,000,000 are left (250,000 too many)."
    )
    face = {"programme": "0x01", "requestedFace": 2_500_000_500_000, "room": 10**12}
    assert sentence("EngineProgrammeCeilingExceeded", face) == (
        "Programme ceiling (0x01): 2,500,000.5 minor units of face are asked for, 1,000,000 are left "
        "(1,500,000.5 too many)."
    )
    short = {"sender": WALLET.upper().replace("X", "x"), "balance": 5, "needed": 1_005}
    assert sentence("ERC20InsufficientBalance", short, names={WALLET: "the wallet of INV-001"}) == (
        "the wallet of INV-001 holds 5 units; 1,005 are needed (1,000 too few)."
    )


def test_times_are_dates_and_codes_are_named_by_the_caller() -> None:
    expiry = int(datetime(2026, 3, 2, 15, 0, 1, tzinfo=UTC).timestamp())
    args = {"wallet": WALLET, "expiry": expiry, "nowAt": expiry + 59}
    assert sentence("IdentityExpired", args) == (
        f"The registration of {WALLET} ended on 02 March 2026 15:00:01 UTC; it is 02 March 2026 15:01:00 UTC. "
        "KYC must be renewed."
    )
    country = {"token": TOKEN, "identity": WALLET, "country": 4711}
    assert "from country code 4711 are" in sentence("EngineCountryNotAdmitted", country)
    assert "from Utopia are" in sentence("EngineCountryNotAdmitted", country, names={"country:4711": "Utopia"})
    assert [when(0), when(2**40 - 1)] == ["no time at all", "the end of time"]
    assert [span(s) for s in (86_400, 172_800, 7_200, 60, 61)] == [
        "1 day",
        "2 days",
        "2 hours",
        "1 minute",
        "61 seconds",
    ]
    assert [READINGS["role"](n) for n in (6, 99)] == ["REGISTRAR", "99"]
    assert READINGS["bps"](1_250) == "12.50 %"


def test_an_order_names_a_basis_of_the_list_and_a_reference() -> None:
    assert [basis.code for basis in BASES] == [1, 2, 3, 4, 5, 6, 7]
    assert BY_CODE[1].name == "COURT_ORDER"
    assert all(basis.words and basis.law for basis in BASES)
    reference = "0x" + "11" * 32
    assert Order(6, reference).as_tuple() == (6, b"\x11" * 32)
    for order, why in (
        (Order(0, reference), "basis 0"),
        (Order(8, reference), "basis 8"),
        (Order(1, "0x00"), "32 bytes"),
    ):
        with pytest.raises(ValueError, match=why):
            order.as_tuple()
    with pytest.raises(ValueError, match="not all zero"):
        Order(1, "0x" + "00" * 32).as_tuple()
