"""The bell of cash."""

from __future__ import annotations

from celery import shared_task

from custody.cash.services import cash_advance
from tokenization.kernel import clock


@shared_task
def advance() -> None:
    cash_advance(now=clock.now())
