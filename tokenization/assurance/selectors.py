"""What the assurance pages read: stored runs alone, so that an old page shows the same for ever.

Each takes how far the reader sees.
"""

from __future__ import annotations

from django.db.models import Max, QuerySet

from custody.reconciliation.models import Break, Run
from custody.tokenisation.models import TokenContract
from tokenization.assurance.reach import Reach


def latest_runs(reach: Reach) -> QuerySet[Run]:
    """The newest run of each token."""
    newest = Run.objects.order_by().values("token").annotate(newest=Max("pk")).values("newest")
    return (
        reach.within(Run.objects.filter(pk__in=newest))
        .select_related("token__series")
        .order_by("token__purpose", "token__series__isin", "token")
    )


def runs(reach: Reach) -> QuerySet[Run]:
    return reach.within(Run.objects.all()).select_related("token__series").order_by("-pk")


def breaks(reach: Reach) -> QuerySet[Break]:
    """Open ones first, newest first."""
    return (
        reach.within(Break.objects.all())
        .select_related("token__series", "log__block", "opened_by", "last_seen", "closed_by", "closing_file")
        .order_by("-state", "-pk")
    )


def comparable(reach: Reach) -> QuerySet[TokenContract]:
    """The securities and the cash that exist on chain."""
    return reach.within(TokenContract.objects.filter(state__in=("LIVE", "CLOSED")), "pk__in").select_related("series")


def never_compared(reach: Reach) -> QuerySet[TokenContract]:
    return comparable(reach).filter(reconciliations=None).order_by("purpose", "series__isin", "currency")
