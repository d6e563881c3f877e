"""Tables of the transaction outbox. DESIGN.md section 6 is their specification, README.md their rules."""

from __future__ import annotations

from contracts.outbox.models.attempt import Attempt, AttemptKind, Broadcast, Inclusion
from contracts.outbox.models.chain import Chain, Halt, Signer
from contracts.outbox.models.intent import Intent, IntentAfter, IntentItem, IntentMove, IntentState
from contracts.outbox.models.slot import Slot

__all__ = [
    "Attempt",
    "AttemptKind",
    "Broadcast",
    "Chain",
    "Halt",
    "Inclusion",
    "Intent",
    "IntentAfter",
    "IntentItem",
    "IntentMove",
    "IntentState",
    "Signer",
    "Slot",
]
