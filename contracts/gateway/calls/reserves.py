"""Calls to the ReserveBook: an examiner's word relayed, and a figure raised by the authority at once."""

from __future__ import annotations

from contracts.gateway.calls.builders import call
from contracts.gateway.calls.types import Call
from contracts.gateway.messages import Attestation
from contracts.gateway.orders import BY_CODE, Order


def attest(reserve_book: str, attestation: Attestation, signature: str) -> Call:
    """Relay what an examiner signed; quantities in the reserve's smallest unit."""
    row = attestation
    text = f"Relay attestation {row.number} of {row.quantity} ({row.encumbered} encumbered) behind {row.token}"
    raw = bytes.fromhex(signature.removeprefix("0x"))
    return call("ReserveBook", reserve_book, "attest", (row.as_tuple(), raw), text)


def raise_encumbrance(reserve_book: str, token: str, encumbered: int, order: Order) -> Call:
    """Hold `encumbered` against the reserve from now on: new units stop at what is left. It can only go up."""
    basis = BY_CODE[order.basis].words.lower()
    text = f"Raise what is encumbered behind {token} to {encumbered}: {basis}"
    return call("ReserveBook", reserve_book, "raiseEncumbrance", (token.lower(), encumbered, order.as_tuple()), text)
