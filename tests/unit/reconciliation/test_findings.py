"""From equations that fail to breaks: one cause is one break, and what it moves is its evidence."""

from __future__ import annotations

import pytest

from contracts.indexer.models import Log
from custody.reconciliation.breaks import Finding, findings
from custody.reconciliation.causes import RootCause
from custody.reconciliation.models import Break
from custody.reconciliation.services import equations
from tests.unit.reconciliation.seen import Key, seen

TX = "0x" + "ab" * 32
WALLET = "0x" + "0a" * 20
# The contract counts more, in step with itself and not with the register.
GROWN = [("CHAIN", "total supply"), ("CHAIN", "issued"), ("CHAIN", "balances")]
DRIFT = ["chain.register", "supply.explained", "bridge", "cash.tokens"]
WHERE = f"transaction {TX}, log 4 of block 120, and no instruction has that number, kind, wallet and quantity."


def told(found: list[Finding]) -> list[tuple[str, int, str, list[str]]]:
    return [(str(one.kind), one.units, one.unit, one.equations) for one in found]


def cause(kind: Break.Kind, made: int, units: int) -> RootCause:
    return RootCause(kind, Log(tx_hash=TX, log_index=4, block_id=120), WALLET, made, units)


def test_nothing_amiss_is_no_break() -> None:
    assert findings(equations(seen()), [], 0) == []


@pytest.mark.parametrize("units", [7, -7])
def test_a_contract_that_counts_otherwise_is_one_break_whatever_it_moves(units: int) -> None:
    found = findings(equations(seen({("CHAIN", "total supply"): units})), [], 0)
    names = ["chain.counters", "chain.balances", "chain.register", "supply.explained", "bridge", "cash.tokens"]
    assert told(found) == [("CHAIN_REGISTER_MISMATCH", units, "units", names)]
    assert found[0].key == "CHAIN_REGISTER_MISMATCH"
    supply = f"total supply = register: {100 + units} against 100"
    assert found[0].story.startswith("contract and register differ: issued - redeemed - annulled = total supply: ")
    assert supply in found[0].story


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({("CHAIN", "confirmed"): 9}, [("CAP_MISMATCH", 9, "units", ["cap"])]),
        ({("REGISTRY", "immobilised"): -4}, [("BRIDGE_GAP", -4, "units", ["bridge"])]),
        (
            {("STATEMENT", "immobilised"): 3},
            [("REGISTRY_STATEMENT_MISMATCH", -3, "minor", ["statement.adds-up", "statement.immobilised"])],
        ),
        ({("CASH", "unswept"): 5}, [("CASH_MISMATCH", -5, "minor", ["cash.account", "cash.unswept"])]),
        ({("CHAIN", "eligible"): 1}, [("ATTESTATION_MISMATCH", -1, "minor", ["attestation.eligible"])]),
        (
            {("CHAIN", "confirmed"): 9, ("CASH", "suspense"): 2, ("REGISTRY", "immobilised"): 1},
            [
                ("BRIDGE_GAP", 1, "units", ["bridge"]), ("CAP_MISMATCH", 9, "units", ["cap"]),
                ("CASH_MISMATCH", -2, "minor", ["cash.account", "cash.suspense"]),
            ],
        ),
        # A drift of the contract does not hide a bridge that is short besides.
        (
            {**dict.fromkeys(GROWN, 7), ("REGISTRY", "immobilised"): 2},
            [
                ("CHAIN_REGISTER_MISMATCH", 7, "units", DRIFT),
                ("BRIDGE_GAP", 2, "units", ["bridge"]),
            ],
        ),
    ],
)  # fmt: skip
def test_what_no_cause_explains_is_one_break_of_its_kind(
    changes: dict[Key, int], expected: list[tuple[str, int, str, list[str]]]
) -> None:
    assert told(findings(equations(seen(changes)), [], 0)) == expected


def test_units_that_nobody_instructed_are_their_own_break_and_no_other() -> None:
    more: dict[Key, int] = dict.fromkeys(
        [("CHAIN", "total supply"), ("CHAIN", "issued"), ("CHAIN", "balances"), ("REGISTER", "positions"),
         ("REGISTER", "undue units"), ("CASH", "on chain, not yet booked")], 5,
    )  # fmt: skip
    [found] = findings(equations(seen(more)), [cause(Break.Kind.UNDUE_CREATION, 8, 5)], 5)
    assert told([found]) == [("UNDUE_CREATION", 5, "units", ["supply.explained", "supply.undue", "bridge"])]
    assert found.key == f"UNDUE_CREATION:{TX}:4"
    still = " 5 still exist: disputed, earning nothing, to be removed by a numbered forced burn."
    assert found.story == f"8 units were created at {WALLET} by {WHERE}{still}"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Break.Kind.UNDUE_DESTRUCTION, f"8 units were destroyed at {WALLET} by {WHERE} The holder's claim stands."),
        (
            Break.Kind.UNDUE_MOVEMENT,
            f"8 units were moved by force from {WALLET} by {WHERE} The former holder's claim stands.",
        ),
    ],
)
def test_a_cause_that_moves_no_equation_any_more_is_still_told(kind: Break.Kind, words: str) -> None:
    [found] = findings(equations(seen()), [cause(kind, 8, 0)], 0)
    assert (found.kind, found.units, found.equations, found.story) == (kind, 8, [], words)


def test_a_missing_bar_is_named_and_a_shortfall_that_it_makes_is_its_evidence() -> None:
    parts = {("VAULT", "items behind it"): {"REFINER/1/2020": "401"}}
    changes = {("VAULT", "items behind it"): -299}
    over, missing = sorted(findings(equations(seen(changes, parts)), [], 0), key=lambda one: one.units)
    assert told([over, missing]) == [
        ("RESERVE_ITEM", -1, "minor", ["reserve.items"]),
        ("RESERVE_ITEM", 300, "minor", ["reserve.items", "reserve.backing"]),
    ]
    assert missing.key == "RESERVE_ITEM:REFINER/2/2020"
    assert missing.story == "REFINER/2/2020: 300 behind the token, not on its vault's latest list."
    assert over.story == "REFINER/1/2020: its vault's latest list has 1 more than is behind the token."


def test_a_shortfall_larger_than_the_missing_bars_is_a_break_besides() -> None:
    parts = {("VAULT", "items behind it"): {"REFINER/1/2020": "400"}}
    changes = {("VAULT", "items behind it"): -300, ("REGISTER", "backing needed"): 51}
    eligible = {(source, "eligible"): 100 for source in ("ATTESTATION", "CHAIN")}
    found = findings(equations(seen({**changes, **eligible}, parts)), [], 0)
    assert told(found) == [
        ("RESERVE_ITEM", 300, "minor", ["reserve.items"]),
        ("RESERVE_SHORT", 301, "minor", ["reserve.backing"]),
    ]
    assert found[1].story.endswith("what lies behind them by the vault's list: 701 against 400.")
