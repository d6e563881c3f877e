"""Two persons give up a purchase that was paid and that the registrar never confirmed: nothing was blocked for it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from custody.instructions.models import Instruction
from custody.instructions.services import instruction_cancel
from custody.registries.models import RegistryConfirmation
from custody.settlement.models import SettlementInstruction, settlement_machine
from tokenization.identity import audit
from tokenization.identity.approvals import ApprovalItemDraft, Payload, Preview
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import Refused
from tokenization.kernel.locks import lock_rows
from tokenization.kernel.money import Money

State = SettlementInstruction.State


def never_confirmed(now: datetime) -> QuerySet[SettlementInstruction]:
    """Paid, past the deadline, and not a word of the registrar: nothing will ever happen to them by itself."""
    return SettlementInstruction.objects.filter(
        state=State.CASH_CONFIRMED, deliver_by__lte=now, confirm_instruction__registry_confirmation__isnull=True
    )


class UnconfirmedWithdraw:
    """Payload: {"settlement": id}. The issue and its confirmation are cancelled; the money is then refunded as ever."""

    name = "custody.settlement.UnconfirmedWithdraw"
    title = "Withdraw a purchase that was never confirmed"
    maker_power = Power.WITHDRAW_DRAFT
    checker_power = Power.WITHDRAW_APPROVE
    two_houses = False

    def check(self, payload: Payload, *, now: datetime) -> None:
        row = _target(payload)
        if row.state != State.CASH_CONFIRMED or now < row.deliver_by:
            raise Refused(
                f"The settlement {row.payment_reference} is {row.state}, to be delivered by {row.deliver_by}.",
                field="settlement",
                rule="paid, and past its deadline",
            )
        if RegistryConfirmation.objects.filter(instruction=row.confirm_instruction).exists():
            raise Refused(
                f"The registrar has confirmed {row.payment_reference} meanwhile.",
                field="settlement",
                rule="never confirmed",
                next_step="Once its issue is given up, withdraw the confirmation instead.",
            )

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        row = _target(payload)
        money = Money(row.amount_minor, row.currency).format()
        return Preview(rows=[(self.subject(payload), "paid, not confirmed", f"withdrawn; {money} to be refunded")])

    def items(self, payload: Payload) -> list[ApprovalItemDraft]:
        row = _target(payload)
        issue = row.issue_instruction
        body = {"settlement": row.payment_reference, "number": issue.number, "units": issue.units}
        return [ApprovalItemDraft(leaf=sha256_hex(canonical_json(body)), body=body)]

    def subject(self, payload: Payload) -> str:
        return f"settlement:{_target(payload).payment_reference}"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        row = _target(payload)
        pair = (row.issue_instruction, row.confirm_instruction)
        # The registrar's word takes the same lock: it comes before this decision, or finds it cancelled.
        lock_rows(
            SettlementInstruction.objects.filter(pk=row.pk),
            Instruction.objects.filter(pk__in=[instruction.pk for instruction in pair]),
        )
        self.check(payload, now=now)
        reason = "the registrar did not confirm it by its deadline"
        for instruction in pair:
            instruction_cancel(instruction=instruction, reason=reason, actor=actor, now=now)
        settlement_machine.move(row, State.WITHDRAWN, reason=reason)
        body = {"to": State.WITHDRAWN, "reference": row.payment_reference, "reason": reason}
        audit.record(actor=actor, action="settlement.move", subject=f"settlement:{row.pk}", body=body, now=now)


def _target(payload: Payload) -> SettlementInstruction:
    rows = SettlementInstruction.objects.select_related("issue_instruction", "confirm_instruction")
    found = rows.filter(pk=payload.get("settlement") or 0).first()
    if found is None:
        raise Refused("Name a purchase.", field="settlement", rule="existing")
    return found
