"""The only way an intent changes its state: the row, its history and its items' liveness together."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from contracts.outbox.models import Intent, IntentMove, IntentState
from contracts.outbox.models.intent import FAILED, MACHINE


def move(intent: Intent, to: IntentState, *, now: datetime, reason: str = "", **fields: Any) -> None:
    """Conflict if somebody moved it meanwhile. Numbers are free for another intent only after a failed end."""
    old = intent.state
    with transaction.atomic():
        MACHINE.move(intent, to, reason=reason, **fields)
        IntentMove.objects.create(intent=intent, old=old, new=to, reason=reason, at=now)
        if to in FAILED:
            intent.items.filter(live=True).update(live=False)


def wait(intent: Intent, reason: str, *, tried_block: int | None = None) -> None:
    """Say why an intent still waits; no move."""
    block = tried_block if tried_block is not None else intent.tried_block
    if intent.reason != reason or intent.tried_block != block:
        Intent.objects.filter(pk=intent.pk, state=intent.state).update(reason=reason, tried_block=block)
        intent.reason, intent.tried_block = reason, block
