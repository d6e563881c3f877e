"""The bell of servicing."""

from __future__ import annotations

from celery import shared_task

from custody.servicing import services
from tokenization.kernel import clock


@shared_task
def advance() -> None:
    services.redemption_advance(now=clock.now())
