"""Purchases that were paid and are not delivered in time: where each stands, and its next step."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q
from django.urls import reverse

from custody.cash.models import CashMint
from custody.registries.models import RegistryConfirmation
from custody.settlement.models import SettlementInstruction
from tokenization.identity.roles import Power

SHOWN = 200
State = SettlementInstruction.State
GIVEN_UP = (State.UNDELIVERABLE, State.WITHDRAWN)
ON_ITS_WAY = (State.CASH_CONFIRMED, State.IMMOBILISED, State.ISSUING)


@dataclass(frozen=True)
class Stranded:
    """`ask` is the address that proposes the next step, empty where the reader may not, or nobody has to."""

    row: SettlementInstruction
    overdue: bool
    stands: str
    next: str
    href: str = ""
    ask: str = ""
    button: str = ""


def stranded(now: datetime, powers: Collection[Power]) -> list[Stranded]:
    """What was given up, and what is past its deadline; the oldest first."""
    rows = SettlementInstruction.objects.filter(
        Q(state__in=GIVEN_UP) | Q(state__in=ON_ITS_WAY, deliver_by__lte=now)
    ).select_related("allotment__party", "withdraw_instruction", "confirm_instruction", "cash_mint")
    return [_line(row, now, powers) for row in rows.order_by("deliver_by", "pk")[:SHOWN]]


def _line(row: SettlementInstruction, now: datetime, powers: Collection[Power]) -> Stranded:
    line = replace(_stands(row), overdue=row.deliver_by <= now)
    needed = Power.WITHDRAW_DRAFT if line.ask.endswith("/withdraw/") else Power.REFUND_DRAFT
    return line if needed in powers else replace(line, ask="")


def _stands(row: SettlementInstruction) -> Stranded:
    if row.state == State.WITHDRAWN:
        return _withdrawn(row)
    if row.state == State.UNDELIVERABLE:
        return _undeliverable(row)
    if row.state == State.CASH_CONFIRMED and not _confirmed(row):
        ask = reverse("office:settlement-withdraw", args=[row.pk])
        why = "The registrar never confirmed it."
        return _said(row, why, "Two persons withdraw it, then refund it.", ask=ask, button="Propose to withdraw")
    if row.state == State.ISSUING:
        then = "Nothing to do yet: once the chain has answered, the next step shows here."
        return _said(row, "Its issue was sent, and is not final.", then)
    then = "Nothing to do yet: it is being given up, and the next step shows here."
    return _said(row, "Its issue was not sent by its deadline.", then)


def _undeliverable(row: SettlementInstruction) -> Stranded:
    why = f"It could not be delivered: {row.reason.rstrip('.')}."
    if row.confirm_instruction.state == "DRAFT" and not _confirmed(row):
        return _said(row, why, "The registrar signs again.", href=reverse("office:signatures"))
    lowering = row.withdraw_instruction
    if lowering is not None and lowering.state == "DRAFT":
        ask = reverse("office:settlement-withdraw", args=[row.pk])
        return _said(row, why, "Two persons lower the cap.", ask=ask, button="Propose to withdraw")
    if lowering is not None and lowering.state == "DONE":
        return _said(row, why, "The registrar releases the units.", href=reverse("office:propose", args=["release"]))
    return _said(row, why, "The cap is being lowered on chain.")


def _withdrawn(row: SettlementInstruction) -> Stranded:
    mint: CashMint | None = getattr(row, "cash_mint", None)
    why = "Withdrawn; the buyer's money is still here."
    if mint is None:
        ask = reverse("office:settlement-refund", args=[row.pk])
        return _said(row, why, "Two persons pay it back.", ask=ask, button="Propose to refund")
    if mint.state == CashMint.State.DONE:
        return _said(row, why, "He turns his cash tokens into money; then it is refunded by itself.")
    return _said(row, why, "The fiscal agent gives up its tokens; the credit is returned from suspense.")


def _said(row: SettlementInstruction, stands: str, then: str, **more: str) -> Stranded:
    return Stranded(row, False, stands, then, **more)


def _confirmed(row: SettlementInstruction) -> bool:
    return RegistryConfirmation.objects.filter(instruction=row.confirm_instruction_id).exists()
