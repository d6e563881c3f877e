"""The bell of trades."""

from __future__ import annotations

from celery import shared_task

from custody.settlement.trades import services
from tokenization.kernel import clock


@shared_task
def advance() -> None:
    services.trades_advance(now=clock.now())
