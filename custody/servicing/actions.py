"""Redeeming a series: two persons approve the burns, item by item, and the money that is set aside for them."""

from __future__ import annotations

from datetime import datetime

from custody.instructions.actions import item_drafts, require_drafts
from custody.instructions.models import Instruction
from custody.instructions.services import instructions_approve
from custody.servicing.models import Entitlement, Payment, RedemptionEvent, redemption_machine
from custody.servicing.services.payment import suspense_set_aside
from custody.settlement.models import CashEntry
from custody.settlement.services import cash_entry_record
from tokenization.identity.approvals import ApprovalItemDraft, Payload, Preview
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.errors import Refused
from tokenization.kernel.money import Money


class RedemptionApprove:
    """Payload: {"redemption": id}. Debits the treasury, makes payments due, lets the burns be sent."""

    name = "custody.servicing.RedemptionApprove"
    title = "Redeem a series"
    maker_power = Power.REDEEM_DRAFT
    checker_power = Power.REDEEM_APPROVE
    two_houses = False

    def check(self, payload: Payload, *, now: datetime) -> None:
        event = _event(payload)
        if event.state != RedemptionEvent.State.RECORDED:
            raise Refused(
                f"The redemption is {event.state}.",
                field="redemption",
                rule="record block named first",
                next_step="Wait until the record block is final and the register has read it.",
            )
        require_drafts(_burns(event))

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        event = _event(payload)
        currency = event.token.series.currency
        held = sum(event.entitlements.values_list("suspense_minor", flat=True))
        rows = [
            ("Record block", "", f"{event.record_block_number} {event.record_block_hash}"),
            ("Set aside from the treasury", "0", Money(event.total_minor or 0, currency).format()),
            ("of this into suspense", "0", Money(held, currency).format()),
            ("Units to burn", "", f"{sum(row.units for row in _burns(event)):,}"),
        ]
        return Preview(rows=rows, warnings=["Disputed units earn nothing to their wallet."] if held else [])

    def items(self, payload: Payload) -> list[ApprovalItemDraft]:
        return item_drafts(_burns(_event(payload)))

    def subject(self, payload: Payload) -> str:
        return f"series:{_event(payload).token.series.isin}"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        event = _event(payload)
        instructions_approve(instructions=_burns(event), approval=approval, actor=actor, now=now)
        redemption_machine.move(event, "APPROVED", approval=approval, funding_entry=_fund(event, now))
        for entitlement in event.entitlements.select_related("wallet", "event__token__series").order_by("pk"):
            _make_due(entitlement, now)


def _event(payload: Payload) -> RedemptionEvent:
    return RedemptionEvent.objects.select_related("token__series").get(pk=payload["redemption"])


def _burns(event: RedemptionEvent) -> list[Instruction]:
    rows = Instruction.objects.filter(entitlement__event=event)
    return list(rows.select_related("token__series", "wallet").order_by("number"))


def _fund(event: RedemptionEvent, now: datetime) -> CashEntry | None:
    total = event.total_minor or 0
    if not total:
        return None
    legs = [("DEBT", total), ("TREASURY", -total), ("BANK", total), ("REDEMPTION", -total)]
    series = event.token.series
    return cash_entry_record(
        key=f"redemption:{event.pk}:funding",
        kind=CashEntry.Kind.FUNDING,
        currency=series.currency,
        words=f"Treasury pays the redemption of {series.isin}",
        legs=legs,
        now=now,
    )


def _make_due(entitlement: Entitlement, now: datetime) -> None:
    if entitlement.amount_minor:
        Payment.objects.create(entitlement=entitlement, amount_minor=entitlement.amount_minor)
    if entitlement.suspense_minor:
        reason = "disputed units" if entitlement.disputed_units else "the wallet is nobody's"
        suspense_set_aside(entitlement, entitlement.suspense_minor, reason, now)
