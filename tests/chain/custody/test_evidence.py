"""An evidence pack from a real node, a real signer and the real contract, verified by the file that is inside it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from contracts.gateway.client import Node
from contracts.outbox.models import Intent
from custody.reconciliation.evidence.models import EvidencePack
from custody.reconciliation.evidence.packing import members_of
from custody.reconciliation.evidence.services import evidence_advance, evidence_bytes
from custody.reconciliation.services import reconcile
from custody.tokenisation.selectors import contract_address
from tests.db.reconciliation.evidence.world import forged
from tests.factories.custody import Custody
from tests.factories.identity import person
from tests.support.parts import Signers

pytestmark = [pytest.mark.chain, pytest.mark.timeout(900)]


def verifier(content: bytes, folder: Path, signer: str, rpc: str) -> tuple[int, list[str]]:
    """The pack's own verifier, alone in a folder, with a node of the auditor's."""
    (folder / "verify_evidence.py").write_bytes(members_of(content)["verify_evidence.py"])
    (folder / "pack.zip").write_bytes(content)
    command = [sys.executable, "-I", "verify_evidence.py", "pack.zip", "--signer", signer, "--rpc", rpc]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, [line for line in done.stdout.splitlines() if line.startswith("FAULT")]


def test_delivered_units_proved_to_an_auditor(custody: Custody, signers: Signers, tmp_path: Path) -> None:
    token, investor = custody.tokenised(), custody.investor()
    custody.registered(investor)
    custody.delivered(token, (investor, 12))
    auditor = person("AUDITOR", now=custody.now)
    with Node(settings.CHAIN_RPC_URL) as node:
        run = reconcile(token=token, now=custody.now, phase="delivered", node=node)
    assert run.green
    out = tmp_path / "out.zip"
    call_command("evidence_pack", str(run.pk), "--by", auditor.username, "--out", str(out))
    pack = EvidencePack.objects.get()
    assert (pack.state, pack.signer_address) == ("SIGNED", signers.issuer.keys["issuer"].lower())
    content = evidence_bytes(pack)
    assert out.read_bytes() == content
    signer, url = signers.issuer.keys["issuer"], settings.CHAIN_RPC_URL

    code, faults = verifier(content, tmp_path, signer, url)
    missing = f"FAULT  The root {pack.root} of this manifest is not anchored in"
    assert (code, len(faults), faults[0].startswith(missing)) == (1, 1, True)

    def anchored() -> bool:
        evidence_advance(now=custody.now)
        return EvidencePack.objects.get().state == "ANCHORED"

    custody.until(anchored)
    pack.refresh_from_db()
    assert Intent.objects.get(pk=pack.intent_id).state == "FINAL"
    assert evidence_bytes(pack) == content
    assert verifier(content, tmp_path, signer, url) == (0, [])
    receipt = custody.chain.rpc("eth_getTransactionReceipt", pack.anchored_tx)
    assert (int(receipt["blockNumber"], 16), receipt["logs"][0]["topics"][3]) == (pack.anchored_block, pack.root)

    # The same content under other hands, whose address the auditor was given: only the chain knows better.
    own, key = custody.fiscal_key.address, custody.fiscal_key
    assert verifier(forged(content, lambda members: None, key=key), tmp_path, own, url) == (0, [])
    letter = forged(content, lambda members: members.update({"letter.txt": b"new"}), key=key)
    [fault] = verifier(letter, tmp_path, own, url)[1]
    assert fault.endswith(f"of this manifest is not anchored in {contract_address('ANCHOR')}.")
    elsewhere = "0x" + "5b" * 32
    faults = verifier(forged(content, lambda members: None, key=key, block_hash=elsewhere), tmp_path, own, url)[1]
    assert f"FAULT  Block {run.block_number} has another hash on the chain than {elsewhere}." in faults
    stranger = "0x" + "ab" * 20
    assert verifier(content, tmp_path, stranger, url)[1] == [
        f"FAULT  The manifest was signed by {signer.lower()}, not by the issuer's key {stranger} that you gave."
    ]
