"""The bell of settlement."""

from __future__ import annotations

from celery import shared_task

from custody.settlement import services
from tokenization.kernel import clock


@shared_task
def advance() -> None:
    services.settlements_advance(now=clock.now())
