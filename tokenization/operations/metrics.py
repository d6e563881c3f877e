"""The figures that an operator's monitoring keeps, computed when it asks. Nothing about a person is among them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import redis
from django.conf import settings
from django.db.models import Count, Min
from prometheus_client.core import GaugeMetricFamily as Gauge
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector, CollectorRegistry

from contracts.gateway.client import Node
from contracts.indexer.models import NodeFault
from contracts.indexer.selectors import final_block, head_lag
from contracts.outbox.models import Halt, Intent, Signer
from contracts.outbox.models.intent import ENDED
from contracts.outbox.selectors import pending_summary
from custody.reconciliation.models import Break, Run
from custody.register.models import RegisterCursor
from custody.tokenisation.models import TokenContract
from tokenization.kernel import clock
from tokenization.kernel.errors import PlatformError
from tokenization.operations.readiness import ASK_SECONDS, UP, parts, queue_lengths


class Platform(Collector):
    """Every family of figures; a part that is away leaves its family empty and `part_up` at 0."""

    def collect(self) -> Iterable[Metric]:
        now = clock.now()
        yield from _parts(now)
        yield from _chain(now)
        yield from _sending(now)
        yield from _books(now)


def registry() -> CollectorRegistry:
    found = CollectorRegistry()
    found.register(Platform())
    return found


def _parts(now: datetime) -> Iterable[Metric]:
    up = Gauge("tokenization_part_up", "1 while the part is up, 0 while it is behind or down", labels=["part"])
    for part in parts(now):
        up.add_metric([part.name], float(part.state == UP))
    yield up
    waiting = Gauge("tokenization_queue_messages", "Messages waiting by queue", labels=["queue"])
    try:
        for queue, length in queue_lengths().items():
            waiting.add_metric([queue], length)
    except redis.RedisError:
        pass
    yield waiting


def _chain(now: datetime) -> Iterable[Metric]:
    lag, final, cursor = head_lag(), final_block(), RegisterCursor.objects.first()
    blocks = Gauge("tokenization_block", "Number of the newest block: head, final, register", labels=["of"])
    if lag is not None:
        blocks.add_metric(["head"], lag.head_number)
    if final is not None:
        blocks.add_metric(["final"], final.number)
    if cursor is not None:
        blocks.add_metric(["register"], cursor.block_number)
    yield blocks
    if lag is not None:
        seen = (now - lag.seen_at).total_seconds()
        yield Gauge("tokenization_head_age_seconds", "Since the node last told its head", value=max(seen, 0.0))
    faults = NodeFault.objects.filter(cleared_at=None).aggregate(all=Count("pk"))["all"]
    yield Gauge("tokenization_node_faults_open", "Faults of the node that nobody cleared", value=faults)


def _sending(now: datetime) -> Iterable[Metric]:
    states = Gauge("tokenization_intents_open", "Instructions to the chain under way, by state", labels=["state"])
    for state, count in pending_summary().items():
        states.add_metric([state], count)
    yield states
    oldest = Intent.objects.exclude(state__in=ENDED).aggregate(at=Min("created_at"))["at"]
    age = max((now - oldest).total_seconds(), 0.0) if oldest else 0.0
    yield Gauge("tokenization_intent_oldest_seconds", "Age of the oldest one under way", value=age)
    halts = Halt.objects.filter(cleared_at=None).count()
    yield Gauge("tokenization_halts_open", "Reasons for which nothing is sent", value=halts)
    yield _gas()


def _gas() -> Metric:
    """Told by the node: an account without gas money stops its key and nothing else."""
    gas = Gauge("tokenization_signer_gas_wei", "Gas money of each key, in wei", labels=["key"])
    rows = [(row.name, row.address) for row in Signer.objects.exclude(address=None).order_by("name")]
    try:
        with Node(settings.CHAIN_RPC_URL, timeout=ASK_SECONDS) as node:
            told = node.batch([("eth_getBalance", (address, "latest")) for _, address in rows])
    except PlatformError:
        return gas
    for (name, _), wei in zip(rows, told, strict=True):
        if isinstance(wei, str):
            gas.add_metric([name], int(wei, 16))
    return gas


def _books(now: datetime) -> Iterable[Metric]:
    breaks = Gauge("tokenization_breaks_open", "Open breaks by kind", labels=["kind"])
    for row in Break.objects.filter(state="OPEN").values("kind").annotate(all=Count("pk")).order_by("kind"):
        breaks.add_metric([row["kind"]], row["all"])
    yield breaks
    green = Gauge("tokenization_reconciliation_green", "1 if the last run of the token was green", labels=["token"])
    age = Gauge("tokenization_reconciliation_age_seconds", "Since the last run of the token", labels=["token"])
    for token in TokenContract.objects.select_related("series").order_by("pk"):
        run = Run.objects.filter(token=token).order_by("-pk").first()
        if run is not None:
            green.add_metric([token.code], float(run.green))
            age.add_metric([token.code], max((now - run.at).total_seconds(), 0.0))
    yield green
    yield age
