"""Withdrawing an intent under four eyes."""

from __future__ import annotations

from datetime import datetime

from contracts.outbox.models import Intent, IntentState
from contracts.outbox.models.intent import ENDED
from contracts.outbox.services.moves import move
from tokenization.kernel.errors import Conflict, Refused


def intent_cancel(*, intent: Intent, approval: str, reason: str, now: datetime) -> Intent:
    """Withdraw it, inside the transaction of the approval that two persons gave.

    Without a nonce it is CANCELLED at once. With one, the sender signs a cancel at the same nonce under the approval's
    id; whichever of the two mines decides, and the intent ends as CANCELLED or as it would have. One that is STUCK
    because a stranger used its nonce ends as CANCELLED. Conflict if it ended.
    """
    if not approval:
        raise Refused("A cancel names the approval of two persons.", field="approval", rule="four eyes")
    intent.refresh_from_db()
    if intent.state == IntentState.QUEUED:
        move(intent, IntentState.CANCELLED, now=now, reason=reason)
        return intent
    if intent.state in ENDED:
        raise Conflict(f"{intent.key} has already ended: {IntentState(intent.state).label}.")
    rows = Intent.objects.filter(pk=intent.pk, state=intent.state, cancel_approval="")
    if rows.update(cancel_approval=approval) != 1:
        raise Conflict(f"{intent.key} moved meanwhile, or its cancel was already ordered.", next_step="Look again.")
    intent.cancel_approval = approval
    return intent
