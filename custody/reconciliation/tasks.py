"""Reconciliation's bell."""

from __future__ import annotations

from celery import shared_task

from custody.reconciliation.evidence.services import evidence_advance
from custody.reconciliation.services import reconcile
from custody.tokenisation.models import TokenContract
from tokenization.kernel import clock
from tokenization.kernel.errors import PlatformError


@shared_task(name="custody.reconciliation.tasks.reconcile_all")
def reconcile_all(phase: str = "") -> list[str]:
    """Reconcile every live token; one that cannot be compared now does not stop the others."""
    told = []
    for token in TokenContract.objects.filter(state__in=["LIVE", "CLOSED"]).order_by("pk"):
        try:
            told.append(str(reconcile(token=token, now=clock.now(), phase=phase)))
        except PlatformError as error:
            told.append(str(error))
    return told


@shared_task(name="custody.reconciliation.tasks.evidence")
def evidence() -> list[str]:
    """Have prepared packs signed, and note which roots are final on chain."""
    return evidence_advance(now=clock.now())
