"""Purchases that were paid and are not delivered in time: where each stands, and its next step, in words."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from custody.settlement.models import SettlementInstruction
from custody.settlement.standing import Standing, standing_of, stranded_purchases
from tokenization.identity.roles import Power

SHOWN = 200
_WITHDRAWN = "Withdrawn; the buyer's money is still here."
# Why it stands where it stands (empty: its own reason), and what comes next.
_WORDS = {
    Standing.UNCONFIRMED: ("The registrar never confirmed it.", "Two persons withdraw it, then refund it."),
    Standing.UNSENT: (
        "Its issue was not sent by its deadline.",
        "Nothing to do yet: it is being given up, and the next step shows here.",
    ),
    Standing.UNANSWERED: (
        "Its issue was sent, and is not final.",
        "Nothing to do yet: once the chain has answered, the next step shows here.",
    ),
    Standing.TO_SIGN_AGAIN: ("", "The registrar signs again."),
    Standing.TO_LOWER: ("", "Two persons lower the cap."),
    Standing.LOWERING: ("", "The cap is being lowered on chain."),
    Standing.TO_RELEASE: ("", "The registrar releases the units."),
    Standing.TO_REFUND: (_WITHDRAWN, "Two persons pay it back."),
    Standing.TO_REDEEM: (_WITHDRAWN, "He turns his cash tokens into money; then it is refunded by itself."),
    Standing.TO_RETURN: (
        _WITHDRAWN,
        "The fiscal agent gives up its tokens; the credit is returned from suspense.",
    ),
}
# What may be proposed from the page: the address, its button, and whose power it takes.
_ASK = {
    Standing.UNCONFIRMED: ("office:settlement-withdraw", "Propose to withdraw", Power.WITHDRAW_DRAFT),
    Standing.TO_LOWER: ("office:settlement-withdraw", "Propose to withdraw", Power.WITHDRAW_DRAFT),
    Standing.TO_REFUND: ("office:settlement-refund", "Propose to refund", Power.REFUND_DRAFT),
}
_LEADS = {Standing.TO_SIGN_AGAIN: ("office:signatures", []), Standing.TO_RELEASE: ("office:propose", ["release"])}


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
    return [_line(row, now, powers) for row in stranded_purchases(now)[:SHOWN]]


def _line(row: SettlementInstruction, now: datetime, powers: Collection[Power]) -> Stranded:
    standing = standing_of(row)
    why, then = _WORDS[standing]
    name, arguments = _LEADS.get(standing, ("", []))
    address, button, power = _ASK.get(standing, ("", "", None))
    return Stranded(
        row=row,
        overdue=row.deliver_by <= now,
        stands=why or f"It could not be delivered: {row.reason.rstrip('.')}.",
        next=then,
        href=reverse(name, args=arguments) if name else "",
        ask=reverse(address, args=[row.pk]) if power in powers else "",
        button=button,
    )
