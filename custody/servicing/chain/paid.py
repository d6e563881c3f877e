"""Which coupon or redemption a transaction paid, by the paying agent's own log in it."""

from __future__ import annotations

from collections.abc import Iterable

from contracts.gateway import cash_events
from contracts.gateway.cash_events import Paid
from contracts.indexer.models import Log
from custody.servicing.chain.send import event_code
from custody.servicing.models import ServicingEvent
from custody.tokenisation.models import ChainContract


def events_paid(tx_hashes: Iterable[str]) -> dict[str, ServicingEvent]:
    """By transaction; those that paid no event are left out."""
    agent = ChainContract.objects.filter(name="PAYING_AGENT").values_list("address", flat=True).first()
    codes: dict[str, str] = {}
    for log in Log.objects.filter(address=agent, tx_hash__in=set(tx_hashes)):
        fact = cash_events.decode(log.topics, bytes(log.data))
        if isinstance(fact, Paid):
            codes[log.tx_hash] = fact.event.lower()
    if not codes:
        return {}
    rows = ServicingEvent.objects.filter(rail=ServicingEvent.Rail.TOKEN).select_related("token__series")
    known = {event_code(row): row for row in rows}
    return {tx: known[code] for tx, code in codes.items() if code in known}
