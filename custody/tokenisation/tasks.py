"""The bell of the room."""

from __future__ import annotations

from celery import shared_task

from custody.tokenisation import services
from tokenization.kernel import clock


@shared_task
def advance() -> None:
    services.tokenisation_advance(now=clock.now())
