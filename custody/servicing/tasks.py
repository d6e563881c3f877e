from __future__ import annotations

from celery import shared_task

from custody.servicing.chain.read import agent_logs_read
from custody.servicing.services import servicing_advance
from tokenization.kernel import clock


@shared_task
def advance() -> None:
    """Read what the paying agent did; open, record, prepare, burn and close what is due."""
    now = clock.now()
    while agent_logs_read(now=now):
        pass
    servicing_advance(now=now)
