"""Writes of reserves: vaults and lists, moves of items, attestations, encumbrances, physical redemption."""

from __future__ import annotations

from datetime import datetime

from custody.reserves.services.ask import redemption_cancel, redemption_request
from custody.reserves.services.attest import (
    attestation_draft,
    attestation_message,
    attestation_receive,
    attestations_advance,
)
from custody.reserves.services.encumber import encumbrance_raise
from custody.reserves.services.lists import vault_list_import
from custody.reserves.services.moves import items_move
from custody.reserves.services.redeem import redemption_released, redemptions_advance
from custody.reserves.services.vaults import vault_open
from tokenization.kernel.turns import Turns


def reserves_advance(*, now: datetime) -> int:
    """Take every step that can be taken now; returns how many. Safe to repeat, to run twice at once and to kill."""
    turns = Turns()
    turns.each((attestations_advance, redemptions_advance), lambda advance: advance(now=now))
    return turns.end()


__all__ = [
    "attestation_draft",
    "attestation_message",
    "attestation_receive",
    "attestations_advance",
    "encumbrance_raise",
    "items_move",
    "redemption_cancel",
    "redemption_released",
    "redemption_request",
    "redemptions_advance",
    "reserves_advance",
    "vault_list_import",
    "vault_open",
]
