"""A run whose every record is real but the chain, its pack, and hands that alter it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import connection

from contracts.gateway.keys import LocalKey
from contracts.gateway.messages import Evidence, evidence_typed_data
from contracts.gateway.typed_data import Confirmation, confirmation_typed_data
from custody.instructions.models import Instruction, instruction_machine
from custody.reconciliation.evidence import verify_evidence
from custody.reconciliation.evidence.packing import (
    FORMAT,
    MANIFEST,
    SIGNATURE,
    manifest_of,
    members_of,
    with_row_hashes,
    zipped,
)
from custody.registries.models import (
    ConfirmationRequest,
    RegistrarKey,
    RegistryConfirmation,
    Statement,
    StatementLine,
)
from custody.registries.services.confirm import reference_hash
from custody.tokenisation.models import ChainContract
from tests.factories import issuance
from tests.factories.identity import person
from tests.factories.ledger import CONTROLLER, NOW, Books, address, digest
from tokenization.files.services import file_store
from tokenization.identity.actors import system_user
from tokenization.kernel.canonical import canonical_json

ANCHOR = address(0xA17C)
ISSUER, REGISTRAR, STRANGER = (LocalKey("0x" + byte * 32) for byte in ("11", "22", "33"))
Members = dict[str, bytes]


class SignedBooks(Books):
    """Books whose confirmations the registrar's key has signed."""

    def __init__(self, **terms: Any) -> None:
        super().__init__(**terms)
        RegistrarKey.objects.create(address=REGISTRAR.address, valid_from=NOW - timedelta(days=1))
        for name, artifact, at in (("CONTROLLER", "Controller", CONTROLLER), ("ANCHOR", "Anchor", ANCHOR)):
            ChainContract.objects.create(
                name=name, artifact=artifact, artifact_hash=digest(name), address=at, state="LIVE", verified_at=NOW
            )

    def immobilise(self, units: int, issue: Instruction, *, at: Any = NOW) -> Instruction:
        row = self.instruct("CONFIRM", units, None, issue)
        asked = ConfirmationRequest.objects.create(
            instruction=row, salt=digest(("salt", row.pk)), valid_until=NOW + timedelta(days=30)
        )
        name = f"REG-{row.number}"
        hashed = reference_hash(asked.salt, name)
        until = int(asked.valid_until.timestamp())
        body = Confirmation(self.token.address, row.number, issue.number, units, hashed, until)
        RegistryConfirmation.objects.create(
            token=self.token, kind="IMMOBILISE", instruction=row, units=units, registry_reference=name,
            reference_hash=hashed, valid_until=asked.valid_until, signer_address=REGISTRAR.address, confirmed_at=at,
            signature=REGISTRAR.sign_typed_data(confirmation_typed_data(31337, CONTROLLER, body)),
            recorded_by=system_user(),
        )  # fmt: skip
        instruction_machine.move(row, "SENT")
        return row


def statement(books: Books, units: int) -> Statement:
    officer = person("REGISTRAR_OFFICER")
    content = f"isin,immobilised\n{books.series.isin},{units}\n".encode()
    kept = file_store(name="S-1.csv", content=content, media_type="text/csv", actor=officer, now=NOW)
    made = Statement.objects.create(
        file=kept, statement_id="S-1", as_of=NOW + timedelta(hours=1), imported_at=NOW, imported_by=officer
    )
    face = units * issuance.DENOMINATION
    StatementLine.objects.create(
        statement=made, series=books.series, isin=books.series.isin, outstanding_minor=face + 700,
        conventional_minor=700, immobilised_minor=face,
    )  # fmt: skip
    return made


def audited() -> None:
    """Chain what was recorded so far, as a commit would."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


class LocalSigner:
    """The port to the signer, with its key in this process; tests/chain has the real one."""

    key = ISSUER

    def __init__(self, url: str, token: str) -> None: ...

    def close(self) -> None: ...

    def sign_evidence(self, key: str, chain_id: int, anchor: str, evidence: dict[str, Any]) -> tuple[str, str]:
        assert key == "issuer"
        said = evidence_typed_data(chain_id, anchor, Evidence(**evidence))
        return self.key.sign_typed_data(said), self.key.address


@dataclass
class Verified:
    """What the verifier said: its faults in order, and the checks that found nothing."""

    code: int
    faults: list[str]
    fine: list[str]
    last: str


def verified(content: bytes, folder: Path, *options: str, signer: str = "") -> Verified:
    path = folder / "pack.zip"
    path.write_bytes(content)
    out = io.StringIO()
    with redirect_stdout(out):
        code = verify_evidence.main([str(path), "--signer", signer or ISSUER.address, *options])
    lines = out.getvalue().splitlines()
    told = [line[7:] for line in lines if line.startswith("FAULT  ")]
    return Verified(code, told, [line[7:] for line in lines if line.startswith("ok     ")], lines[-1])


def altered(content: bytes, change: Callable[[Members], None]) -> bytes:
    """The pack after somebody without any key had it in hand."""
    members = members_of(content)
    change(members)
    return zipped(members)


def rows(members: Members, path: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in members[path].splitlines()]


def written(found: list[dict[str, Any]]) -> bytes:
    return b"".join(canonical_json(row).encode() + b"\n" for row in found)


def forged(content: bytes, change: Callable[[Members], None], *, key: LocalKey = ISSUER, **more: Any) -> bytes:
    """The pack rebuilt whole and signed by the issuer's own key: only what the records say of each other is left."""
    members = members_of(content)
    head = json.loads(members.pop(MANIFEST)) | more
    members.pop(SIGNATURE)
    files = {path: body for path, body in members.items() if not path.startswith("rows/")}
    change(files)
    files = with_row_hashes(files)
    made = manifest_of(files, {name: value for name, value in head.items() if name not in ("files", "root", "format")})
    assert json.loads(made.text)["format"] == FORMAT
    return zipped({**files, MANIFEST: made.text.encode(), SIGNATURE: signed(made.text, key)})


def signed(manifest: str, key: LocalKey) -> bytes:
    head = json.loads(manifest)
    said = Evidence(
        head["token"], head["run"], head["block_number"], head["block_hash"],
        verify_evidence.sha256(manifest.encode()), head["root"], len(head["files"]),
    )  # fmt: skip
    typed = evidence_typed_data(head["chain_id"], head["anchor"], said)
    return canonical_json({"signature": key.sign_typed_data(typed), "signer": key.address}).encode()


def names(content: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.namelist()
