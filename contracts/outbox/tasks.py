"""The bells of the outbox. A lost or repeated message costs nothing: the work is in the tables."""

from __future__ import annotations

import logging

from celery import shared_task
from kombu.exceptions import OperationalError as BrokerDown
from redis.exceptions import RedisError

from contracts.outbox import selectors, services
from tokenization.kernel import clock

log = logging.getLogger(__name__)

# One message holds its worker this long at most; the schedule rings again every second.
PASS_SECONDS = 2.0


@shared_task(ignore_result=True)
def send(signer: str) -> None:
    """Work for one key; returns at once if another sender has it."""
    services.send_pending(signer=signer, clock=clock.now, seconds=PASS_SECONDS)


@shared_task(ignore_result=True)
def send_all() -> None:
    """Ring `send` for every key with work."""
    for name in selectors.signers_with_work():
        send.apply_async(args=(name,), expires=10)


@shared_task(ignore_result=True)
def watch() -> None:
    """Ask the signer process for addresses nobody knows yet, and bring what is under way to its end."""
    if not selectors.addresses_known():
        services.signers_sync(now=clock.now())
    for name in selectors.signers_with_work():
        services.send_pending(signer=name, clock=clock.now, seconds=0)


def ring() -> None:
    """Ring the bell after a commit. Never raises: the schedule rings too."""
    try:
        send_all.apply_async(expires=10, retry=False)
    except (BrokerDown, RedisError, OSError) as error:
        log.warning("the broker is down; the schedule will ring: %s", error)
