"""Letting a STUCK intent go on under four eyes."""

from __future__ import annotations

from datetime import datetime

from contracts.outbox.models import Intent, IntentState
from contracts.outbox.services.moves import move
from contracts.outbox.services.repair import resumed
from tokenization.kernel.errors import Refused


def intent_release(*, intent: Intent, approval: str, reason: str, now: datetime) -> Intent:
    """Try it again at its own nonce, inside the transaction of the approval that two persons gave.

    The sender looks again once the halt is cleared: if its cause lasts, the intent is STUCK as before. To give it up
    instead, withdraw it (`intent_cancel`). Refused unless it is STUCK; Conflict if it moved meanwhile.
    """
    if not approval:
        raise Refused("A release names the approval of two persons.", field="approval", rule="four eyes")
    intent.refresh_from_db()
    if intent.state != IntentState.STUCK:
        raise Refused(f"{intent.key} is not stuck: {IntentState(intent.state).label}.", field="intent", rule="STUCK")
    move(intent, resumed(intent.slot), now=now, reason=f"Released by two persons ({approval}): {reason}")
    return intent
