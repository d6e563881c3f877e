"""Each figure of a run altered alone: exactly these equations fail, by exactly that, here and in the verifier."""

from __future__ import annotations

from typing import Any

import pytest

from custody.reconciliation.equations import Observations, differences
from custody.reconciliation.evidence import verify_evidence
from custody.reconciliation.services import equations
from tests.unit.reconciliation.seen import PARTS, SEEN, Key, by_name, failing, seen

# By what a figure that is 7 too high moves each equation.
MOVES: dict[Key, dict[str, int]] = {
    ("CHAIN", "total supply"): {
        "chain.counters": -7, "chain.balances": 7, "chain.register": 7, "supply.explained": 7, "bridge": -7,
        "cash.tokens": 7,
    },
    ("CHAIN", "issued"): {"chain.counters": 7},
    ("CHAIN", "redeemed"): {"chain.counters": -7},
    ("CHAIN", "annulled"): {"chain.counters": -7},
    ("CHAIN", "balances"): {"chain.balances": -7},
    ("CHAIN", "confirmed"): {"cap": 7},
    ("CHAIN", "withdrawn"): {"cap": -7},
    ("REGISTER", "positions"): {"chain.register": -7},
    ("REGISTER", "explained supply"): {"supply.explained": -7},
    ("REGISTER", "undue units"): {"supply.undue": 7},
    ("REGISTER", "issued"): {"instructions.issued": -7},
    ("REGISTER", "annulled"): {"bridge": -7},
    ("INSTRUCTIONS", "issued"): {"instructions.issued": 7},
    ("INSTRUCTIONS", "not yet minted"): {"bridge": -7},
    ("INSTRUCTIONS", "not yet released"): {"bridge": -7},
    ("INSTRUCTIONS", "withdrawn"): {"bridge": -7},
    ("INSTRUCTIONS", "cap not yet raised"): {"cap": 7},
    ("INSTRUCTIONS", "cap reduced"): {"cap": 7},
    ("REGISTRY", "immobilised"): {"bridge": 7},
    ("REGISTRY", "confirmed"): {"cap": -7},
    ("REGISTRY", "immobilised at statement"): {"statement.immobilised": -7},
    ("STATEMENT", "outstanding"): {"statement.adds-up": 7},
    ("STATEMENT", "conventional"): {"statement.adds-up": -7},
    ("STATEMENT", "immobilised"): {"statement.adds-up": -7, "statement.immobilised": 7},
    ("CASH", "settlement account"): {"cash.account": 7},
    ("CASH", "unswept"): {"cash.account": -7, "cash.unswept": 7},
    ("CASH", "suspense"): {"cash.account": -7, "cash.suspense": 7},
    ("CASH", "set aside for holders"): {"cash.account": -7},
    ("CASH", "cash tokens"): {"cash.account": -7, "cash.tokens": -7},
    ("CASH", "burned, not yet paid"): {"cash.account": -7, "cash.payout": 7},
    ("CASH", "tax withheld"): {"cash.account": -7},
    ("CASH", "unclaimed"): {"cash.account": -7},
    ("CASH", "recoverable"): {"cash.account": -7},
    ("CASH", "returned, to be burned"): {"cash.account": -7},
    ("CASH", "paid settlements"): {"cash.unswept": -7},
    ("CASH", "credited, not yet minted"): {"cash.unswept": -7},
    ("CASH", "items in suspense"): {"cash.suspense": -7},
    ("CASH", "pay-outs owed"): {"cash.payout": -7},
    ("CASH", "on chain, not yet booked"): {"cash.tokens": -7},
    ("ATTESTATION", "attestation"): {"attestation.number": 7},
    ("ATTESTATION", "attested"): {"attestation.quantity": 7},
    ("ATTESTATION", "held against it"): {"attestation.encumbered": 7},
    ("ATTESTATION", "attestation ends"): {"attestation.ends": 7},
    ("ATTESTATION", "eligible"): {"attestation.eligible": 7},
    ("CHAIN", "attestation"): {"attestation.number": -7},
    ("CHAIN", "attested"): {"attestation.quantity": -7},
    ("CHAIN", "held against it"): {"attestation.encumbered": -7},
    ("CHAIN", "attestation ends"): {"attestation.ends": -7},
    ("CHAIN", "eligible"): {"attestation.eligible": -7},
}  # fmt: skip
# Read part by part, or bounded from one side: they have tests of their own below.
APART = {
    ("CHAIN", "frozen"), ("REGISTER", "frozen"), ("REGISTER", "backing needed"), ("REGISTER", "items behind it"),
    ("VAULT", "items behind it"), ("ATTESTATION", "set aside for burns"),
}  # fmt: skip


def verifiers(found: Observations) -> dict[str, int]:
    """The same by the file that auditors run."""
    told = {f"{row.source}/{row.name}": {"value": row.value, "detail": dict(row.detail)} for row in found.seen}
    sides = {name: verify_evidence.sides(name, told) for name in verify_evidence.EQUATIONS}
    return {name: left - right for name, (left, right) in sides.items() if left != right}


def test_a_token_in_order_holds_every_equation_and_none_is_left_out() -> None:
    assert failing(seen()) == verifiers(seen()) == {}
    assert set(by_name(seen())) == set(verify_evidence.EQUATIONS)
    assert set(MOVES) | APART == set(SEEN)


@pytest.mark.parametrize(
    ("key", "moves"), MOVES.items(), ids=lambda value: "/".join(value) if type(value) is tuple else ""
)
def test_one_figure_that_is_wrong_fails_these_and_no_other(key: Key, moves: dict[str, int]) -> None:
    assert failing(seen({key: 7})) == verifiers(seen({key: 7})) == moves
    assert failing(seen({key: -7})) == {name: -units for name, units in moves.items()}


PART_BY_PART: list[tuple[Key, dict[str, str], str, int, dict[str, str]]] = [
    (("CHAIN", "balances"), {"0xa": "57", "0xb": "43"}, "chain.each.balances", 6, {"0xa": "-3", "0xb": "3"}),
    (("REGISTER", "positions"), {"0xb": "100"}, "chain.each.balances", 120, {"0xa": "60", "0xb": "-60"}),
    (("CHAIN", "frozen"), {}, "chain.each.frozen", 5, {"0xa": "-5"}),
    (("REGISTER", "frozen"), {"0xb": "5"}, "chain.each.frozen", 10, {"0xa": "5", "0xb": "-5"}),
    (("VAULT", "items behind it"), {"REFINER/1/2020": "400"}, "reserve.items", 300, {"REFINER/2/2020": "300"}),
    (
        ("REGISTER", "items behind it"), {"REFINER/1/2020": "399", "REFINER/2/2020": "300", "GHOST/1/2020": "1"},
        "reserve.items", 2, {"GHOST/1/2020": "1", "REFINER/1/2020": "-1"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("key", "parts", "name", "left", "detail"), PART_BY_PART)
def test_sums_that_agree_do_not_hide_parts_that_differ(
    key: Key, parts: dict[str, str], name: str, left: int, detail: dict[str, str]
) -> None:
    found = seen(parts={key: parts})
    assert failing(found) == verifiers(found) == {name: left}
    assert by_name(found)[name].detail == detail


@pytest.mark.parametrize(
    ("needed", "items", "eligible", "short"),
    [
        (673, 700, 673, {}),
        (674, 700, 673, {"reserve.attested": 1}),
        (700, 700, 700, {}),
        (701, 700, 701, {"reserve.backing": 1}),
        (710, 700, 673, {"reserve.backing": 10, "reserve.attested": 37}),
        (0, 0, 0, {}),
    ],
)
def test_what_backs_units_may_be_more_and_never_less(
    needed: int, items: int, eligible: int, short: dict[str, int]
) -> None:
    changes = {("REGISTER", "backing needed"): needed - 650, ("VAULT", "items behind it"): items - 700}
    changes |= {(source, "eligible"): eligible - 673 for source in ("ATTESTATION", "CHAIN")}
    found = seen(changes)
    assert failing(found) == verifiers(found) == short
    assert by_name(found)["reserve.backing"].detail == {"needed": str(needed), "listed": str(items)}


@pytest.mark.parametrize(
    ("source", "gone"),
    [
        ("STATEMENT", {"statement.adds-up", "statement.immobilised"}),
        ("CASH", {"cash.account", "cash.unswept", "cash.suspense", "cash.payout", "cash.tokens"}),
        ("VAULT", {"reserve.items", "reserve.backing"}),
        ("ATTESTATION", {f"attestation.{n}" for n in ("number", "quantity", "encumbered", "ends", "eligible")}
         | {"reserve.attested"}),
    ],
)  # fmt: skip
def test_what_was_not_read_is_not_compared(source: str, gone: set[str]) -> None:
    found = seen(without=(source,))
    assert set(by_name(seen())) - set(by_name(found)) == gone
    assert failing(found) == {}


def test_every_equation_is_said_in_words_and_once() -> None:
    made = equations(seen())
    assert len({row.name for row in made}) == len({row.words for row in made}) == len(made)
    assert {row.unit for row in made if row.name.startswith(("cash.", "statement."))} == {"minor"}
    assert {row.unit for row in made if row.name.startswith(("chain.", "supply.", "bridge", "cap"))} == {"units"}


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ({}, {}, {}),
        ({"a": "1"}, {"a": "1"}, {}),
        ({"a": "0"}, {}, {}),
        ({"b": "2", "a": "1"}, {"b": "3"}, {"a": 1, "b": -1}),
        ({}, {"a": "-4"}, {"a": 4}),
    ],
)
def test_differences_name_what_differs(left: Any, right: Any, expected: dict[str, int]) -> None:
    assert differences(left, right) == expected
    assert list(differences(left, right)) == sorted(expected)


def test_the_parts_of_the_world_add_up() -> None:
    assert {key: sum(map(int, parts.values())) for key, parts in PARTS.items()} == {key: SEEN[key] for key in PARTS}
