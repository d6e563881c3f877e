"""Handing stored bytes to the node, as often as it takes. Every answer is a hint."""

from __future__ import annotations

from contracts.gateway.errors import NodeErrorKind, NodeRefused, NodeUnavailable
from contracts.outbox.models import Attempt, Broadcast, IntentState, Slot
from contracts.outbox.services import crash
from contracts.outbox.services.context import Pass
from contracts.outbox.services.moves import move, wait

# With these the network has it, or something else at that nonce: the receipts tell, not the answer.
_LOOK = {NodeErrorKind.NONCE_TOO_LOW, NodeErrorKind.UNDERPRICED, NodeErrorKind.NONCE_TOO_HIGH}


def broadcast(work: Pass, slot: Slot, attempt: Attempt) -> bool:
    """True if the node has it. NodeUnavailable (after writing it down) if there was no answer: it may have it."""
    try:
        work.node.call("eth_sendRawTransaction", "0x" + bytes(attempt.raw).hex())
        answer, taken, reason = "accepted", True, ""
    except NodeRefused as refused:
        taken = refused.kind is NodeErrorKind.KNOWN
        answer = f"{refused.kind}: {refused.message}"[:200]
        reason = "" if taken or refused.kind in _LOOK else f"The node does not take it: {refused.message}"
    except NodeUnavailable as error:
        _note(work, slot, attempt, f"no answer: {error}"[:200], taken=False, reason="")
        raise
    crash.point("after-broadcast")
    _note(work, slot, attempt, answer, taken=taken, reason=reason)
    return taken


def _note(work: Pass, slot: Slot, attempt: Attempt, answer: str, *, taken: bool, reason: str) -> None:
    intent = slot.intent
    with work.lease.write():
        Broadcast.objects.create(attempt=attempt, at=work.clock(), head_block=work.head.number, answer=answer)
        if taken and intent.state == IntentState.SIGNED:
            move(intent, IntentState.BROADCAST, now=work.clock(), reason=intent.reason)
        elif reason:
            wait(intent, reason)
