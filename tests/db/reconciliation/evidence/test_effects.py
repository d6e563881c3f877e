"""A pack whose effects nobody instructed, in the issuer's own hand: every hash and the signature are right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from custody.reconciliation.evidence.models import EvidencePack
from custody.reconciliation.evidence.packing import members_of
from custody.reconciliation.evidence.services import evidence_advance, evidence_bytes, evidence_prepare
from tests.db.reconciliation.evidence.forging import HELD, REGISTER, edit, only
from tests.db.reconciliation.evidence.world import Members, SignedBooks, audited, forged, rows, verified, written
from tests.db.reconciliation.world import A, Contract, run
from tests.factories.identity import person
from tests.factories.ledger import NOW, wallet
from tokenization.kernel.canonical import canonical_json

pytestmark = pytest.mark.django_db
PATH = "register-entries.jsonl"


def more(content: bytes, path: str, *added: dict[str, Any]) -> bytes:
    def change(members: Members) -> None:
        members[path] = written([*rows(members, path), *added])

    return forged(content, change)


def pair(account: str, cause: str, instruction: int | None = None) -> list[dict[str, Any]]:
    """Five units to an account and back, so that no sum tells of them."""
    row = {"block": 101, "block_hash": "0x" + "a" * 64, "cause": cause, "instruction": instruction}
    made = []
    for log, (one, other) in enumerate(((account, A), (A, account)), start=50):
        for leg, (name, units) in enumerate(((one, -5), (other, 5))):
            place = {"entry": 900 + len(made), "transaction": "0x" + "b" * 64, "log": log, "leg": leg}
            made.append(row | place | {"account": name, "units": units})
    return made


@pytest.mark.parametrize(
    ("account", "cause"),
    [("ISSUED", "ISSUE"), ("REDEEMED", "REDEEM"), ("ANNULLED", "ANNUL"), ("ISSUED", "UNEXPLAINED")],
)
def test_an_effect_that_no_instruction_explains(account: str, cause: str, content: bytes, tmp_path: Path) -> None:
    found = verified(more(content, PATH, *pair(account, cause)), tmp_path)
    assert f"Entry 900 moves -5 units on {account} as {cause}, and names no instruction." in found.faults
    assert {fault.split(" moves ")[0] for fault in found.faults} >= {"Entry 900", "Entry 903"}
    assert all(fault.endswith("names no instruction.") for fault in found.faults)


@pytest.mark.parametrize("cause", ["ISSUE", "FORCED_TRANSFER", "RECOVERY"])
def test_a_wallets_entry_as_instructed_that_names_nothing(cause: str, content: bytes, tmp_path: Path) -> None:
    found = verified(more(content, PATH, *pair(A, cause)), tmp_path)
    only(found, REGISTER, *(f"Entry {900 + n} moves {units} units as {cause}, and names no instruction."
                            for n, units in enumerate((-5, 5, -5, 5))))  # fmt: skip


@pytest.mark.parametrize(("account", "cause"), [("UNEXPLAINED", "UNEXPLAINED"), (A, "OWN_TRANSFER")])
def test_what_may_go_without_an_instruction(account: str, cause: str, content: bytes, tmp_path: Path) -> None:
    """The control: a holder's own transfer, and what is told as unexplained."""
    assert verified(more(content, PATH, *pair(account, cause)), tmp_path).faults == []


def test_an_effect_of_another_kind_than_was_instructed(content: bytes, tmp_path: Path) -> None:
    entries = [row["entry"] for row in rows(members_of(content), PATH)]
    found = verified(forged(content, edit(PATH, 0, cause="REDEEM")), tmp_path)
    only(found, REGISTER, f"Entry {entries[0]} does not fit the instruction No. 1 that it names.")


def test_issues_done_are_counted_again(content: bytes, tmp_path: Path) -> None:
    """Both sides of the equation altered together: it holds, and the instructions say otherwise."""

    def change(to: Members) -> None:
        seen, equations = rows(to, "observations.jsonl"), rows(to, "equations.jsonl")
        for row in seen:
            if (row["source"], row["name"]) == ("INSTRUCTIONS", "issued"):
                row["value"] = 31
        for row in equations:
            if row["name"] == "instructions.issued":
                row |= {"left": 31, "difference": 1, "holds": False}
        to["observations.jsonl"], to["equations.jsonl"] = written(seen), written(equations)
        to["run.json"] = canonical_json({**rows(to, "run.json")[0], "green": False}).encode()

    only(
        verified(forged(content, change), tmp_path), REGISTER,
        "Instructions, issued: those that took effect give 30, the run saw 31.",
    )  # fmt: skip


def test_a_stored_file_that_is_named_and_not_there(content: bytes, tmp_path: Path) -> None:
    """Left out of the manifest too, so that only the list of stored files knows of it."""
    path = next(name for name in members_of(content) if name.endswith("S-1.csv"))
    what = next(row["what"] for row in rows(members_of(content), "files.jsonl") if row["path"] == path)
    only(
        verified(forged(content, lambda to: to.pop(path) and None), tmp_path), HELD,
        f"The stored file {path} ({what}) is named, and its bytes are not in the pack.",
    )  # fmt: skip


def test_a_redemption_that_burns_disputed_units_too_is_no_fault(
    signed_books: SignedBooks, contract: Contract, tmp_path: Path
) -> None:
    """The control of legs: 30 of the 31 burned units were issued, one was created by nobody, and one log burns both."""
    signed_books.mint(A, 1)
    signed_books.mine_and_post()
    burn = signed_books.sent("REDEEM", 31, wallet(0xA))
    signed_books.burn(A, 31, burn.number)
    signed_books.mine_and_post()
    contract.balances, contract.issued, contract.redeemed = {A: 0}, 31, 31
    contract.used.add(burn.number)
    audited()
    pack = evidence_prepare(run=run(signed_books), actor=person("AUDITOR"), now=NOW)
    evidence_advance(now=NOW)
    content = evidence_bytes(EvidencePack.objects.get(pk=pack.pk))
    legs = [row["units"] for row in rows(members_of(content), PATH) if row["instruction"] == burn.number]
    assert sorted(legs) == [-31, 1, 30]
    assert [fault for fault in verified(content, tmp_path).faults if "Entry" in fault] == []
