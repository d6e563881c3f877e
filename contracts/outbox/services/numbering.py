"""Giving an intent its nonce, for ever."""

from __future__ import annotations

from django.db.models import F

from contracts.outbox.models import Intent, IntentState, Signer, Slot
from contracts.outbox.services import crash
from contracts.outbox.services.context import Pass
from contracts.outbox.services.moves import move


def number(work: Pass, intent: Intent, gas: int) -> Slot:
    """The next nonce of the key, without a gap; Conflict if the intent was cancelled meanwhile."""
    with work.lease.write():
        move(intent, IntentState.NUMBERED, now=work.clock(), gas_estimate=gas)
        nonce = Signer.objects.values_list("next_nonce", flat=True).get(pk=work.signer.pk)
        slot = Slot.objects.create(signer=work.signer, nonce=nonce, intent=intent, created_at=work.clock())
        Signer.objects.filter(pk=work.signer.pk).update(next_nonce=F("next_nonce") + 1)
    crash.point("after-slot")
    return slot
