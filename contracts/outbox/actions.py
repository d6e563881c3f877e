"""What two persons may decide about an intent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from contracts.outbox.models import Intent, IntentState
from contracts.outbox.models.intent import ENDED
from contracts.outbox.services.cancel import intent_cancel
from tokenization.identity.approvals import ApprovalItemDraft, Preview
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.errors import Refused


class IntentCancel:
    """Withdraw a transaction that waits or is under way. Payload: {"intent": id, "reason": text}."""

    name = "outbox.intent_cancel"
    title = "Withdraw a transaction"
    maker_power = Power.ISSUE_DRAFT
    checker_power = Power.ISSUE_APPROVE
    two_houses = True

    def check(self, payload: dict[str, Any], *, now: datetime) -> None:
        intent = self._intent(payload)
        if intent.state in ENDED:
            raise Refused(f"{intent.key} has already ended: {IntentState(intent.state).label}.", field="intent")
        if not str(payload.get("reason", "")).strip():
            raise Refused("Say why it is withdrawn.", field="reason", rule="a reason is given")

    def preview(self, payload: dict[str, Any], *, now: datetime) -> Preview:
        intent = self._intent(payload)
        under_way = intent.state != IntentState.QUEUED
        warnings = ["It is under way: whichever of the call and its cancel mines first decides."] if under_way else []
        row = (intent.description, IntentState(intent.state).label, IntentState.CANCELLED.label)
        return Preview(rows=[row], warnings=warnings)

    def items(self, payload: dict[str, Any]) -> list[ApprovalItemDraft]:
        return []

    def subject(self, payload: dict[str, Any]) -> str:
        return self._intent(payload).key

    def execute(self, payload: dict[str, Any], *, approval: Approval, actor: User, now: datetime) -> None:
        intent_cancel(
            intent=self._intent(payload), approval=f"approval-{approval.pk}", reason=str(payload["reason"]), now=now
        )

    def _intent(self, payload: dict[str, Any]) -> Intent:
        return Intent.objects.get(pk=int(payload["intent"]))
