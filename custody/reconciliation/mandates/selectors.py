"""Which mandates count, and which tokens they name."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from custody.reconciliation.mandates.models import Mandate
from custody.tokenisation.models import TokenContract
from issuance.series.models import Kind
from tokenization.identity.models import User


def mandates_in_force(*, supervisor: User, now: datetime) -> QuerySet[Mandate]:
    day = timezone.localdate(now)
    rows = Mandate.objects.filter(supervisor=supervisor, ending=None, first_day__lte=day, last_day__gte=day)
    return rows.select_related("programme", "series")


def tokens_mandated(*, supervisor: User, now: datetime) -> QuerySet[TokenContract]:
    """What the mandates in force name together; nothing without one."""
    named = Q(pk__in=[])
    for row in mandates_in_force(supervisor=supervisor, now=now):
        named |= _named(row)
    return TokenContract.objects.filter(named)


def _named(row: Mandate) -> Q:
    if row.scope == Mandate.Scope.CASH:
        return Q(purpose="CASH")
    if row.scope == Mandate.Scope.RESERVE:
        return Q(series__kind=Kind.RESERVE)
    if row.scope == Mandate.Scope.DEBT:
        return Q(purpose="SECURITY") & ~Q(series__kind=Kind.RESERVE)
    if row.scope == Mandate.Scope.PROGRAMME:
        return Q(series__programme=row.programme)
    return Q(series=row.series)
