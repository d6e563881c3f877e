"""How many items fit one transaction: measured on the node with the items at hand, never guessed from a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from contracts.gateway.calls import Call
from contracts.gateway.client import Node
from contracts.gateway.errors import NodeRefused
from contracts.outbox.services.explaining import request
from contracts.outbox.services.gas import CALL_FAILS, room

T = TypeVar("T")
# Items that are simulated: the first, and these many taken from the whole list, so that no corner of it speaks alone.
_SAMPLE = 8


@dataclass(frozen=True, slots=True)
class Sizing:
    """`size` items a transaction; `per_item` and `base` are gas as measured, zero where nothing could be simulated."""

    size: int
    per_item: int = 0
    base: int = 0


def batch_size(
    *, node: Node, sender: str, build: Callable[[Sequence[T]], Call], items: Sequence[T], most: int, worst: int
) -> Sizing:
    """The most of these items that one transaction takes with the outbox's spare, at least 1 and at most `most`.

    `build` makes the call of some of them, `sender` is the key's address. Where the sample cannot be simulated (it
    waits for another transaction), `worst` counts: the gas that an item never needs. Network: not inside a database
    transaction. What it says is a plan; the dry run of the whole batch decides.
    """
    spread = items[:: max(1, len(items) // _SAMPLE)][:_SAMPLE]
    one, many = (_estimate(node, sender, build(part)) for part in (items[:1], spread))
    if not one or not many:
        return Sizing(_within(room() // worst, most))
    if len(spread) < 2:
        return Sizing(_within(room() // one, most), one)
    per_item = max(1, -(-(many - one) // (len(spread) - 1)))
    base = max(0, many - per_item * len(spread))
    return Sizing(_within((room() - base) // per_item, most), per_item, base)


def _within(size: int, most: int) -> int:
    return max(1, min(size, most))


def _estimate(node: Node, sender: str, call: Call) -> int:
    """Gas at the head; 0 if the call fails there."""
    try:
        answer = node.call("eth_estimateGas", request(sender, call.to, call.data, call.value), "latest")
    except NodeRefused as refused:
        if refused.kind not in CALL_FAILS:
            raise
        return 0
    return int(answer, 16)
