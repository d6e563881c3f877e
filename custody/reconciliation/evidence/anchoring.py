"""A pack's root on chain: queued when the pack is signed, noted when final, queued again when nothing came of it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from django.db import transaction

from contracts.gateway import calls
from contracts.gateway.roles import ROLE_KEYS, ChainRole
from contracts.outbox.models import Intent, IntentState
from contracts.outbox.selectors import intent_outcome
from contracts.outbox.services import intent_enqueue
from custody.reconciliation.evidence.models import UNDONE, EvidencePack, evidence_machine
from tokenization.identity import audit
from tokenization.identity.actors import system_user
from tokenization.identity.models import User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.errors import Conflict, Refused
from tokenization.kernel.locks import lock_rows

# IAnchor: 1 register, 2 report, 3 audit log.
ANCHOR_KIND = 4
# What refused it may be mended meanwhile; what was not is not asked every minute.
AGAIN_AFTER = timedelta(hours=1)


def anchor_enqueue(pack: EvidencePack, now: datetime, *, failed: Intent | None = None) -> Intent:
    """Queue the root, in the caller's transaction; `failed` is the intent in whose place this one comes."""
    anchor = json.loads(pack.manifest)["anchor"]
    call = calls.anchor_root(anchor, ANCHOR_KIND, pack.root, pack.files, pack.manifest_hash)
    key = f"evidence:{pack.run_id}:{pack.manifest_hash}" + (f":after:{failed.pk}" if failed else "")
    signer = ROLE_KEYS[ChainRole.ANCHOR]
    return intent_enqueue(key=key, signer=signer, call=call, split_from=failed, now=now)


def anchor_follow(pack: EvidencePack, now: datetime) -> str:
    """Note that the root of a signed pack is final, or queue it again; what was queued again, in words.

    What two persons withdrew is not queued again by itself: somebody asks for it (`evidence_anchor_again`).
    """
    if pack.intent is None:
        return ""
    outcome = intent_outcome(pack.intent)
    if outcome.happened:
        audit.move(
            evidence_machine,
            pack,
            "ANCHORED",
            actor=system_user(),
            now=now,
            anchored_block=outcome.block_number,
            anchored_tx=outcome.transaction,
        )
        return ""
    given_up = outcome.state in (IntentState.REJECTED, IntentState.REVERTED)
    if not given_up or now < pack.intent.created_at + AGAIN_AFTER:
        return ""
    _again(pack, system_user(), now)
    return f"The root of the evidence of run {pack.run_id} is anchored again: {outcome.reason}"


def evidence_anchor_again(*, pack: EvidencePack, actor: User, now: datetime) -> EvidencePack:
    """Queue the root of a signed pack again at once, after its transaction ended without effect.

    NotAllowed without the power to reconcile; Refused while the transaction may still succeed.
    """
    require_power(actor, Power.RECONCILE)
    if not root_failed(pack):
        raise Refused(
            "Its root is anchored, or on its way.", field="pack", rule="after a failure", next_step="Load it again."
        )
    return _again(pack, actor, now)


def root_failed(pack: EvidencePack) -> bool:
    """Whether the transaction of a signed pack's root ended and nothing came of it."""
    return pack.state == "SIGNED" and pack.intent is not None and intent_outcome(pack.intent).state in UNDONE


@transaction.atomic
def _again(pack: EvidencePack, actor: User, now: datetime) -> EvidencePack:
    (rows,) = lock_rows(EvidencePack.objects.filter(pk=pack.pk, state="SIGNED", intent=pack.intent))
    failed = rows[0].intent if rows else None
    if failed is None:
        raise Conflict("It was anchored again meanwhile.", field="pack", next_step="Load it again.")
    row: EvidencePack = rows[0]
    row.intent = anchor_enqueue(row, now, failed=failed)
    row.save(update_fields=["intent"])
    body = {"failed": failed.key, "how": failed.state, "reason": failed.reason, "again": row.intent.key}
    audit.record(actor=actor, action="evidence.anchor-again", subject=f"run:{row.run_id}", body=body, now=now)
    return row
