"""At which block a page is true. Every page that shows a figure from the chain carries one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contracts.indexer.models import Block
from contracts.indexer.selectors import head_lag
from custody.register.models import RegisterCursor


@dataclass(frozen=True)
class Stamp:
    """`behind`: blocks between this one and the newest the node spoke of, None when none is known."""

    number: int
    hash: str
    at: datetime | None
    behind: int | None = None


def stamp_of(number: int, block_hash: str, at: datetime | None = None) -> Stamp:
    """The stamp of a block; its time is looked up among the stored headers when not given."""
    if at is None:
        at = Block.objects.filter(hash=block_hash).values_list("timestamp", flat=True).first()
    lag = head_lag()
    return Stamp(number, block_hash, at, max(lag.head_number - number, 0) if lag else None)


def register_stamp() -> Stamp | None:
    """Up to which final block the register is complete; None before it read the first."""
    cursor = RegisterCursor.objects.first()
    if cursor is None or cursor.block_hash is None:
        return None
    return stamp_of(cursor.block_number, cursor.block_hash)
