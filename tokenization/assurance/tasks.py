"""Assurance's bell."""

from __future__ import annotations

import logging

from celery import shared_task

from tokenization.assurance.heads import head_leave
from tokenization.kernel.errors import PlatformError

logger = logging.getLogger(__name__)


@shared_task(name="tokenization.assurance.tasks.head_copy")
def head_copy() -> str:
    """Leave the audit log's head outside the database. A signer that is down hears it at the next bell."""
    try:
        return head_leave()
    except PlatformError as error:
        logger.log(logging.WARNING if error.retryable else logging.ERROR, "audit head not left: %s", error)
        return str(error)
