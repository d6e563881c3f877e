"""Whether the machinery is well, from stored rows alone: a page asks no node and renders while one is down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from contracts.indexer.models import NodeFault
from contracts.indexer.selectors import head_lag
from contracts.outbox.models import Halt
from tokenization.kernel import clock
from tokenization.theme import figures

# A node that said nothing for this long is taken for down.
SILENCE = timedelta(minutes=2)


@dataclass(frozen=True)
class Alarm:
    """What is wrong, what to do about it, and where to look."""

    level: str
    what: str
    do: str = ""
    href: str = ""


def halts() -> list[Alarm]:
    return [
        Alarm("error", f"Nothing is being sent to the chain: {halt.message}", halt.what_to_do, "/office/outbox/halt/")
        for halt in Halt.objects.filter(cleared_at=None).order_by("pk")
    ]


def faults() -> list[Alarm]:
    return [
        Alarm(
            "error",
            f"The register stands still: {fault.get_kind_display()}, {fault.detail}",
            fault.what_to_do,
            "/office/indexer/nodefault/",
        )
        for fault in NodeFault.objects.filter(halts=True, cleared_at=None).order_by("pk")
    ]


def silence() -> list[Alarm]:
    lag = head_lag()
    if lag is None or clock.now() - lag.seen_at <= SILENCE:
        return []
    said = (
        f"The chain has not been heard since {figures.when(lag.seen_at)}. "
        f"These pages show what was final by block {figures.units(lag.final_number)}. Work waits and nothing is lost."
    )
    return [Alarm("warning", said, "The operator looks whether the node and the indexer are up.")]


def health() -> list[Alarm]:
    """What stands still, worst first; empty while all is well."""
    return [*halts(), *faults(), *silence()]
