"""Counting what a node got wrong; a halting fault stops indexing and posting until the node agrees with us again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from contracts.indexer.models import NodeFault
from tokenization.kernel.errors import PlatformError


class IndexerHalted(PlatformError):
    """The chain contradicts final rows. Nothing is indexed or posted until the fault has gone."""


@transaction.atomic
def fault_record(
    *, kind: NodeFault.Kind, detail: str, now: datetime, halts: bool = False, what_to_do: str = ""
) -> NodeFault:
    """Count the fault: the open one of the same kind and detail, or a new one."""
    fault, created = NodeFault.objects.select_for_update().get_or_create(
        kind=kind,
        detail=detail,
        cleared_at=None,
        defaults={"at": now, "last_at": now, "halts": halts, "what_to_do": what_to_do},
    )
    if not created:
        NodeFault.objects.filter(pk=fault.pk).update(count=F("count") + 1, last_at=now)
        fault.refresh_from_db()
    return fault


def faults_clear(*, now: datetime) -> int:
    """Close the halting faults: the node shows our final block again. Returns how many there were."""
    return NodeFault.objects.filter(halts=True, cleared_at=None).update(cleared_at=now)


def halting_fault() -> NodeFault | None:
    return NodeFault.objects.filter(halts=True, cleared_at=None).order_by("at").first()


def refuse_if_halted() -> None:
    """Raise IndexerHalted, with what to do, while a halting fault is open."""
    fault = halting_fault()
    if fault is not None:
        raise IndexerHalted(f"{fault.get_kind_display()}: {fault.detail}.", next_step=fault.what_to_do)
