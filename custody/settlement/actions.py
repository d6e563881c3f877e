"""Money leaves suspense, or goes back to a buyer, by decision of two."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from custody.settlement.decided import require_same_effect
from custody.settlement.models import (
    CashEntry,
    SettlementInstruction,
    SuspenseItem,
    settlement_machine,
    suspense_machine,
)
from custody.settlement.selectors import suspense_owed
from custody.settlement.services.journal import journal_post
from issuance.allotment.services import allotment_withdraw
from tokenization.identity.approvals import ApprovalItemDraft, Payload, Preview
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import Refused
from tokenization.kernel.locks import lock_rows
from tokenization.kernel.money import Money

Target = SettlementInstruction | SuspenseItem


class RefundApprove:
    """Payload: {"settlement": id} pays back an undeliverable settlement, {"suspense": id} returns suspended money.

    What is owed for either stays here: money that the bank took back, or that was typed and never came.
    """

    name = "custody.settlement.RefundApprove"
    title = "Pay money back"
    maker_power = Power.REFUND_DRAFT
    checker_power = Power.REFUND_APPROVE
    two_houses = False

    def check(self, payload: Payload, *, now: datetime) -> None:
        target = _target(payload)
        if isinstance(target, SettlementInstruction):
            _check_settlement(target)
        else:
            _check_item(target)
        if _net(target) < 0:
            raise Refused(
                f"More is owed for {self.subject(payload)} than it was paid.",
                field="settlement" if "settlement" in payload else "suspense",
                rule="no more is owed than is paid back",
                next_step="Set what is owed off against what is held of the same buyer.",
            )

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        target = _target(payload)
        rows = [(self.subject(payload), "held", f"{Money(_net(target), target.currency).format()} paid back")]
        owed = target.amount_minor - _net(target)
        if owed:
            rows.append(("Owed for it", "in suspense", f"{Money(owed, target.currency).format()} kept and set off"))
        return Preview(rows=rows, warnings=[])

    def items(self, payload: Payload) -> list[ApprovalItemDraft]:
        target = _target(payload)
        body = {"subject": self.subject(payload), "amount_minor": _net(target), "currency": target.currency}
        return [ApprovalItemDraft(leaf=sha256_hex(canonical_json(body)), body=body)]

    def subject(self, payload: Payload) -> str:
        target = _target(payload)
        if isinstance(target, SettlementInstruction):
            return f"settlement:{target.payment_reference}"
        return f"suspense:{target.bank_reference}"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        owed = _lock(_target(payload))
        # What is owed may have been set off, or have come, while this waited for the locks.
        require_same_effect(self, payload, approval, now)
        target = _target(payload)
        if isinstance(target, SettlementInstruction):
            entry = _pay_back(target, owed, "BANK_LEG", "refund", target.payment_reference, now)
            settlement_machine.move(target, "REFUNDED", refund_entry=entry)
            reason = target.reason or "could not be delivered"
            allotment_withdraw(allotment=target.allotment, reason=reason, actor=actor, now=now)
        else:
            entry = _pay_back(target, owed, "SUSPENSE", "return", target.bank_reference, now)
            suspense_machine.move(target, "RETURNED", return_entry=entry)


def _target(payload: Payload) -> Target:
    rows = SettlementInstruction.objects.select_related("allotment")
    found: Target | None = None
    if "settlement" in payload:
        found = rows.filter(pk=payload["settlement"]).first()
    elif "suspense" in payload:
        found = SuspenseItem.objects.filter(pk=payload["suspense"]).first()
    if found is None:
        raise Refused("Name a settlement or a suspended amount.", field="payload", rule="settlement or suspense")
    return found


def _check_settlement(target: SettlementInstruction) -> None:
    if target.state != SettlementInstruction.State.WITHDRAWN:
        raise Refused(
            f"The settlement {target.payment_reference} is {target.state}.",
            field="settlement",
            rule="withdrawn at the registry before it is refunded",
            next_step="Withdraw the confirmation first.",
        )
    if getattr(target, "cash_mint", None) is not None:
        raise Refused(
            f"The money of {target.payment_reference} became cash tokens, or waits in suspense.",
            field="settlement",
            rule="one credit, one claim",
            next_step="The buyer turns his tokens into money; what is in suspense is returned from there.",
        )


def _check_item(target: SuspenseItem) -> None:
    if target.state != SuspenseItem.State.HELD:
        raise Refused("This money has left suspense already.", field="suspense", rule="returned once")
    if target.amount_minor < 0:
        raise Refused(
            "The bank took this money back: there is nothing to return.",
            field="suspense",
            rule="held before it is returned",
            next_step="Set it off against what is held of the same buyer.",
        )


def _net(target: Target) -> int:
    """What leaves: what was paid, or is held, less what is owed for it."""
    return target.amount_minor + sum(item.amount_minor for item in suspense_owed(target))


def _lock(target: Target) -> list[SuspenseItem]:
    """The purchase, what is held and what is owed for it; returns what is owed, as it stands under the locks."""
    owed = Q(pk__in=suspense_owed(target).values("pk"))
    if isinstance(target, SettlementInstruction):
        purchase, items = target.pk, owed
    else:
        purchase, items = target.settlement_id or 0, owed | Q(pk=target.pk)
    _, rows = lock_rows(SettlementInstruction.objects.filter(pk=purchase), SuspenseItem.objects.filter(items))
    return [row for row in rows if row.amount_minor < 0 and row.state == SuspenseItem.State.HELD]


def _pay_back(
    target: Target, owed: Sequence[SuspenseItem], account: str, what: str, reference: str, now: datetime
) -> CashEntry:
    """`reference` is the end-to-end id that the bank is given, and by which its statement shows the payment."""
    kept = sum(item.amount_minor for item in owed)
    legs = [(account, target.amount_minor), ("SUSPENSE", kept), ("BANK", -target.amount_minor - kept)]
    entry = journal_post(
        key=f"{what}:{reference}",
        kind=CashEntry.Kind.REFUND,
        currency=target.currency,
        words=f"Paid back, {what}:{reference}",
        legs=[(account, minor) for account, minor in legs if minor],
        now=now,
        bank_reference=reference,
    )
    for item in owed:
        suspense_machine.move(item, "APPLIED", apply_entry=entry)
    return entry
