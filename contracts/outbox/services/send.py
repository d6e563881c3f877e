"""One sender's bounded piece of work for one key."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db import connection

from contracts.gateway.client import Node
from contracts.gateway.remote import SignerPort
from contracts.gateway.views import final_head, head
from contracts.outbox import config
from contracts.outbox.models import Intent, Signer
from contracts.outbox.models.intent import ENDED
from contracts.outbox.services import queue, receipts, repair
from contracts.outbox.services.context import Pass
from contracts.outbox.services.guard import safe_to_send
from contracts.outbox.services.halt import halted
from contracts.outbox.services.lease import Fenced, Lease, lease
from contracts.outbox.services.signers import signers_sync
from tokenization.kernel.errors import PlatformError

_POLL = 0.1


def send_pending(
    *,
    signer: str,
    clock: Callable[[], datetime],
    seconds: float,
    node: Node | None = None,
    port: SignerPort | None = None,
) -> bool:
    """Work for one key until nothing is left or `seconds` are over; False if another sender has the key.

    Whatever goes wrong outside is written on the signer's row in words and left for the next pass. Never call it inside
    a transaction.
    """
    if connection.in_atomic_block:
        raise RuntimeError("a sender never works inside a transaction: nothing it sends could be taken back")
    row = Signer.objects.get(name=signer)
    own_node = node or config.node()
    own_port = port or config.port()
    try:
        with lease(row, now=clock()) as held:
            if held is None:
                return False
            _work(row, held, own_node, own_port, clock, seconds)
            return True
    except Fenced:
        return False
    finally:
        if node is None:
            own_node.close()
        if port is None:
            own_port.close()


def _work(
    row: Signer, held: Lease, node: Node, port: SignerPort, clock: Callable[[], datetime], seconds: float
) -> None:
    trouble = ""
    try:
        if row.address is None:
            signers_sync(now=clock(), port=port)
            row.refresh_from_db()
        until = time.monotonic() + seconds
        work = _begin(row, held, node, port, clock)
        if safe_to_send(work):
            _loop(work, until)
            held_up = repair.stuck(work)
            trouble = f"{held_up.key} is stuck: two persons release or withdraw it." if held_up else ""
    except PlatformError as error:
        trouble = str(error)
    _note(row, held, trouble, clock)


def _begin(row: Signer, held: Lease, node: Node, port: SignerPort, clock: Callable[[], datetime]) -> Pass:
    chain_id = int(node.call("eth_chainId"), 16)
    return Pass(row, held, node, port, clock, chain_id, head(node), final_head(node, settings.CHAIN_FINALITY))


def _loop(work: Pass, until: float) -> None:
    while True:
        moved = step(work)
        if halted() is not None or time.monotonic() >= until or not _anything(work):
            return
        if not moved:
            time.sleep(_POLL)


def step(work: Pass) -> bool:
    """Heads first, then what the chain says, then what must be sent, then what may be."""
    work.final = final_head(work.node, settings.CHAIN_FINALITY)
    work.head = head(work.node)
    moved = receipts.follow(work)
    moved |= repair.withdraw(work)
    moved |= repair.deliver(work)
    if halted() is not None or repair.stuck(work):
        return moved
    taken = queue.advance(work)
    if taken:
        repair.deliver(work)
    return moved or taken


def _anything(work: Pass) -> bool:
    return Intent.objects.filter(signer=work.signer).exclude(state__in=ENDED).exists()


def _note(row: Signer, held: Lease, trouble: str, clock: Callable[[], datetime]) -> None:
    """Write down (or wipe away) why the pass could not go on."""
    if row.trouble == trouble:
        return
    with held.write():
        Signer.objects.filter(pk=row.pk).update(trouble=trouble, trouble_since=clock() if trouble else None)
