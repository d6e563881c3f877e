"""Whose trade it is, why it waits, and which trade moved what the register shows."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from custody.register.models import Entry
from custody.settlement.trades.models import Trade
from custody.tokenisation.selectors import in_names
from tokenization.identity.models import Party


def trades_of(party: Party) -> QuerySet[Trade]:
    """The party's own trades, newest first; nobody sees those of others."""
    found = Trade.objects.filter(sides__party=party).select_related("token__series", "cash", "intent")
    return found.prefetch_related("sides__wallet", "sides__party").order_by("-pk")


def trade_waits_for(trade: Trade, *, now: datetime) -> str:
    """What stands in its way, in words; empty if nothing does or it has ended."""
    if trade.state == Trade.State.PROPOSED:
        missing = trade.sides.filter(signed__isnull=True).order_by("-role").values_list("role", flat=True)
        return "Not signed yet by: " + ", ".join(role.lower() for role in missing)
    if trade.state == Trade.State.SENT and trade.intent is not None:
        return in_names(trade.intent.reason, now=now)
    return ""


def trade_of(entry: Entry) -> Trade | None:
    """The trade of which an entry of the register is a leg: to the register it is the holder's own transfer."""
    return Trade.objects.filter(Q(units_log=entry.log_id) | Q(cash_log=entry.log_id)).first()
