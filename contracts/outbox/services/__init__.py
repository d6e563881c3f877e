"""Writes of the outbox: these are for other rooms; the modules beside are the sender's steps."""

from __future__ import annotations

from contracts.outbox.services.cancel import intent_cancel
from contracts.outbox.services.enqueue import intent_enqueue
from contracts.outbox.services.halt import halt_clear
from contracts.outbox.services.release import intent_release
from contracts.outbox.services.send import send_pending
from contracts.outbox.services.signers import signers_sync
from contracts.outbox.services.sizing import Sizing, batch_size

__all__ = [
    "Sizing",
    "batch_size",
    "halt_clear",
    "intent_cancel",
    "intent_enqueue",
    "intent_release",
    "send_pending",
    "signers_sync",
]
