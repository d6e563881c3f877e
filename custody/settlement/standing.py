"""Purchases that were paid and are not delivered in time: where each stands."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from custody.registries.models import RegistryConfirmation
from custody.settlement.models import SettlementInstruction

State = SettlementInstruction.State
GIVEN_UP = (State.UNDELIVERABLE, State.WITHDRAWN)
ON_ITS_WAY = (State.CASH_CONFIRMED, State.IMMOBILISED, State.ISSUING)


class Standing(StrEnum):
    """What a stranded purchase waits for."""

    UNCONFIRMED = "never confirmed by the registrar: two persons withdraw it"
    UNSENT = "its issue was not sent by its deadline: it is being given up"
    UNANSWERED = "its issue was sent and is not final: the chain answers"
    TO_SIGN_AGAIN = "the registrar signs again"
    TO_LOWER = "two persons lower the cap"
    LOWERING = "the cap is being lowered on chain"
    TO_RELEASE = "the registrar releases the units"
    TO_REFUND = "two persons pay it back"
    TO_REDEEM = "he turns his cash tokens into money"
    TO_RETURN = "the fiscal agent gives up its tokens"


def stranded_purchases(now: datetime) -> QuerySet[SettlementInstruction]:
    """What was given up, and what is past its deadline, the oldest first; each with `confirmed`, for `standing_of`."""
    word = RegistryConfirmation.objects.filter(instruction=OuterRef("confirm_instruction"))
    rows = SettlementInstruction.objects.filter(
        Q(state__in=GIVEN_UP) | Q(state__in=ON_ITS_WAY, deliver_by__lte=now)
    ).select_related("allotment__party", "withdraw_instruction", "confirm_instruction", "cash_mint")
    return rows.annotate(confirmed=Exists(word)).order_by("deliver_by", "pk")


def standing_of(row: SettlementInstruction) -> Standing:
    """Where one of `stranded_purchases` stands."""
    if row.state == State.WITHDRAWN:
        return _withdrawn(row)
    confirmed = bool(getattr(row, "confirmed"))  # noqa: B009 an annotation, which the type checker does not know
    if row.state == State.UNDELIVERABLE:
        return _undeliverable(row, confirmed)
    if row.state == State.CASH_CONFIRMED and not confirmed:
        return Standing.UNCONFIRMED
    return Standing.UNANSWERED if row.state == State.ISSUING else Standing.UNSENT


def _undeliverable(row: SettlementInstruction, confirmed: bool) -> Standing:
    if row.confirm_instruction.state == "DRAFT" and not confirmed:
        return Standing.TO_SIGN_AGAIN
    lowering = row.withdraw_instruction
    states = {"DRAFT": Standing.TO_LOWER, "DONE": Standing.TO_RELEASE}
    return states.get(lowering.state, Standing.LOWERING) if lowering is not None else Standing.LOWERING


def _withdrawn(row: SettlementInstruction) -> Standing:
    """Tokens may stand for the money; the room of cash tokens lies above this one, and is reached by the row alone."""
    mint: Any = getattr(row, "cash_mint", None)
    if mint is None:
        return Standing.TO_REFUND
    return Standing.TO_REDEEM if mint.state == "DONE" else Standing.TO_RETURN
