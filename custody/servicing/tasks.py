from __future__ import annotations

from celery import shared_task

from custody.servicing.services import redemption_advance
from tokenization.kernel import clock


@shared_task
def advance() -> None:
    """Record, burn and close what is due."""
    redemption_advance(now=clock.now())
