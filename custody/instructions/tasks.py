"""The bell that asks the outbox how sent instructions ended, and sends what only waited for its approval."""

from __future__ import annotations

from celery import shared_task

from custody.instructions import services
from tokenization.kernel import clock


@shared_task
def pull_outcomes() -> None:
    now = clock.now()
    services.instructions_pull_outcomes(now=now)
    services.instructions_send_approved(now=now)
