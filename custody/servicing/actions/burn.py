"""Burning the paper at maturity: the approval binds every burn. Its payment is another decision and waits for none."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Sum

from custody.instructions.models import Instruction
from custody.instructions.services import instructions_approve
from custody.servicing.actions.reading import event_of
from custody.servicing.models import ServicingEvent
from tokenization.identity import audit
from tokenization.identity.approvals import ApprovalItemDraft, Payload, Preview
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.errors import Refused
from tokenization.kernel.locks import lock_rows


class RedemptionApprove:
    """Payload: {"event": id}. Approves the burns of all undisputed units of a redemption."""

    name = "custody.servicing.RedemptionApprove"
    title = "Burn the units at maturity"
    maker_power = Power.REDEEM_DRAFT
    checker_power = Power.REDEEM_APPROVE
    two_houses = False

    def check(self, payload: Payload, *, now: datetime) -> None:
        event = event_of(payload)
        if event.kind != ServicingEvent.Kind.REDEMPTION:
            raise Refused("A coupon burns nothing.", field="event", rule="a redemption")
        if event.state == ServicingEvent.State.OPEN:
            raise Refused("The redemption is OPEN.", field="event", rule="recorded before burned")
        if event.burn_approval_id is not None:
            raise Refused("The burns are approved already.", field="event", rule="approved once")
        if not _burns(event):
            raise Refused("Nobody holds an undisputed unit.", field="event", rule="something is burned")

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        event = event_of(payload)
        figures = event.entitlements.aggregate(units=Sum("units"), disputed=Sum("disputed_units"))
        rows = [
            ("Series", "", event.token.series.isin),
            ("Record block", "", f"{event.record_block_number:,} {event.record_block_hash}"),
            ("Wallets", "", f"{event.entitlements.count():,}"),
            ("Units burned", "0", f"{figures['units'] or 0:,}"),
        ]
        disputed = figures["disputed"] or 0
        return Preview(rows=rows, warnings=[f"{disputed:,} disputed units are not burned."] if disputed else [])

    def items(self, payload: Payload) -> list[ApprovalItemDraft]:
        return [
            ApprovalItemDraft(
                leaf=burn.leaf,
                body={"kind": burn.kind, "number": burn.number, "wallet": str(burn.wallet), "units": burn.units},
            )
            for burn in _burns(event_of(payload))
        ]

    def subject(self, payload: Payload) -> str:
        return f"redemption:{event_of(payload).token.series.isin}"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        lock_rows(ServicingEvent.objects.filter(pk=event_of(payload).pk))
        event = event_of(payload)
        self.check(payload, now=now)
        instructions_approve(instructions=_burns(event), approval=approval, actor=actor, now=now)
        ServicingEvent.objects.filter(pk=event.pk).update(burn_approval=approval)
        body = {"approval": approval.pk}
        audit.record(actor=actor, action="servicing.burn", subject=f"servicing:{event.pk}", body=body, now=now)


def _burns(event: ServicingEvent) -> list[Instruction]:
    return list(Instruction.objects.filter(entitlement__event=event).select_related("wallet").order_by("number"))
