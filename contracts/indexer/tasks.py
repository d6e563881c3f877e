"""The indexer's bell."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings

from contracts.gateway.client import Node
from contracts.indexer.services import index_once
from tokenization.kernel import clock
from tokenization.kernel.errors import PlatformError


@shared_task(name="contracts.indexer.tasks.index")
def index() -> str:
    """Follow the chain for a few seconds. What fails is recorded and tried again at the next bell."""
    try:
        return str(index_once(Node(settings.CHAIN_RPC_URL), now=clock.now()))
    except PlatformError as error:
        return str(error)
