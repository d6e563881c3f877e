"""The bell that asks the outbox how sent instructions ended."""

from __future__ import annotations

from celery import shared_task

from custody.instructions import services
from tokenization.kernel import clock


@shared_task
def pull_outcomes() -> None:
    services.instructions_pull_outcomes(now=clock.now())
