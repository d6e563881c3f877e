"""What is executed is the effect that was decided on: asked again under the locks, when nobody can change it."""

from __future__ import annotations

from datetime import datetime

from tokenization.identity.approvals import Action, Payload
from tokenization.identity.models import Approval
from tokenization.kernel.errors import Conflict


def require_same_effect(action: Action, payload: Payload, approval: Approval, now: datetime) -> None:
    """Called under the locks. Conflict, and so nothing written, when the effect is no longer what the checker saw.

    Preview and digest are compared before the locks: who waits for one may find another effect behind it.
    """
    action.check(payload, now=now)
    if action.preview(payload, now=now).as_json() != approval.preview_at_decision:
        raise Conflict(
            "The effect has changed while this decision waited.",
            rule="what is executed is what was approved",
            next_step="Look at the new preview and decide again.",
        )
