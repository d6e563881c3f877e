from __future__ import annotations

from celery import shared_task

from issuance.auction.services import auctions_close
from tokenization.kernel import clock


@shared_task
def close_due() -> None:
    """Close the auctions whose time is over."""
    auctions_close(now=clock.now())
