"""The evidence pack of a gold token from a real node, in an auditor's hands who knows issuer, examiner and a node."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from contracts.gateway.client import Node
from custody.reconciliation.evidence.models import EvidencePack
from custody.reconciliation.evidence.packing import members_of
from custody.reconciliation.evidence.services import evidence_advance
from custody.reconciliation.services import reconcile
from tests.chain.custody.test_reserve_backing import ATTESTED, Reserve, world
from tests.db.reconciliation.evidence.world import Members, altered
from tests.factories.identity import person
from tests.support.parts import Signers

__all__ = ["world"]
pytestmark = [pytest.mark.chain, pytest.mark.timeout(900)]
UNITS = 400_000


def verify(pack: Path, *options: str) -> tuple[int, list[str]]:
    """`python verify_evidence.py pack.zip ...` alone in a folder, by the file that is in the pack."""
    alone = pack.with_name("verify_evidence.py")
    if not alone.exists():
        alone.write_bytes(members_of(pack.read_bytes())[alone.name])
    command = [sys.executable, "-I", alone.name, pack.name, *options]
    done = subprocess.run(command, cwd=pack.parent, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, [line.removeprefix("FAULT  ") for line in done.stdout.splitlines() if "FAULT" in line]


def test_a_gold_token_proved_to_an_auditor(world: Reserve, signers: Signers, tmp_path: Path) -> None:
    token = world.gold()
    world.allocated(token)
    world.attested(token)
    holder = world.investor()
    world.registered(holder)
    world.delivered(token, (holder, UNITS))
    with Node(settings.CHAIN_RPC_URL) as node:
        run = reconcile(token=token, now=world.now, phase="delivered", node=node)
    assert run.green, list(run.equations.filter(holds=False).values())
    out = tmp_path / "pack.zip"
    auditor = person("AUDITOR", now=world.now)
    call_command("evidence_pack", str(run.pk), "--by", auditor.username, "--out", str(out))

    def anchored() -> bool:
        evidence_advance(now=world.now)
        return EvidencePack.objects.get().state == "ANCHORED"

    world.until(anchored)
    issuer = ("--signer", signers.issuer.keys["issuer"])
    known = (*issuer, "--examiner", world.examiner_key.address)
    signed = f"Attestation No. 1 was signed by {world.examiner_key.address}"
    assert verify(out, *known) == (0, [])
    assert verify(out, *known, "--rpc", settings.CHAIN_RPC_URL) == (0, [])
    assert verify(out, *issuer) == (
        1, [f"{signed}: ask the examiner whether that is his key, and name it with --examiner."],
    )  # fmt: skip

    # Somebody writes another quantity into the one line of the attestation.
    def change(members: Members) -> None:
        was = members["attestations.jsonl"]
        members["attestations.jsonl"] = was.replace(b'"quantity_minor":%d' % ATTESTED, b'"quantity_minor":900000')
        assert members["attestations.jsonl"] != was

    with zipfile.ZipFile(io.BytesIO(out.read_bytes())) as archive:
        assert archive.testzip() is None
    out.write_bytes(altered(out.read_bytes(), change))
    code, faults = verify(out, *known)
    assert code == 1
    assert faults[0].startswith("The file attestations.jsonl was altered: its SHA-256 is 0x")
    assert faults[1].startswith("Row 1 of attestations.jsonl was altered; it now reads {")
    altered_word = f"Attestation No. 1 was not signed by {world.examiner_key.address}: its figures or its signature"
    assert f"{altered_word} were altered." in faults
    assert f"Attestation No. 1, attested: the examiner signed 900000, the run saw {ATTESTED}." in faults
    assert "Attestation No. 1: its report says another quantity_minor than was signed." in faults
