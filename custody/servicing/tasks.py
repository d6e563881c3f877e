from __future__ import annotations

from celery import shared_task

from custody.servicing.services import servicing_advance
from tokenization.kernel import clock


@shared_task
def advance() -> None:
    """Open, record, prepare, burn and close what is due."""
    servicing_advance(now=clock.now())
