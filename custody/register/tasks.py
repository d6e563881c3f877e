"""The register's bell."""

from __future__ import annotations

from celery import shared_task

from custody.register.services import post_final_logs
from tokenization.kernel import clock
from tokenization.kernel.errors import PlatformError


@shared_task(name="custody.register.tasks.post")
def post() -> str:
    """Post what has become final, portion by portion. A halt or a conflict waits for the next bell."""
    try:
        posted = post_final_logs(now=clock.now())
        while posted.logs:
            posted = post_final_logs(now=clock.now())
        return str(posted)
    except PlatformError as error:
        return str(error)
