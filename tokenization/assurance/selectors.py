"""What the assurance pages read: stored runs alone, so that an old page shows the same for ever."""

from __future__ import annotations

from django.db.models import Max, QuerySet

from custody.reconciliation.models import Break, Run
from custody.tokenisation.models import TokenContract


def latest_runs() -> QuerySet[Run]:
    """The newest run of each token."""
    newest = Run.objects.order_by().values("token").annotate(newest=Max("pk")).values("newest")
    return (
        Run.objects.filter(pk__in=newest)
        .select_related("token__series")
        .order_by("token__purpose", "token__series__isin", "token")
    )


def runs() -> QuerySet[Run]:
    return Run.objects.select_related("token__series").order_by("-pk")


def breaks() -> QuerySet[Break]:
    """Open ones first, newest first."""
    return Break.objects.select_related(
        "token__series", "log__block", "opened_by", "last_seen", "closed_by", "closing_file"
    ).order_by("-state", "-pk")


def comparable() -> QuerySet[TokenContract]:
    """The securities and the cash that exist on chain."""
    return TokenContract.objects.filter(state__in=("LIVE", "CLOSED")).select_related("series")


def never_compared() -> QuerySet[TokenContract]:
    return comparable().filter(reconciliations=None).order_by("purpose", "series__isin", "currency")
