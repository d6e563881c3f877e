"""Stopping all sending, and going on after a person looked."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from contracts.outbox.models import Halt, Signer
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.errors import Conflict


def halt_open(*, reason: str, signer: Signer | None, message: str, what_to_do: str, now: datetime) -> Halt:
    """Stop sending for every key; the same reason twice is one halt. Commits at once."""
    try:
        with transaction.atomic():
            return Halt.objects.create(
                reason=reason, signer=signer, message=message, what_to_do=what_to_do, opened_at=now
            )
    except IntegrityError:
        return Halt.objects.get(reason=reason, signer=signer, cleared_at__isnull=True)


def halt_clear(*, halt: Halt, actor: User, now: datetime) -> Halt:
    """Let sending go on; the guard looks again before anything leaves, and halts again if nothing has changed.

    NotAllowed without the power OPERATE; Conflict if it was cleared before.
    """
    require_power(actor, Power.OPERATE)
    with transaction.atomic():
        if Halt.objects.filter(pk=halt.pk, cleared_at__isnull=True).update(cleared_at=now, cleared_by=actor) != 1:
            raise Conflict("This halt was already cleared.")
        halt.refresh_from_db()
        audit.record(
            actor=actor,
            action="outbox.halt_clear",
            subject=f"halt {halt.pk}",
            body={"reason": halt.reason, "message": halt.message},
            now=now,
        )
    return halt


def halted() -> Halt | None:
    """The oldest open halt, if any: then nothing is sent."""
    return Halt.objects.filter(cleared_at__isnull=True).order_by("pk").first()
