"""Money in dispute: every entry that credits suspense has an item that says why, and two persons decide about it."""

from __future__ import annotations

from custody.settlement.models import CashEntry, SettlementInstruction, SuspenseItem


def suspense_hold(
    *,
    entry: CashEntry,
    amount_minor: int,
    currency: str,
    reason: str,
    bank_reference: str,
    payment_reference: str = "",
    settlement: SettlementInstruction | None = None,
    kind: str = SuspenseItem.Kind.DISPUTE,
) -> SuspenseItem:
    """Name what an entry put into suspense; once per entry."""
    item, _ = SuspenseItem.objects.get_or_create(
        entry=entry,
        defaults={
            "settlement": settlement,
            "amount_minor": amount_minor,
            "currency": currency,
            "bank_reference": bank_reference,
            "payment_reference": payment_reference,
            "reason": reason[:200],
            "kind": kind,
        },
    )
    return item
