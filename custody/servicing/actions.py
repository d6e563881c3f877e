"""The maker-checker action of a redemption: the approval binds every burn, and with it every payment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from custody.instructions.models import Instruction
from custody.instructions.services import instructions_approve
from custody.servicing.models import Payment, RedemptionEvent, redemption_machine
from tokenization.identity import audit
from tokenization.identity.approvals import ApprovalItemDraft, Preview
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.errors import Refused
from tokenization.kernel.locks import lock_rows
from tokenization.kernel.money import Money


class RedemptionApprove:
    """Payload: {"event": id}. Approves the burns of all undisputed units and makes the payments due."""

    name = "custody.servicing.RedemptionApprove"
    title = "Redeem a series at maturity"
    maker_power = Power.REDEEM_DRAFT
    checker_power = Power.REDEEM_APPROVE
    two_houses = False

    def check(self, payload: dict[str, Any], *, now: datetime) -> None:
        event = _event(payload)
        if event.state != RedemptionEvent.State.RECORDED:
            raise Refused(f"The redemption is {event.state}.", field="event", rule="recorded, and not yet approved")

    def preview(self, payload: dict[str, Any], *, now: datetime) -> Preview:
        event = _event(payload)
        currency = event.token.series.currency
        lines = list(event.entitlements.all())
        burned = sum(line.units for line in lines)
        paid = sum(line.amount_minor for line in lines)
        held = sum(line.suspense_minor for line in lines)
        rows = [
            ("Series", "", event.token.series.isin),
            ("Record block", "", f"{event.record_block_number:,} {event.record_block_hash}"),
            ("Payment date", "", event.payment_date.isoformat()),
            ("Wallets", "", f"{len(lines):,}"),
            ("Units burned", "0", f"{burned:,}"),
            ("Paid to holders", "0", Money(paid, currency).format()),
            ("Held in suspense", "0", Money(held, currency).format()),
        ]
        disputed = sum(line.disputed_units for line in lines)
        warnings = [f"{disputed:,} disputed units are neither burned nor paid to their wallet."] if disputed else []
        return Preview(rows=rows, warnings=warnings)

    def items(self, payload: dict[str, Any]) -> list[ApprovalItemDraft]:
        return [
            ApprovalItemDraft(
                leaf=burn.leaf,
                body={"kind": burn.kind, "number": burn.number, "wallet": str(burn.wallet), "units": burn.units},
            )
            for burn in _burns(_event(payload))
        ]

    def subject(self, payload: dict[str, Any]) -> str:
        return f"redemption:{_event(payload).token.series.isin}"

    def execute(self, payload: dict[str, Any], *, approval: Approval, actor: User, now: datetime) -> None:
        lock_rows(RedemptionEvent.objects.filter(pk=_event(payload).pk))
        event = _event(payload)
        self.check(payload, now=now)
        instructions_approve(instructions=_burns(event), approval=approval, actor=actor, now=now)
        Payment.objects.bulk_create(
            Payment(entitlement=line, amount_minor=line.amount_minor)
            for line in event.entitlements.filter(amount_minor__gt=0)
        )
        audit.move(redemption_machine, event, "APPROVED", actor=actor, now=now, approval=approval)


def _event(payload: dict[str, Any]) -> RedemptionEvent:
    found = RedemptionEvent.objects.select_related("token__series").filter(pk=int(payload.get("event") or 0)).first()
    if found is None:
        raise Refused(f"There is no redemption {payload.get('event')}.", field="event", rule="redemption exists")
    return found


def _burns(event: RedemptionEvent) -> list[Instruction]:
    return list(Instruction.objects.filter(entitlement__event=event).select_related("wallet").order_by("number"))
