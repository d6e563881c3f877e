"""Which coupon or redemption a transaction paid, by the paying agent's own log in it."""

from __future__ import annotations

from collections.abc import Iterable

from contracts.gateway import cash_events
from contracts.gateway.cash_events import Paid
from contracts.indexer.models import Log
from custody.servicing.chain.send import event_named
from custody.servicing.models import ServicingEvent
from custody.tokenisation.models import ChainContract


def events_paid(tx_hashes: Iterable[str]) -> dict[str, ServicingEvent]:
    """By transaction; those that paid no event are left out."""
    agent = ChainContract.objects.filter(name="PAYING_AGENT").values_list("address", flat=True).first()
    found: dict[str, ServicingEvent | None] = {}
    named: dict[tuple[str, str], ServicingEvent | None] = {}
    for log in Log.objects.filter(address=agent, tx_hash__in=set(tx_hashes)):
        fact = cash_events.decode(log.topics, bytes(log.data))
        if isinstance(fact, Paid):
            key = (fact.event, fact.token)
            named[key] = found[log.tx_hash] = named[key] if key in named else event_named(*key)
    return {tx: event for tx, event in found.items() if event is not None}
