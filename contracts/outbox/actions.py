"""What two persons may decide about an intent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from contracts.outbox.models import Intent, IntentState
from contracts.outbox.models.intent import ENDED
from contracts.outbox.services.cancel import intent_cancel
from contracts.outbox.services.release import intent_release
from tokenization.identity.approvals import ApprovalItemDraft, Preview
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.errors import Refused


class _OnIntent:
    """Payload: {"intent": id, "reason": text}."""

    maker_power = Power.ISSUE_DRAFT
    checker_power = Power.ISSUE_APPROVE
    two_houses = True

    def items(self, payload: dict[str, Any]) -> list[ApprovalItemDraft]:
        return []

    def subject(self, payload: dict[str, Any]) -> str:
        return self._intent(payload).key

    def _reason(self, payload: dict[str, Any]) -> str:
        reason = str(payload.get("reason", "")).strip()
        if not reason:
            raise Refused("Say why.", field="reason", rule="a reason is given")
        return reason

    def _intent(self, payload: dict[str, Any]) -> Intent:
        number = str(payload.get("intent", ""))
        intent = Intent.objects.filter(pk=int(number)).first() if number.isdecimal() else None
        if intent is None:
            raise Refused(f"There is no transaction {number!r}.", field="intent", rule="known transaction")
        return intent


class IntentCancel(_OnIntent):
    """Withdraw a transaction that waits, is under way or is stuck."""

    name = "outbox.intent_cancel"
    title = "Withdraw a transaction"

    def check(self, payload: dict[str, Any], *, now: datetime) -> None:
        intent = self._intent(payload)
        if intent.state in ENDED:
            raise Refused(f"{intent.key} has already ended: {IntentState(intent.state).label}.", field="intent")
        self._reason(payload)

    def preview(self, payload: dict[str, Any], *, now: datetime) -> Preview:
        intent = self._intent(payload)
        under_way = intent.state != IntentState.QUEUED
        warnings = ["It is under way: whichever of the call and its cancel mines first decides."] if under_way else []
        row = (intent.description, IntentState(intent.state).label, IntentState.CANCELLED.label)
        return Preview(rows=[row], warnings=warnings)

    def execute(self, payload: dict[str, Any], *, approval: Approval, actor: User, now: datetime) -> None:
        reason = self._reason(payload)
        intent_cancel(intent=self._intent(payload), approval=f"approval-{approval.pk}", reason=reason, now=now)


class IntentRelease(_OnIntent):
    """Try a stuck transaction again, once what stood in its way has been dealt with."""

    name = "outbox.intent_release"
    title = "Release a stuck transaction"

    def check(self, payload: dict[str, Any], *, now: datetime) -> None:
        intent = self._intent(payload)
        if intent.state != IntentState.STUCK:
            raise Refused(f"{intent.key} is not stuck: {IntentState(intent.state).label}.", field="intent")
        self._reason(payload)

    def preview(self, payload: dict[str, Any], *, now: datetime) -> Preview:
        intent = self._intent(payload)
        row = (intent.description, IntentState.STUCK.label, "tried again at its own nonce")
        return Preview(rows=[row], warnings=[intent.reason, "Nothing is sent before an operator clears the halt."])

    def execute(self, payload: dict[str, Any], *, approval: Approval, actor: User, now: datetime) -> None:
        reason = self._reason(payload)
        intent_release(intent=self._intent(payload), approval=f"approval-{approval.pk}", reason=reason, now=now)
