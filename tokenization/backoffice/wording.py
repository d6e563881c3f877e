"""What states mean, in words for officers who are not programmers."""

from __future__ import annotations

import re

from tokenization.theme import figures

INTENT = {
    "QUEUED": "Waiting for its turn to be sent",
    "NUMBERED": "Has its place in the queue, not yet signed",
    "SIGNED": "Signed and stored, about to be sent",
    "BROADCAST": "Sent to the network, waiting for a block",
    "MINED": "In a block, waiting until it cannot be undone",
    "FINAL": "Done: it can no longer be undone",
    "SPLIT": "Divided into smaller ones; nothing happened under this number",
    "REJECTED": "Given up: nothing happened on chain",
    "REVERTED": "The contract refused it; nothing changed",
    "CANCELLED": "Withdrawn by two persons",
    "STUCK": "Needs a person: see the reason",
}
INSTRUCTION_KIND = {
    "CONFIRM": "Raise the cap (immobilised)",
    "ISSUE": "Issue",
    "WITHDRAW": "Lower the cap (never issued)",
    "REDEEM": "Redeem",
    "ANNUL": "Annul undue units",
    "FORCED_TRANSFER": "Forced transfer",
}
SETTLEMENT = {
    "AWAITING_CASH": "Waiting for payment",
    "CASH_CONFIRMED": "Paid; waiting for the registrar to immobilise",
    "IMMOBILISED": "Immobilised; waiting to be issued",
    "ISSUING": "Being issued on chain",
    "DELIVERED": "Delivered",
    "UNDELIVERABLE": "Paid but cannot be delivered: must be withdrawn and refunded",
    "WITHDRAWN": "Withdrawn from the registry; refund due",
    "REFUNDED": "Refunded",
    "LAPSED": "Not paid in time",
}


_MINOR_UNITS = re.compile(r"(\d+) minor units")


def in_money(reason: str, currency: str) -> str:
    """A reason of the records with its minor units as money: 'short by PKR 0.01'."""
    return _MINOR_UNITS.sub(lambda found: figures.money(int(found[1]), currency), reason)


def intent_state(state: str) -> str:
    return INTENT.get(state, state.replace("_", " ").lower())


def settlement_state(state: str) -> str:
    return SETTLEMENT.get(state, state.replace("_", " ").lower())
