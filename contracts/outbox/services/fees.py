"""What a transaction offers per gas, and how much more when nobody took it."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.gateway.client import Node
from contracts.outbox import config


@dataclass(frozen=True, slots=True)
class Fee:
    """In wei per gas."""

    maximum: int
    priority: int


def quote(node: Node) -> Fee:
    """Twice the base fee and a tip, at most the cap; nothing on a chain that charges nothing."""
    base = int(str(node.call("eth_getBlockByNumber", "latest", False).get("baseFeePerGas") or "0x0"), 16)
    if base == 0:
        return Fee(0, 0)
    maximum = min(2 * base + config.tip(), config.fee_cap())
    return Fee(maximum, min(config.tip(), maximum))


def bumped(old: Fee, market: Fee) -> Fee | None:
    """At least 12.5 % more of both (nodes want 10 %), at least the market; None if the cap leaves no room for 10 %."""
    maximum = max(_more(old.maximum), market.maximum)
    priority = max(_more(old.priority), market.priority)
    if maximum > config.fee_cap():
        maximum = config.fee_cap()
        if maximum * 10 < old.maximum * 11:
            return None
    return Fee(maximum, min(priority, maximum))


def _more(wei: int) -> int:
    return wei * 9 // 8 + 1
