"""The verifier against hands without a key (integrity) and against the issuer's own hand (what the records say)."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custody.reconciliation.cash import OWED
from custody.reconciliation.equations import Observations, Observed
from custody.reconciliation.evidence import verify_evidence
from custody.reconciliation.evidence.models import EvidencePack
from custody.reconciliation.evidence.services import members_of
from custody.reconciliation.models import Source
from custody.reconciliation.services import equations
from custody.registries.models import Statement
from tests.db.reconciliation.evidence.forging import (
    ALL,
    APPROVED,
    AUDITED,
    CONFIRMED,
    EQUATIONS,
    FILES,
    HELD,
    REGISTER,
    ROOT,
    SIGNED,
    at,
    edit,
    only,
)
from tests.db.reconciliation.evidence.world import (
    ISSUER,
    REGISTRAR,
    STRANGER,
    Members,
    altered,
    forged,
    rows,
    signed,
    verified,
    written,
)
from tests.db.reconciliation.world import A
from tokenization.kernel.canonical import canonical_json

pytestmark = pytest.mark.django_db


def test_an_untouched_pack_is_right_in_everything(content: bytes, tmp_path: Path) -> None:
    found = verified(content, tmp_path)
    assert (found.code, found.faults, found.last) == (0, [], "Nothing is wrong with this pack.")
    assert [line.startswith(start) for line, start in zip(found.fine, ALL, strict=True)] == [True] * len(ALL)
    assert verified(content, tmp_path, "--confirmer", REGISTRAR.address.upper().replace("0X", "0x")).code == 0


def test_the_file_in_the_pack_works_alone(content: bytes, tmp_path: Path) -> None:
    """Away from our code and our folders: standard library and eth_account."""
    (tmp_path / "verify_evidence.py").write_bytes(members_of(content)["verify_evidence.py"])
    (tmp_path / "pack.zip").write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-I", "verify_evidence.py", "pack.zip", "--signer", ISSUER.address],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("Nothing is wrong with this pack.\n")


# Hands without a key -------------------------------------------------------------------------------------------------


def sha(data: bytes) -> str:
    return verify_evidence.sha256(data)


def held(content: bytes) -> str:
    return next(name for name in members_of(content) if name.endswith("S-1.csv"))


def test_one_byte_of_a_stored_file(content: bytes, tmp_path: Path) -> None:
    """In the zip itself, so that its own checksum is wrong too."""
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    path = held(content)
    body = members_of(content)[path]
    at = content.index(body) + random.Random(seed).randrange(len(body))
    broken = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
    now = broken[content.index(body) :][: len(body)]
    found, told = verified(broken, tmp_path), Statement.objects.get()
    assert found.faults == [
        f"The file {path} was altered: its SHA-256 is {sha(now)}, the manifest says {sha(body)}.",
        f"The stored file {path} (the depository's statement {told}) is not the one that was received.",
    ]
    assert found.code == 1


def test_one_row(content: bytes, tmp_path: Path) -> None:
    def change(members: Members) -> None:
        members["equations.jsonl"] = members["equations.jsonl"].replace(b"total supply = register", b"all is well", 1)

    before, after = members_of(content)["equations.jsonl"], members_of(altered(content, change))["equations.jsonl"]
    assert before.splitlines()[2] != after.splitlines()[2]
    only(
        verified(altered(content, change), tmp_path), FILES,
        f"The file equations.jsonl was altered: its SHA-256 is {sha(after)}, the manifest says {sha(before)}.",
        f"Row 3 of equations.jsonl was altered; it now reads {after.splitlines()[2].decode()[:160]}",
    )  # fmt: skip


def test_a_row_taken_out_and_a_row_put_in(content: bytes, tmp_path: Path) -> None:
    path = "contracts.jsonl"

    def out(members: Members) -> None:
        members[path] = b"".join(members[path].splitlines(keepends=True)[1:])

    def put(members: Members) -> None:
        members[path] += b'{"name":"OURS"}\n'

    assert verified(altered(content, out), tmp_path).faults[1:] == ["Row 1 of contracts.jsonl is missing."]
    count = len(rows(members_of(content), path))
    assert verified(altered(content, put), tmp_path).faults[1:] == [
        f'Row {count + 1} of contracts.jsonl was added: {{"name":"OURS"}}'
    ]


def test_two_files_that_changed_places(content: bytes, tmp_path: Path) -> None:
    def change(members: Members) -> None:
        one, other = "breaks.jsonl", "contracts.jsonl"
        members[one], members[other] = members[other], members[one]

    only(
        verified(altered(content, change), tmp_path), FILES,
        "The files breaks.jsonl and contracts.jsonl have changed places.",
    )  # fmt: skip


def test_a_file_taken_out_and_a_file_put_in(content: bytes, tmp_path: Path) -> None:
    path, told = held(content), Statement.objects.get()
    assert verified(altered(content, lambda members: members.pop(path) and None), tmp_path).faults == [
        f"The file {path} is missing: the manifest lists it.",
        f"The stored file {path} (the depository's statement {told}) is named, and its bytes are not in the pack.",
    ]
    only(
        verified(altered(content, lambda members: members.update({"files/letter.pdf": b"%PDF"})), tmp_path), FILES,
        "The file files/letter.pdf was added: the manifest does not list it.",
    )  # fmt: skip


def test_another_signer(content: bytes, tmp_path: Path) -> None:
    other = forged(content, lambda members: None, key=STRANGER)
    only(
        verified(other, tmp_path), SIGNED,
        f"The manifest was signed by {STRANGER.address}, not by the issuer's key {ISSUER.address} that you gave.",
    )  # fmt: skip
    assert verified(other, tmp_path, signer=STRANGER.address).code == 0  # control: it is his


def test_a_manifest_altered_after_it_was_signed(content: bytes, tmp_path: Path) -> None:
    def change(members: Members) -> None:
        members["manifest.json"] = members["manifest.json"].replace(b'"audit_sequence":', b'"audit_sequence": ')

    only(
        verified(altered(content, change), tmp_path), SIGNED,
        f"The manifest was altered after {ISSUER.address} signed it, or the signature was.",
    )  # fmt: skip


@pytest.mark.parametrize("signature", ["0x" + "00" * 65, "0x12", "nothing", "0x" + "ff" * 65])
def test_a_signature_that_is_none(signature: str, content: bytes, tmp_path: Path) -> None:
    def change(members: Members) -> None:
        told = {"signature": signature, "signer": ISSUER.address}
        members["signature.json"] = canonical_json(told).encode()

    only(
        verified(altered(content, change), tmp_path), SIGNED,
        f"The manifest was altered after {ISSUER.address} signed it, or the signature was.",
    )  # fmt: skip


def test_a_stale_root_though_the_issuer_signed_it(content: bytes, tmp_path: Path) -> None:
    stale = "0x" + "5a" * 32

    def change(members: Members) -> None:
        manifest = json.loads(members["manifest.json"])
        fresh.append(manifest["root"])
        text = canonical_json(manifest | {"root": stale})
        members["manifest.json"], members["signature.json"] = text.encode(), signed(text, ISSUER)

    fresh: list[str] = []
    broken = altered(content, change)
    only(
        verified(broken, tmp_path), ROOT,
        f"The Merkle root of the manifest, {stale}, is stale: its list of files gives {fresh[0]}.",
    )  # fmt: skip


def test_what_is_no_pack(tmp_path: Path) -> None:
    found = verified(b"PK nothing", tmp_path)
    assert (found.code, found.faults) == (1, ["The pack cannot be read: File is not a zip file"])


# The issuer's own hand: all hashes and the signature are right -------------------------------------------------------


def test_an_equation_that_does_not_follow(content: bytes, tmp_path: Path) -> None:
    place = at(content, "equations.jsonl", name="bridge")
    only(
        verified(forged(content, edit("equations.jsonl", place, left=51, right=51)), tmp_path), EQUATIONS,
        "The equation bridge says 51 and 51; its observations give 50 and 50.",
    )  # fmt: skip
    only(
        verified(forged(content, edit("equations.jsonl", place, holds=False)), tmp_path), EQUATIONS,
        "The equation bridge says the difference 0 and holds False: not so.",
        "The run says green or red otherwise than its equations do.",
    )  # fmt: skip


def test_an_equation_left_out_or_invented(content: bytes, tmp_path: Path) -> None:
    def out(members: Members) -> None:
        members["equations.jsonl"] = written([r for r in rows(members, "equations.jsonl") if r["name"] != "cap"])

    only(
        verified(forged(content, out), tmp_path), EQUATIONS,
        "The equation cap is missing though its records were observed.",
    )  # fmt: skip
    invented = edit("equations.jsonl", at(content, "equations.jsonl", name="cap"), name="cap.better")
    assert (
        "The equation cap.better is not one that this verifier knows."
        in verified(forged(content, invented), tmp_path).faults
    )


def test_an_observation_whose_parts_do_not_add_up(content: bytes, tmp_path: Path) -> None:
    place = at(content, "observations.jsonl", source="CHAIN", name="balances")
    assert verified(forged(content, edit("observations.jsonl", place, detail={A: "29"})), tmp_path).faults == [
        "The equation chain.each.balances says 0 and 0; its observations give 1 and 0.",
        "The observation CHAIN/balances is 30, but its parts add up to 29.",
    ]


def test_units_in_the_register(content: bytes, tmp_path: Path) -> None:
    def change(members: Members) -> None:
        found = rows(members, "register-entries.jsonl")
        found[0]["units"], found[1]["units"] = -31, 31
        members["register-entries.jsonl"] = written(found)

    entries = [row["entry"] for row in rows(members_of(content), "register-entries.jsonl")]
    only(
        verified(forged(content, change), tmp_path), REGISTER,
        f"Entry {entries[0]} does not fit the instruction No. 1 that it names.",
        f"Entry {entries[1]} does not fit the instruction No. 1 that it names.",
        f"Wallet {A}: the entries give 31 units, the run saw 30.",
        "Register, issued: the entries give 31, the run saw 30.",
        "Register, explained supply: the entries give 31, the run saw 30.",
    )  # fmt: skip


def test_one_leg_of_the_register(content: bytes, tmp_path: Path) -> None:
    found = verified(forged(content, edit("register-entries.jsonl", 1, account="0x" + "0e" * 20)), tmp_path)
    only(
        found, REGISTER,
        f"Wallet {A}: the entries give 0 units, the run saw 30.",
        f"Wallet 0x{'0e' * 20}: the entries give 30 units, the run saw 0.",
    )  # fmt: skip
    legs = verified(forged(content, edit("register-entries.jsonl", 1, log=9)), tmp_path).faults
    assert [fault for fault in legs if "do not sum to zero but to 30" in fault] != []


def test_units_on_their_way(content: bytes, tmp_path: Path) -> None:
    only(
        verified(forged(content, edit("in-flight.jsonl", 0, units=19)), tmp_path), REGISTER,
        "The units not yet minted are not those of the instructions that the run names as on their way.",
    )  # fmt: skip


def test_an_approval_of_other_items(content: bytes, tmp_path: Path) -> None:
    issue = rows(members_of(content), "instructions.jsonl")[0]
    place = at(content, "approvals.jsonl", approval=issue["approval"])
    other = [{"leaf": "0x" + "01" * 32, "body": {}}]
    only(
        verified(forged(content, edit("approvals.jsonl", place, items=other)), tmp_path), APPROVED,
        f"Approval {issue['approval']}: the root of its 1 items is not the root that was approved.",
        "Instruction No. 1 took effect, and no approval in the pack holds its leaf.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"payload": "{}"}, "what was approved is not what its hash says."),
        ({"checker": "same", "maker": "same"}, "was not given by two persons."),
        ({"two_houses": True, "maker_house": "ISSUER", "checker_house": "ISSUER"}, "needed two houses and had one."),
    ],
)
def test_an_approval_that_is_none(values: dict[str, Any], fault: str, content: bytes, tmp_path: Path) -> None:
    found = verified(forged(content, edit("approvals.jsonl", 0, **values)), tmp_path)
    assert len(found.faults) == 1
    assert found.faults[0].startswith("Approval ")
    assert found.faults[0].endswith(fault)
    assert len(found.fine) == len(ALL) - 1


def test_an_instruction_of_other_units_than_approved(content: bytes, tmp_path: Path) -> None:
    found = verified(forged(content, edit("instructions.jsonl", 2, units=21)), tmp_path)
    assert found.faults == ["Instruction No. 3 is not what its leaf says that was approved."]
    unapproved = verified(forged(content, edit("instructions.jsonl", 0, approval=None)), tmp_path)
    only(unapproved, APPROVED, "Instruction No. 1 took effect, and no approval in the pack holds its leaf.")


def test_a_confirmation_of_other_figures(content: bytes, tmp_path: Path) -> None:
    found = verified(forged(content, edit("confirmations.jsonl", 1, valid_until=1)), tmp_path)
    only(
        found, CONFIRMED,
        f"Confirmation No. 4 (REG-4) was not signed by {REGISTRAR.address}: its figures or its signature were altered.",
    )  # fmt: skip
    salted = verified(forged(content, edit("confirmations.jsonl", 1, salt="0x" + "00" * 32)), tmp_path)
    only(
        salted, CONFIRMED,
        "Confirmation No. 4 (REG-4): its reference on chain is not the hash of the registry's reference.",
    )  # fmt: skip


def test_a_confirmation_left_out(content: bytes, tmp_path: Path) -> None:
    def out(members: Members) -> None:
        members["confirmations.jsonl"] = written(rows(members, "confirmations.jsonl")[:1])

    only(
        verified(forged(content, out), tmp_path), CONFIRMED,
        "Registry, confirmed: the confirmations give 30, the run saw 50.",
        "Registry, immobilised: the confirmations give 30, the run saw 50.",
    )  # fmt: skip


def test_a_registrar_whose_key_it_was_not(content: bytes, tmp_path: Path) -> None:
    late = forged(content, edit("confirmers.jsonl", 0, valid_from="2027-01-01T00:00:00.000000Z"))
    said = f"was signed by {REGISTRAR.address}, whose key was not the registrar's then."
    faults = [f"Confirmation No. {number} (REG-{number}) {said}" for number in (2, 4)]
    only(verified(late, tmp_path), CONFIRMED, *faults)
    only(verified(content, tmp_path, "--confirmer", STRANGER.address), CONFIRMED, *faults)


def test_a_statement_with_other_figures_or_without_its_file(content: bytes, tmp_path: Path) -> None:
    only(
        verified(forged(content, edit("statements.jsonl", 0, conventional_minor=701)), tmp_path), HELD,
        "The statement S-1 has another figure for conventional than the run saw.",
    )  # fmt: skip
    only(
        verified(forged(content, edit("statements.jsonl", 0, file="0x" + "00" * 32)), tmp_path), HELD,
        "The file of the statement S-1 is not in the pack.",
    )  # fmt: skip


def test_an_audit_entry(content: bytes, tmp_path: Path) -> None:
    number = rows(members_of(content), "audit-entries.jsonl")[1]["sequence"]
    only(
        verified(forged(content, edit("audit-entries.jsonl", 1, body='{"n":1}')), tmp_path), AUDITED,
        f"Entry {number} of the audit log was altered: its hash is not the hash of its content.",
    )  # fmt: skip

    def rehashed(members: Members) -> None:
        found = rows(members, "audit-entries.jsonl")
        row = found[1] | {"body": '{"n":1}'}
        keys = ("sequence", "id", "at", "actor_id", "actor_name", "action", "subject", "body", "previous_hash")
        pieces = [str(row[name]).encode() for name in keys]
        found[1] = row | {"hash": sha(b"".join(b"%d:%s," % (len(piece), piece) for piece in pieces))}
        members["audit-entries.jsonl"] = written(found)

    only(
        verified(forged(content, rehashed), tmp_path), AUDITED,
        f"Entry {number} of the audit log does not stand in the chain of hashes.",
    )  # fmt: skip


def test_a_chain_of_the_audit_log_that_ends_elsewhere(content: bytes, pack: EvidencePack, tmp_path: Path) -> None:
    links = rows(members_of(content), "audit-links.jsonl")
    head = json.loads(pack.manifest)
    last = edit("audit-links.jsonl", len(links) - 1, hash="0x" + "00" * 32)
    assert verified(forged(content, last), tmp_path).faults[-1] == (
        f"The chain of the audit log does not end at the head {head['audit_hash']} of the manifest."
    )

    def gap(members: Members) -> None:
        members["audit-links.jsonl"] = written(links[:-1])

    assert (
        f"The chain of the audit log has a gap before its head, entry {head['audit_sequence']}."
        in verified(forged(content, gap), tmp_path).faults
    )


# The equations a second time -----------------------------------------------------------------------------------------

_numbers = st.integers(min_value=-(10**20), max_value=10**20)
NAMES = {
    "CHAIN": (
        *("total supply", "issued", "redeemed", "annulled", "confirmed", "withdrawn"),
        *("attestation", "attested", "held against it", "attestation ends", "eligible"),
    ),
    "ATTESTATION": (
        "attestation", "attested", "held against it", "attestation ends", "eligible", "set aside for burns",
    ),
    "REGISTER": ("explained supply", "issued", "annulled", "undue units", "backing needed"),
    "REGISTRY": ("immobilised", "confirmed", "immobilised at statement"),
    "INSTRUCTIONS": (
        "issued", "not yet minted", "not yet released", "withdrawn", "cap not yet raised", "cap reduced"
    ),
    "STATEMENT": ("outstanding", "conventional", "immobilised"),
    "CASH": (
        "settlement account", *OWED.values(), "paid settlements", "credited, not yet minted", "items in suspense",
        "pay-outs owed", "on chain, not yet booked",
    ),
}  # fmt: skip
_parts = st.dictionaries(st.sampled_from(["0xa", "0xb", "0xc"]), st.integers(1, 9).map(str))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_both_readings_of_every_equation_agree(data: st.DataObject) -> None:
    seen = [
        Observed(Source(source), name, data.draw(_numbers))
        for source, names in NAMES.items()
        for name in names
    ]  # fmt: skip
    by_part = (
        *(("CHAIN", "balances"), ("CHAIN", "frozen"), ("REGISTER", "positions"), ("REGISTER", "frozen")),
        *(("REGISTER", "items behind it"), ("VAULT", "items behind it")),
    )
    for source, name in by_part:
        parts = data.draw(_parts)
        seen.append(Observed(Source(source), name, sum(map(int, parts.values())), "units", parts))
    told = {f"{o.source}/{o.name}": {"value": o.value, "detail": dict(o.detail)} for o in seen}
    ours = {e.name: (e.left, e.right) for e in equations(Observations(seen))}
    assert ours == {name: verify_evidence.sides(name, told) for name in verify_evidence.EQUATIONS}


def test_keccak_is_the_chains() -> None:
    from eth_utils.crypto import keccak

    for length in (0, 1, 31, 134, 135, 136, 137, 271, 272, 500):
        data = random.Random(length).randbytes(length)
        assert verify_evidence.keccak256(data) == keccak(data), length
    assert verify_evidence.keccak256(b"").hex().startswith("c5d2460186f7233c")  # Ethereum Yellow Paper, appendix
