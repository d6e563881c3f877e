"""What the rooms above may ask of the chain as it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min, QuerySet

from contracts.indexer.faults import halting_fault, refuse_if_halted
from contracts.indexer.models import Block, Log, Tip, WatchedContract


@dataclass(frozen=True)
class Lag:
    """How far the stored and the final chain are behind the head that the node last spoke of, and when that was."""

    head_number: int
    number: int
    final_number: int
    seen_at: datetime

    @property
    def blocks(self) -> int:
        return self.head_number - self.final_number


def final_block() -> Block | None:
    """The last final block up to which every watched contract is complete; None before the first one."""
    tip = Tip.objects.first()
    if tip is None or tip.final_number < 0:
        return None
    filled = WatchedContract.objects.aggregate(lowest=Min("filled_to"))["lowest"]
    number = tip.final_number if filled is None else min(tip.final_number, filled)
    return Block.objects.filter(number=number, final=True).first()


def final_logs(*, after: int, limit: int) -> QuerySet[Log]:
    """Logs in commit order after the log id ``after``, stopping before the first that is not final yet.

    The id is the cursor, not (block, index): a contract watched late gets its old logs later than others got newer
    ones, and they must not be missed. Within one contract the order is the chain's order.
    """
    logs = Log.objects.filter(pk__gt=after)
    open_log = Log.objects.filter(pk__gt=after, block__final=False).order_by("pk").values_list("pk", flat=True).first()
    if open_log is not None:
        logs = logs.filter(pk__lt=open_log)
    return logs.select_related("block").order_by("pk")[:limit]


def block_at(instant: datetime) -> Block | None:
    """The last final block stamped at or before the instant (the record block)."""
    return Block.objects.filter(final=True, timestamp__lte=instant).order_by("-number").first()


def head_lag() -> Lag | None:
    tip = Tip.objects.first()
    return Lag(tip.head_number, tip.number, tip.final_number, tip.head_seen_at) if tip else None


__all__ = ["Lag", "block_at", "final_block", "final_logs", "halting_fault", "head_lag", "refuse_if_halted"]
