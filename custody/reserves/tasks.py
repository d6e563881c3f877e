"""The bell of reserves."""

from __future__ import annotations

from celery import shared_task

from custody.reserves.services import reserves_advance
from tokenization.kernel import clock


@shared_task
def advance() -> None:
    reserves_advance(now=clock.now())
