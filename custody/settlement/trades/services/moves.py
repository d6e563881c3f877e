"""One move of a trade with its reason and audit entry, inside the caller's transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from custody.settlement.trades.models import Trade, trade_machine
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.kernel.locks import lock_rows


def locked(pk: int) -> Trade:
    """The trade as it stands, nobody else moving it until the caller's transaction ends."""
    ((row,),) = lock_rows(Trade.objects.filter(pk=pk))
    found: Trade = row
    return found


def move(trade: Trade, to: str, *, actor: User, now: datetime, reason: str = "", **fields: Any) -> None:
    old = trade.state
    trade_machine.move(trade, to, reason=reason, **fields)
    body = {"from": old, "to": to, "reason": reason, "digest": trade.digest}
    audit.record(actor=actor, action="trade.move", subject=f"trade:{trade.pk}", body=body, now=now)
