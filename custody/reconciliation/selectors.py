"""Runs and breaks for pages, reports and the API."""

from __future__ import annotations

from django.db.models import QuerySet

from custody.reconciliation.models import Break, Run
from custody.tokenisation.models import TokenContract


def latest_run(token: TokenContract) -> Run | None:
    return Run.objects.filter(token=token).order_by("-id").first()


def open_breaks(token: TokenContract | None = None) -> QuerySet[Break]:
    """Open breaks, newest first, with the runs that first and last saw them."""
    rows = Break.objects.filter(state=Break.State.OPEN).select_related("token__series", "opened_by", "last_seen", "log")
    return rows.filter(token=token) if token is not None else rows


def still_seen(found: Break) -> bool:
    """The latest run still has evidence of the break, or no later run has looked."""
    latest = latest_run(found.token)
    return latest is None or latest.pk <= found.last_seen_id
