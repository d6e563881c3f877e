"""Who sent the transactions that no instruction explains: asked of the node once, kept with the run that was told.

Logs name no sender. What the node says is kept only where it shows the transaction in the log's own final block; an
answer that does not come leaves nothing, and the next run asks again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.gateway import views
from contracts.gateway.client import Node
from contracts.gateway.errors import NodeRefused, NodeUnavailable
from custody.reconciliation.models import Break, Observation, Source

if TYPE_CHECKING:
    from custody.reconciliation.books import Books

CALLERS = "transactions that nobody ordered"


def read_callers(books: Books, node: Node) -> None:
    """Adds sender, called contract and selector of each unexplained transaction that no earlier run was told of."""
    mined = {str(cause.log.tx_hash): str(cause.log.block.hash) for cause in books.causes}
    told = Observation.objects.filter(run__token=books.token, source=Source.CHAIN, name=CALLERS)
    for known in told.values_list("detail", flat=True) if mined else ():
        mined = {one: block for one, block in mined.items() if one not in known}
    try:
        found = views.calls_made(node, mined) if mined else {}
    except (NodeRefused, NodeUnavailable):
        return  # a comparison does not fail for want of a name
    if found:
        detail = {one: {"from": call.sender, "to": call.to, "selector": call.selector} for one, call in found.items()}
        books.add(Source.CHAIN, CALLERS, len(found), "transactions", **detail)


def caller_of(found: Break) -> tuple[Observation, views.Call] | None:
    """Who sent the break's transaction, with the observation that keeps it; None where no run was told."""
    rows = Observation.objects.filter(run__token=found.token_id, source=Source.CHAIN, name=CALLERS)
    row = rows.filter(detail__has_key=found.tx_hash).order_by("pk").first() if found.tx_hash else None
    if row is None:
        return None
    told = row.detail[str(found.tx_hash)]
    return row, views.Call(told["from"], told["to"], told["selector"])
