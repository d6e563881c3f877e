"""Writes of the outbox. Other rooms use `intent_enqueue`, `intent_cancel`, `halt_clear` and `signers_sync`."""

from __future__ import annotations

from contracts.outbox.services.enqueue import intent_enqueue

__all__ = ["intent_enqueue"]
