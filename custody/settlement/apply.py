"""Suspended money is used for what it was meant for, or set off against what the bank took back, by two persons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from custody.settlement.models import (
    CashEntry,
    SettlementInstruction,
    SuspenseItem,
    settlement_machine,
    suspense_machine,
)
from custody.settlement.services.journal import journal_post
from issuance.allotment.services import allotment_mark_paid
from tokenization.identity import audit
from tokenization.identity.approvals import ApprovalItemDraft, Payload, Preview
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import Refused
from tokenization.kernel.locks import lock_rows
from tokenization.kernel.money import Money

Kind = SuspenseItem.Kind


class SuspenseApply:
    """Payload: {"settlement": id or null, "items": [ids]}. The items add up to what the settlement is due, to the minor
    unit; without a settlement they add up to nothing, and one of them is a reversal.
    """

    name = "custody.settlement.SuspenseApply"
    title = "Use suspended money"
    maker_power = Power.REFUND_DRAFT
    checker_power = Power.REFUND_APPROVE
    two_houses = False

    def check(self, payload: Payload, *, now: datetime) -> None:
        settlement, items = _target(payload)
        _check_items(items)
        if settlement is not None:
            _check_settlement(settlement, items, now)
        due = settlement.amount_minor if settlement else 0
        total = sum(item.amount_minor for item in items)
        if total != due:
            currency = items[0].currency
            raise Refused(
                f"Together they are {Money(total, currency)}, not {Money(due, currency)}.",
                field="items",
                rule="exact to the minor unit",
                next_step="Choose items that add up, or pay the money back.",
            )

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        settlement, items = _target(payload)
        after = f"pays {settlement.payment_reference}" if settlement else "set off"
        rows = [(f"Receipt {row.bank_reference}", f"{_money(row)} held", after) for row in items]
        if settlement:
            rows.append((settlement.payment_reference, "waiting for payment", "paid"))
        return Preview(rows=rows, warnings=_strangers(settlement, items))

    def items(self, payload: Payload) -> list[ApprovalItemDraft]:
        settlement, items = _target(payload)
        goal = settlement.payment_reference if settlement else ""
        bodies = [
            {"receipt": row.bank_reference, "amount_minor": row.amount_minor, "currency": row.currency, "for": goal}
            for row in items
        ]
        return [ApprovalItemDraft(leaf=sha256_hex(canonical_json(body)), body=body) for body in bodies]

    def subject(self, payload: Payload) -> str:
        settlement, items = _target(payload)
        return f"settlement:{settlement.payment_reference}" if settlement else f"suspense:{items[0].bank_reference}"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        lock_rows(
            SettlementInstruction.objects.filter(pk=payload["settlement"] or 0),
            SuspenseItem.objects.filter(pk__in=payload["items"]),
        )
        settlement, items = _target(payload)
        self.check(payload, now=now)
        legs = [("SUSPENSE", row.amount_minor) for row in items]
        if settlement:
            legs.append(("BANK_LEG", -settlement.amount_minor))
        goal = settlement.payment_reference if settlement else "set off"
        entry = journal_post(
            key=f"apply:{approval.pk}",
            kind=CashEntry.Kind.APPLY,
            currency=items[0].currency,
            words=f"Suspended money, {goal}",
            legs=legs,
            now=now,
        )
        for row in items:
            suspense_machine.move(row, "APPLIED", apply_entry=entry)
        if settlement:
            settlement_machine.move(settlement, "CASH_CONFIRMED", cash_entry=entry)
            allotment_mark_paid(allotment=settlement.allotment, actor=actor, now=now)
        body = {"receipts": [row.bank_reference for row in items], "for": goal, "entry": entry.key}
        audit.record(actor=actor, action="suspense.apply", subject=self.subject(payload), body=body, now=now)


def _target(payload: Payload) -> tuple[SettlementInstruction | None, list[SuspenseItem]]:
    wanted = payload.get("items") or []
    items = list(SuspenseItem.objects.filter(pk__in=wanted).order_by("pk"))
    if not items or len(items) != len(wanted):
        raise Refused("Name the suspended receipts, each once.", field="items", rule="items in suspense")
    pk = payload.get("settlement")
    if pk is None:
        return None, items
    return SettlementInstruction.objects.select_related("allotment").get(pk=pk), items


def _check_items(items: Sequence[SuspenseItem]) -> None:
    for item in items:
        if item.state != SuspenseItem.State.HELD:
            raise Refused(f"{item.bank_reference} has left suspense already.", field="items", rule="held")
        if item.kind == Kind.DISPUTE:
            raise Refused(f"{item.bank_reference} is in dispute.", field="items", rule="receipts only")
    if len({item.currency for item in items}) > 1:
        raise Refused("The receipts are in several currencies.", field="items", rule="one currency")


def _check_settlement(settlement: SettlementInstruction, items: Sequence[SuspenseItem], now: datetime) -> None:
    if settlement.state != SettlementInstruction.State.AWAITING_CASH or now >= settlement.deliver_by:
        raise Refused(
            f"The settlement {settlement.payment_reference} no longer waits for cash.",
            field="settlement",
            rule="awaiting cash, before its deadline",
            next_step="Pay the money back.",
        )
    if settlement.currency != items[0].currency:
        raise Refused(f"It is due in {settlement.currency}.", field="items", rule="one currency")


def _strangers(settlement: SettlementInstruction | None, items: Sequence[SuspenseItem]) -> list[str]:
    if settlement is None:
        return []
    others = [row.bank_reference for row in items if row.settlement_id != settlement.pk]
    return [f"Did not name this purchase: {', '.join(others)}."] if others else []


def _money(row: SuspenseItem) -> str:
    return Money(row.amount_minor, row.currency).format()
