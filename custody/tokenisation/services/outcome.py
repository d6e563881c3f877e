"""How an intent ended, followed through its splits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from contracts.outbox.models import Intent, IntentState


class Outcome(Enum):
    PENDING = "PENDING"
    DONE = "DONE"
    FAILED = "FAILED"


@dataclass(frozen=True)
class Result:
    """`address` and `block` are those of a created contract, else empty and zero."""

    outcome: Outcome
    reason: str = ""
    address: str = ""
    block: int = 0


def intent_result(intent: Intent, *, wallet: str = "") -> Result:
    """DONE once final, FAILED once given up. A split intent is judged by the part that took over `wallet`."""
    if intent.state == IntentState.FINAL:
        return _done(intent)
    if intent.state not in (IntentState.SPLIT, IntentState.REVERTED, IntentState.REJECTED, IntentState.CANCELLED):
        return Result(Outcome.PENDING, intent.reason)
    parts = intent.parts.all()
    part = (parts.filter(items__wallet=wallet) if wallet else parts).order_by("-pk").first()
    if part is not None:
        return intent_result(part, wallet=wallet)
    if intent.state == IntentState.SPLIT:
        return Result(Outcome.PENDING, intent.reason)
    return Result(Outcome.FAILED, intent.reason)


def _done(intent: Intent) -> Result:
    slot = getattr(intent, "slot", None)
    inclusion = getattr(slot, "inclusion", None)
    if inclusion is None:
        return Result(Outcome.DONE)
    return Result(Outcome.DONE, address=inclusion.contract_address or "", block=inclusion.block_number)
