"""The pack of a run: the same bytes for ever, all of it in the manifest, and nothing of what came afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.db import Error, connection, transaction

from contracts.gateway.views import Call
from contracts.outbox.models import Intent
from custody.reconciliation.callers import CALLERS
from custody.reconciliation.evidence import anchoring, services
from custody.reconciliation.evidence.content import pack_files
from custody.reconciliation.evidence.models import EvidenceArchive, EvidencePack
from custody.reconciliation.evidence.packing import zipped
from custody.reconciliation.evidence.rows import Scope
from custody.reconciliation.evidence.services import (
    evidence_advance,
    evidence_bytes,
    evidence_differences,
    evidence_prepare,
)
from tests.db.reconciliation.evidence.world import (
    ANCHOR,
    ISSUER,
    STRANGER,
    LocalSigner,
    SignedBooks,
    audited,
    names,
    rows,
    verified,
)
from tests.db.reconciliation.world import A, Contract, run
from tests.factories.identity import person
from tests.factories.ledger import NOW
from tokenization.identity.models import AuditEntry
from tokenization.kernel.canonical import sha256_hex
from tokenization.kernel.errors import NotAllowed, Refused

pytestmark = pytest.mark.django_db
PLAIN = [
    "approvals.jsonl", "attestations.jsonl", "audit-entries.jsonl", "audit-links.jsonl", "breaks.jsonl",
    "confirmations.jsonl", "confirmers.jsonl", "contracts.jsonl", "encumbrances.jsonl", "equations.jsonl",
    "files.jsonl", "in-flight.jsonl", "instructions.jsonl", "items.jsonl", "observations.jsonl",
    "register-entries.jsonl", "statements.jsonl",
]  # fmt: skip


def members(content: bytes) -> dict[str, bytes]:
    return services.members_of(content)


def test_what_is_in_it_and_nothing_else(pack: EvidencePack, content: bytes) -> None:
    held = [name for name in names(content) if name.startswith("files/")]
    own = [*PLAIN, "manifest.json", "run.json", "signature.json", "verify_evidence.py", *held]
    assert names(content) == sorted([*own, *(f"rows/{name}.sha256" for name in PLAIN)])
    assert [name[23:] for name in held if name.endswith(".csv")] == ["S-1.csv"]
    listed = {row["path"]: (row["sha256"], row["size"]) for row in json.loads(pack.manifest)["files"]}
    inside = members(content)
    assert inside["manifest.json"].decode() == pack.manifest
    assert listed == {
        name: (sha256_hex(body), len(body))
        for name, body in inside.items()
        if name not in ("manifest.json", "signature.json")
    }


def test_its_rows_are_those_of_the_run(pack: EvidencePack, content: bytes, signed_books: SignedBooks) -> None:
    inside = members(content)
    entries = rows(inside, "register-entries.jsonl")
    assert [(row["account"], row["units"], row["instruction"]) for row in entries] == [("ISSUED", -30, 1), (A, 30, 1)]
    told = rows(inside, "instructions.jsonl")
    assert [(row["number"], row["kind"], row["units"], row["settled_block"]) for row in told] == [
        (1, "ISSUE", 30, 101), (2, "CONFIRM", 30, 101), (3, "ISSUE", 20, None), (4, "CONFIRM", 20, 101),
    ]  # fmt: skip
    assert [row["number"] for row in rows(inside, "confirmations.jsonl")] == [2, 4]
    assert rows(inside, "in-flight.jsonl") == [
        {"instruction": 3, "kind": "ISSUE", "side": "NOT_YET_MINTED", "units": 20}
    ]
    assert {row["holds"] for row in rows(inside, "equations.jsonl")} == {True}
    assert rows(inside, "breaks.jsonl") == []
    leaves = {item["leaf"] for row in rows(inside, "approvals.jsonl") for item in row["items"]}
    assert {row["leaf"] for row in told if row["kind"] == "ISSUE"} <= leaves
    head = json.loads(inside["run.json"])
    assert (head["green"], head["occasion"], head["block_number"], head["anchor"]) == (True, "month end", 101, ANCHOR)
    assert len(rows(inside, "audit-entries.jsonl")) > 4


def test_the_same_bytes_whenever_they_are_asked_for(
    pack: EvidencePack, content: bytes, signed_books: SignedBooks, contract: Contract
) -> None:
    """Also after the world moved on: instructions settle, statements come, breaks open."""
    books, waiting = signed_books, signed_books.token.instructions.get(number=3)
    books.mint(waiting.wallet.address, 20, waiting.number)
    books.mint(A, 7)
    books.mine_and_post()
    contract.balances = {A: 37, waiting.wallet.address: 20}
    contract.issued += 27
    contract.used.add(waiting.number)
    assert not run(books).green
    audited()
    again = EvidencePack.objects.get(pk=pack.pk)
    assert evidence_bytes(again) == content
    assert evidence_differences(again) == []
    scope = Scope(again.run, again.audit_sequence, json.loads(again.manifest)["audit_hash"])
    files, manifest = pack_files(scope)
    assert manifest.text == again.manifest
    assert zipped(files) == zipped(dict(reversed(files.items())))


def test_a_row_rewritten_in_the_database_is_named_by_its_file(pack: EvidencePack) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE instructions_instruction SET reason = 'x' WHERE state = 'SENT'")
    assert evidence_differences(pack) == []  # control: what is not in the pack may change
    manifest = json.loads(pack.manifest)
    manifest["files"] = [
        row | {"sha256": "0x" + "0" * 64} if row["path"] == "equations.jsonl" else row for row in manifest["files"]
    ]
    pack.manifest = json.dumps(manifest)
    assert evidence_differences(pack) == ["equations.jsonl"]


def test_a_run_has_one_pack(pack: EvidencePack) -> None:
    other = person("DEBT_MAKER")
    entries = AuditEntry.objects.count()
    assert evidence_prepare(run=pack.run, actor=other, now=NOW) == pack
    assert (EvidencePack.objects.count(), EvidenceArchive.objects.count()) == (1, 1)
    assert AuditEntry.objects.count() == entries


@pytest.mark.parametrize("role", ["INVESTOR", "OPERATOR", "TREASURY_OFFICER", "COMPLIANCE_OFFICER"])
def test_who_may_not_ask_for_one(role: str, signed_books: SignedBooks) -> None:
    made = run(signed_books)
    with pytest.raises(NotAllowed):
        evidence_prepare(run=made, actor=person(role), now=NOW)
    assert EvidencePack.objects.count() == 0


def test_one_too_large_for_a_row_is_refused(signed_books: SignedBooks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MAX_BYTES", 1000)
    with pytest.raises(Refused, match="the limit is 1,000"):
        evidence_prepare(run=run(signed_books), actor=person("AUDITOR"), now=NOW)
    assert EvidencePack.objects.count() == 0


def test_signed_once_and_queued_for_the_chain(pack: EvidencePack) -> None:
    assert (pack.state, pack.signer_address) == ("SIGNED", ISSUER.address)
    intent = Intent.objects.get(key__startswith="evidence:")
    assert (intent, intent.signer.name, intent.function, intent.to) == (pack.intent, "publisher", "anchor", ANCHOR)
    for part in (pack.root, pack.manifest_hash):
        assert part[2:] in bytes(intent.data).hex()
    evidence_advance(now=NOW)
    assert Intent.objects.filter(key__startswith="evidence:").count() == 1
    assert EvidencePack.objects.get().signature == pack.signature


def test_before_it_is_signed_there_is_nothing_to_hand_out(signed_books: SignedBooks) -> None:
    waiting = evidence_prepare(run=run(signed_books), actor=person("AUDITOR"), now=NOW)
    with pytest.raises(Refused, match="not signed yet"):
        evidence_bytes(waiting)


def test_with_the_root_final_on_chain_it_is_anchored(pack: EvidencePack, monkeypatch: pytest.MonkeyPatch) -> None:
    from contracts.outbox.selectors import Outcome

    final = Outcome(1, "FINAL", "", True, True, 120, "0x" + "b" * 64, "0x" + "c" * 64)
    for said, state in ((Outcome(1, "MINED", "", False, False), "SIGNED"), (final, "ANCHORED")):
        monkeypatch.setattr(anchoring, "intent_outcome", lambda intent, said=said: said)
        evidence_advance(now=NOW)
        assert EvidencePack.objects.get().state == state
    found = EvidencePack.objects.get()
    assert (found.anchored_block, found.anchored_tx) == (120, "0x" + "c" * 64)
    assert evidence_bytes(found) == evidence_bytes(pack)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reconciliation_evidencepack SET root = '0x' || repeat('0', 64)",
        "UPDATE reconciliation_evidencepack SET signature = '0x' || repeat('1', 130)",
        "UPDATE reconciliation_evidencepack SET manifest = '{}'",
        "UPDATE reconciliation_evidencepack SET state = 'ANCHORED'",
        "UPDATE reconciliation_evidencepack SET state = 'PREPARED'",
        "DELETE FROM reconciliation_evidencearchive",
        "UPDATE reconciliation_evidencearchive SET content = ''",
        "DELETE FROM reconciliation_evidencepack",
    ],
)
def test_the_database_keeps_it(statement: str, pack: EvidencePack) -> None:
    before = list(EvidencePack.objects.values_list()), bytes(EvidenceArchive.objects.get().content)
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert (list(EvidencePack.objects.values_list()), bytes(EvidenceArchive.objects.get().content)) == before


def test_a_pack_of_a_red_run_tells_its_break(
    signed_books: SignedBooks, contract: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = signed_books.mint(A, 10)
    signed_books.mine_and_post()
    contract.balances[A] += 10
    contract.issued += 10
    contract.calls[log.tx_hash] = Call("0x" + "ba" * 20, signed_books.token.address, "0x40c10f19")
    audited()
    pack = evidence_prepare(run=run(signed_books), actor=person("AUDITOR"), now=NOW)
    monkeypatch.setattr(LocalSigner, "key", STRANGER)
    evidence_advance(now=NOW)
    content = evidence_bytes(EvidencePack.objects.get(pk=pack.pk))
    [told] = rows(members(content), "breaks.jsonl")
    assert (told["kind"], told["units"], told["transaction"], told["state"]) == (
        "UNDUE_CREATION", 10, log.tx_hash, "OPEN",
    )  # fmt: skip
    [sent] = [row for row in rows(members(content), "observations.jsonl") if row["name"] == CALLERS]
    assert (sent["source"], sent["value"], sent["detail"][log.tx_hash]["from"]) == ("CHAIN", 1, "0x" + "ba" * 20)
    assert told["equations"] == ["supply.explained", "supply.undue", "bridge"]
    assert verified(content, tmp_path, signer=STRANGER.address).faults == []
