"""Which part is up, behind or down. Outside parts are asked at once and briefly; everything else is read from rows.

A stranger has nobody asked: he reads what the outside parts answered last, in this process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
import redis
from django.conf import settings
from django.db import DatabaseError, connection

from contracts.gateway.client import Node
from contracts.indexer.selectors import final_block, halting_fault, head_lag
from contracts.outbox.selectors import health
from custody.reconciliation.models import Run
from custody.register.models import RegisterCursor
from tokenization.kernel.errors import PlatformError

UP, BEHIND, DOWN, NOT_ASKED = "up", "behind", "down", "not asked"
ASK_SECONDS = 2.0
# For all outside parts together: a part that answers byte by byte would keep each of its own waits.
TOGETHER_SECONDS = 5.0
# Twelve seconds a block on a slow chain: a register this far behind is no longer catching up by itself.
BLOCKS_BEHIND = 50
SILENCE = timedelta(minutes=2)
RECONCILED_WITHIN = timedelta(minutes=30)
# Bells expire; more than this many waiting in one queue means that nobody hears them.
MESSAGES_WAITING = 200
QUEUES = ("send", "index", "books")


@dataclass(frozen=True)
class Part:
    """`words` is for the operator; strangers see name and state alone."""

    name: str
    state: str
    words: str = ""


def database() -> Part:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return Part("database", DOWN, str(error).strip().splitlines()[0])
    return Part("database", UP)


def queue_lengths() -> dict[str, int]:
    """Messages waiting by queue; redis.RedisError while the broker is away."""
    with redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=ASK_SECONDS, socket_connect_timeout=ASK_SECONDS
    ) as broker:
        return {queue: int(broker.llen(queue)) for queue in QUEUES}


def broker() -> Part:
    try:
        lengths = queue_lengths()
    except redis.RedisError as error:
        return Part("broker", DOWN, str(error))
    return Part("broker", UP, ", ".join(f"{queue} {length}" for queue, length in lengths.items()))


def workers() -> Part:
    try:
        full = {queue: length for queue, length in queue_lengths().items() if length > MESSAGES_WAITING}
    except redis.RedisError:
        return Part("workers", BEHIND, "The broker is away: no bell is heard.")
    said = ", ".join(f"{length} messages wait in {queue}" for queue, length in full.items())
    return Part("workers", BEHIND if full else UP, said)


def node() -> Part:
    try:
        with Node(settings.CHAIN_RPC_URL, timeout=ASK_SECONDS) as asked:
            number = int(asked.call("eth_blockNumber"), 16)
    except PlatformError as error:
        return Part("node", DOWN, str(error))
    return Part("node", UP, f"head {number:,}")


def signer() -> Part:
    try:
        answer = httpx.get(f"{settings.SIGNER_ISSUER_URL}/health", timeout=ASK_SECONDS, trust_env=False)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Part("signer", DOWN, str(error) or type(error).__name__)
    return Part("signer", UP if answer.status_code == httpx.codes.OK else DOWN, f"answered {answer.status_code}")


def sending() -> Part:
    now = health()
    if now.halts:
        return Part("sending", DOWN, now.sentence)
    return Part("sending", UP if now.well else BEHIND, now.sentence)


def indexer(now: datetime) -> Part:
    lag, fault = head_lag(), halting_fault()
    if fault is not None:
        return Part("indexer", DOWN, f"{fault.detail} {fault.what_to_do}")
    if lag is None:
        return Part("indexer", BEHIND, "No block has been read yet.")
    if now - lag.seen_at > SILENCE:
        return Part("indexer", BEHIND, f"The head was last heard of at {lag.seen_at:%Y-%m-%d %H:%M:%S %Z}.")
    words = f"final block {lag.final_number:,}, head {lag.head_number:,}"
    return Part("indexer", BEHIND if lag.blocks > BLOCKS_BEHIND else UP, words)


def register() -> Part:
    final, cursor = final_block(), RegisterCursor.objects.first()
    if final is None:
        return Part("register", UP, "No final block yet.")
    behind = final.number - (cursor.block_number if cursor else -1)
    words = f"complete up to block {final.number - behind:,}, {behind:,} behind the final one"
    return Part("register", BEHIND if behind > BLOCKS_BEHIND else UP, words)


def reconciliation(now: datetime) -> Part:
    latest = Run.objects.order_by("-pk").first()
    if latest is None:
        return Part("reconciliation", UP, "Nothing to reconcile yet.")
    words = f"last run at block {latest.block_number:,}, {latest.at:%Y-%m-%d %H:%M %Z}"
    return Part("reconciliation", BEHIND if now - latest.at > RECONCILED_WITHIN else UP, words)


PROBES: Mapping[str, Callable[[], Part]] = {"broker": broker, "workers": workers, "node": node, "signer": signer}
_last: dict[str, Part] = {}


def asked() -> list[Part]:
    """What the outside parts answer now, all within TOGETHER_SECONDS; one that does not is down."""
    pool = ThreadPoolExecutor(len(PROBES), thread_name_prefix="probe")
    looks = {name: pool.submit(look) for name, look in PROBES.items()}
    wait(looks.values(), timeout=TOGETHER_SECONDS)
    pool.shutdown(wait=False, cancel_futures=True)
    late = f"No answer within {TOGETHER_SECONDS:g} seconds."
    found = [look.result() if look.done() else Part(name, DOWN, late) for name, look in looks.items()]
    _last.update((part.name, part) for part in found)
    return found


def remembered() -> list[Part]:
    """What they answered when they were asked last; nobody is asked."""
    return [_last.get(name, Part(name, NOT_ASKED)) for name in PROBES]


def parts(now: datetime, *, ask: bool = True) -> Sequence[Part]:
    """Every part, the database first; without it nothing else can be said."""
    first = database()
    if first.state == DOWN:
        return [first]
    outside = asked() if ask else remembered()
    return [first, *outside, sending(), indexer(now), register(), reconciliation(now)]


def serves(found: Sequence[Part]) -> bool:
    """Pages are drawn from rows: they serve while the chain, the broker or a signer is away."""
    return all(part.state != DOWN for part in found if part.name == "database")
