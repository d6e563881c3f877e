"""The page of one transaction that touched our contracts."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from tokenization.assurance import stories
from tokenization.assurance.views import page_of
from tokenization.theme import figures
from tokenization.theme.faces import face
from tokenization.theme.stamp import stamp_of


@face("assurance")
@require_safe
def transaction(request: HttpRequest, tx_hash: str) -> HttpResponse:
    """A transaction that touched our contracts: where it stands and what the register booked for it."""
    logs = stories.logs_of(tx_hash)
    if not logs:
        raise Http404
    block = logs[0].block
    facts = [
        ("Transaction", tx_hash),
        ("Block", figures.units(block.number)),
        ("Block time", figures.when(block.timestamp)),
        ("Final", "yes: it can no longer be undone" if block.final else "not yet"),
        ("Events seen", figures.units(len(logs))),
    ]
    return page_of(
        request,
        "transaction.html",
        f"Transaction {figures.short(tx_hash)}",
        facts=[{"label": label, "value": value} for label, value in facts],
        stamp=stamp_of(block.number, block.hash, block.timestamp),
        entries=stories.entries_of(tx_hash),
        breaks=stories.breaks_of(tx_hash),
    )
