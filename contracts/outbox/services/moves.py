"""The only way an intent changes its state: the row, its history and its items' liveness together."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Min

from contracts.outbox.models import Intent, IntentMove, IntentState
from contracts.outbox.models.intent import FAILED, MACHINE

log = logging.getLogger(__name__)


def move(intent: Intent, to: IntentState, *, now: datetime, reason: str = "", **fields: Any) -> None:
    """Conflict if somebody moved it meanwhile. Numbers are free for another intent only after a failed end."""
    old = intent.state
    with transaction.atomic():
        MACHINE.move(intent, to, reason=reason, **fields)
        IntentMove.objects.create(intent=intent, old=old, new=to, reason=reason, at=now)
        if to in FAILED:
            intent.items.filter(live=True).update(live=False)
        transaction.on_commit(lambda: _tell(intent, old, to), robust=True)


def _tell(intent: Intent, old: str, to: IntentState) -> None:
    """One log line with the instructions' numbers, once it is true."""
    numbers = intent.items.aggregate(first=Min("number"), last=Max("number"))
    told = {"intent": intent.key, "contract": intent.numbered_by, "from": old, "to": str(to)}
    log.info("intent", extra={**told, "first_number": numbers["first"], "last_number": numbers["last"]})


def wait(intent: Intent, reason: str, *, tried_block: int | None = None) -> None:
    """Say why an intent still waits; no move."""
    block = tried_block if tried_block is not None else intent.tried_block
    if intent.reason != reason or intent.tried_block != block:
        Intent.objects.filter(pk=intent.pk, state=intent.state).update(reason=reason, tried_block=block)
        intent.reason, intent.tried_block = reason, block
