"""Pulling redemptions forward: record, send the approved burns, close when both legs have ended."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from custody.instructions.models import Instruction
from custody.instructions.services import instructions_send
from custody.servicing.models import Payment, RedemptionEvent, redemption_machine
from custody.servicing.services.opening import redemption_record
from custody.tokenisation.models import TokenContract, token_machine
from tokenization.kernel.locks import lock_rows

State = RedemptionEvent.State


def redemption_advance(*, now: datetime) -> int:
    """Take every step that can be taken now; returns how many. Burns never wait for payments, nor payments for burns."""
    moved = sum(redemption_record(event=event, now=now) for event in RedemptionEvent.objects.filter(state=State.OPEN))
    for event in RedemptionEvent.objects.filter(state=State.APPROVED):
        moved += _burn(event, now)
        moved += _close(event.pk)
    return moved


def _burn(event: RedemptionEvent, now: datetime) -> int:
    ready = Instruction.objects.filter(entitlement__event=event, state=Instruction.State.APPROVED)
    rows = list(ready.order_by("number"))
    if rows:
        instructions_send(instructions=rows, now=now)
    return len(rows)


@transaction.atomic
def _close(pk: int) -> int:
    (rows, _) = lock_rows(RedemptionEvent.objects.filter(pk=pk), TokenContract.objects.filter(redemption=pk))
    event = rows[0]
    burns = Instruction.objects.filter(entitlement__event=event).exclude(state=Instruction.State.DONE)
    due = Payment.objects.filter(entitlement__event=event, state=Payment.State.DUE)
    if event.state != State.APPROVED or burns.exists() or due.exists():
        return 0
    redemption_machine.move(event, "CLOSED")
    if event.token.state == TokenContract.State.LIVE and not event.entitlements.filter(disputed_units__gt=0).exists():
        token_machine.move(event.token, "CLOSED")
    return 1
