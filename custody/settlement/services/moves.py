"""One move of a settlement with its audit entry, and the intents that make room for its issue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from contracts.outbox.models import Intent
from custody.settlement.models import SettlementInstruction, settlement_machine
from tokenization.identity import audit
from tokenization.identity.actors import system_user


def move(row: SettlementInstruction, to: str, now: datetime, reason: str = "", **fields: object) -> None:
    """Inside the caller's transaction; the reason of before goes, unless one is given."""
    settlement_machine.move(row, to, reason=reason, **fields)
    body = {"to": to, "reference": row.payment_reference, "reason": reason}
    audit.record(actor=system_user(), action="settlement.move", subject=f"settlement:{row.pk}", body=body, now=now)


def confirm_intents(rows: Sequence[SettlementInstruction]) -> list[Intent]:
    """The intents that raise the cap for these settlements of one token."""
    # Any intent that ever carried the number will do: a split adds its parts to the prerequisites by itself.
    numbers = [row.confirm_instruction.number for row in rows]
    address = rows[0].token.address
    found = Intent.objects.filter(items__contract=address, items__number__in=numbers, items__live=True)
    return list(found.distinct().order_by("pk"))
