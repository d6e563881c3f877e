"""Purchases paid in tokens that were not delivered: REFUNDED once two persons have sent their money home.

Either the buyer's tokens were burned and paid out, or none were ever minted and the credit waits in suspense, from
which it is returned. The settlement names the entry by which its money left.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from custody.cash.models import CashBurn, CashMint
from custody.settlement.models import CashEntry, SettlementInstruction, settlement_machine
from issuance.allotment.services import allotment_withdraw
from tokenization.identity import audit
from tokenization.identity.actors import system_user
from tokenization.kernel.locks import lock_rows

State = SettlementInstruction.State


def purchases_withdrawn() -> QuerySet[SettlementInstruction]:
    return SettlementInstruction.objects.filter(rail=SettlementInstruction.Rail.TOKEN, state=State.WITHDRAWN)


@transaction.atomic
def purchase_refund(pk: int, *, now: datetime) -> int:
    """Close a withdrawn purchase on rail TOKEN whose money has left; returns 0 before. Safe to repeat and to kill."""
    ((row,),) = lock_rows(SettlementInstruction.objects.filter(pk=pk))
    entry = _money_home(row)
    if row.state != State.WITHDRAWN or entry is None:
        return 0
    settlement_machine.move(row, State.REFUNDED, refund_entry=entry)
    actor, reason = system_user(), row.reason or "could not be delivered"
    allotment_withdraw(allotment=row.allotment, reason=reason, actor=actor, now=now)
    body = {"to": "REFUNDED", "reference": row.payment_reference, "entry": entry.key}
    audit.record(actor=actor, action="settlement.move", subject=f"settlement:{row.pk}", body=body, now=now)
    return 1


def _money_home(row: SettlementInstruction) -> CashEntry | None:
    """The pay-out of the buyer's tokens, or the suspense of a credit that was never minted; None while it is here.

    A pay-out counts once: of the same wallet and sum, asked for since the settlement was opened.
    """
    mint = CashMint.objects.select_related("entry").filter(settlement=row).first()
    if mint is None:
        return None
    if mint.state == CashMint.State.RELEASED:
        return mint.entry
    burn = _pay_outs(row).first() if mint.state == CashMint.State.DONE else None
    return burn.payout_entry if burn else None


def _pay_outs(row: SettlementInstruction) -> QuerySet[CashBurn]:
    used = SettlementInstruction.objects.filter(refund_entry__isnull=False).values("refund_entry")
    found = CashBurn.objects.filter(
        wallet=row.wallet, amount_minor=row.amount_minor, state=CashBurn.State.PAID, requested_at__gte=row.opened_at
    )
    return found.exclude(payout_entry__in=used).select_related("payout_entry").order_by("pk")
