"""Preparing a run's evidence pack, having it signed, anchoring its root on chain: each once, and safe to repeat."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction

from contracts.gateway.errors import SignerRefused, SignerUnavailable
from contracts.gateway.messages import Evidence
from contracts.gateway.remote import RemoteSigner
from custody.reconciliation.evidence.anchoring import anchor_enqueue, anchor_follow
from custody.reconciliation.evidence.content import pack_files
from custody.reconciliation.evidence.models import EvidenceArchive, EvidencePack, evidence_machine
from custody.reconciliation.evidence.packing import (
    MANIFEST,
    SIGNATURE,
    VERIFIER,
    Manifest,
    members_of,
    zipped,
)
from custody.reconciliation.evidence.rows import Scope
from custody.reconciliation.models import Run
from tokenization.identity import audit
from tokenization.identity.actors import system_user
from tokenization.identity.models import User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import Refused
from tokenization.kernel.locks import advisory_xact_lock

SIGNING_KEY = "issuer"
# One value of a row of the database; a token whose register is larger than this needs its pack in parts.
MAX_BYTES = 500 * 1024 * 1024


def evidence_prepare(*, run: Run, actor: User, now: datetime) -> EvidencePack:
    """Fix the content of the run's pack: its files, manifest and root. The bell then has it signed and anchored.

    A run has one pack: asking again returns it. NotAllowed without the power to reconcile.
    """
    require_power(actor, Power.RECONCILE)
    known = EvidencePack.objects.filter(run=run).first()
    if known is not None:
        return known
    scope, files, manifest = _read(run)
    content = zipped({**files, MANIFEST: manifest.text.encode()})
    if len(content) > MAX_BYTES:
        raise Refused(f"The pack would have {len(content):,} bytes; the limit is {MAX_BYTES:,}.", rule="size")
    return _keep(scope, manifest, content, actor, now)


def _read(run: Run) -> tuple[Scope, dict[str, bytes], Manifest]:
    """Everything in one view of the database; nothing is written in it."""
    with transaction.atomic():
        if len(connection.savepoint_ids) == 0 and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        scope = Scope(Run.objects.select_related("token__series").get(pk=run.pk), *audit.head())
        return scope, *pack_files(scope)


@transaction.atomic
def _keep(scope: Scope, manifest: Manifest, content: bytes, actor: User, now: datetime) -> EvidencePack:
    advisory_xact_lock(f"evidence:{scope.run.pk}")
    known = EvidencePack.objects.filter(run=scope.run).first()
    if known is not None:
        return known
    pack = EvidencePack.objects.create(
        run=scope.run,
        manifest=manifest.text,
        manifest_hash=manifest.hash,
        root=manifest.root,
        files=manifest.files,
        audit_sequence=scope.audit_sequence,
        asked_by=actor,
        prepared_at=now,
    )
    EvidenceArchive.objects.create(pack=pack, sha256=sha256_hex(content), content=content)
    body = {"run": scope.run.pk, "manifest": manifest.hash, "root": manifest.root}
    audit.record(actor=actor, action="evidence.prepare", subject=f"run:{scope.run.pk}", body=body, now=now)
    return pack


def evidence_sign(*, pack: EvidencePack, now: datetime) -> EvidencePack:
    """Have the issuer's key sign the manifest, and queue its root for the chain.

    SignerRefused when it signed other contents for this run before, SignerUnavailable while it does not answer.
    """
    if pack.state != "PREPARED":
        return pack
    head = json.loads(pack.manifest)
    said = Evidence(
        token=head["token"],
        run=head["run"],
        block_number=head["block_number"],
        block_hash=head["block_hash"],
        manifest=pack.manifest_hash,
        root=pack.root,
        files=pack.files,
    )
    signer = RemoteSigner(settings.SIGNER_ISSUER_URL, settings.SIGNER_ISSUER_TOKEN)
    try:
        signature, address = signer.sign_evidence(SIGNING_KEY, head["chain_id"], head["anchor"], asdict(said))
    finally:
        signer.close()
    with transaction.atomic():
        audit.move(
            evidence_machine,
            pack,
            "SIGNED",
            actor=system_user(),
            now=now,
            signature=signature,
            signer_address=address,
            signed_at=now,
            intent=anchor_enqueue(pack, now),
        )
    return pack


def evidence_advance(*, now: datetime) -> list[str]:
    """Sign what is prepared, follow the roots on chain; says in words what still waits and why."""
    waiting: list[str] = []
    for pack in EvidencePack.objects.filter(state="PREPARED").order_by("pk"):
        try:
            evidence_sign(pack=pack, now=now)
        except (SignerRefused, SignerUnavailable) as error:
            waiting.append(f"The evidence of run {pack.run_id} is not signed: {error}")
    for pack in EvidencePack.objects.filter(state="SIGNED").select_related("intent").order_by("pk"):
        waiting.append(anchor_follow(pack, now))
    return [words for words in waiting if words]


def evidence_bytes(pack: EvidencePack) -> bytes:
    """The zip: what was prepared, and the signature. The same bytes for ever; Refused before it is signed."""
    if pack.state == "PREPARED":
        raise Refused(
            "The pack is not signed yet.", field="pack", rule="signed first", next_step="Ask again in a moment."
        )
    signed = {"signature": pack.signature, "signer": pack.signer_address}
    return zipped({**members_of(bytes(pack.archive.content)), SIGNATURE: canonical_json(signed).encode() + b"\n"})


def evidence_differences(pack: EvidencePack) -> list[str]:
    """Files that today's rows would give otherwise than when it was prepared; empty while nothing was rewritten."""
    scope = Scope(pack.run, pack.audit_sequence, json.loads(pack.manifest)["audit_hash"])
    files, _ = pack_files(scope)
    now = {path: sha256_hex(content) for path, content in files.items()}
    then = {row["path"]: row["sha256"] for row in json.loads(pack.manifest)["files"]}
    ours = (now.keys() | then.keys()) - {VERIFIER}
    return sorted(path for path in ours if now.get(path) != then.get(path))
