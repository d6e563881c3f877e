"""Whether an intent's turn has come: what must be mined before it, and until when it may wait."""

from __future__ import annotations

from contracts.outbox.models import AttemptKind, Intent, IntentState
from contracts.outbox.services.splitting import REPLACED

_DEAD = (IntentState.REJECTED, IntentState.REVERTED, IntentState.CANCELLED)


def obstacle(intent: Intent) -> str:
    """Why it cannot be tried yet, in words; empty if everything it follows is mined.

    A prerequisite that was split does not count: its parts have taken its place. One that failed for good holds its
    followers until their deadline or until a person withdraws them: never is something done as if it had happened.
    """
    rows = intent.after.select_related("prerequisite", "prerequisite__slot__inclusion__attempt")
    for prerequisite in (row.prerequisite for row in rows):
        if _done(prerequisite):
            continue
        if prerequisite.state in REPLACED and prerequisite.parts.exists():
            continue
        if prerequisite.state in _DEAD:
            return f"It follows {prerequisite.key}, which failed: {prerequisite.reason}"
        return f"It follows {prerequisite.key}, which is not mined yet."
    return ""


def _done(prerequisite: Intent) -> bool:
    if prerequisite.state == IntentState.FINAL:
        return True
    if prerequisite.state != IntentState.MINED:
        return False
    inclusion = prerequisite.slot.inclusion
    return inclusion.status == 1 and inclusion.attempt.kind == AttemptKind.CALL


def overdue(intent: Intent, chain_time: int) -> bool:
    """Past its deadline, both in chain time."""
    return intent.deadline is not None and chain_time > intent.deadline.timestamp()
