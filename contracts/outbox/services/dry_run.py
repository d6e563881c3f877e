"""Trying a call on the node's newest state before it costs a nonce, and finding which items stand in the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from contracts.gateway.calls import subset
from contracts.gateway.errors import NodeRefused, SignerRefused
from contracts.gateway.reverts import explain
from contracts.outbox import config
from contracts.outbox.models import Intent
from contracts.outbox.services.context import Pass
from contracts.outbox.services.explaining import request
from contracts.outbox.services.gas import CALL_FAILS, with_spare
from contracts.outbox.services.splitting import Part, can_split


@dataclass(frozen=True, slots=True)
class Verdict:
    """`gas` if it may be sent; else `reason`, and the `parts` it should be split into, if splitting helps."""

    gas: int = 0
    reason: str = ""
    parts: list[Part] = field(default_factory=list)


def dry_run(work: Pass, intent: Intent) -> Verdict:
    """Estimate the whole call; if it fails, find the items to set apart. Raises what says nothing about the call."""
    try:
        work.port.check(work.signer.key, intent.to, bytes(intent.data), intent.value)
    except SignerRefused as refused:
        return Verdict(reason=f"The signer would refuse: {refused.message}")
    gas, reason = _estimate(work, intent, bytes(intent.data))
    if gas and gas <= config.gas_cap():
        return Verdict(gas=with_spare(gas))
    if not can_split(intent):
        return Verdict(reason=reason or f"It needs {gas} gas; a transaction may use {config.gas_cap()}.")
    if gas:
        return Verdict(reason="Too much gas for one transaction.", parts=_halves(intent.items.count()))
    return Verdict(reason=reason, parts=_find(work, intent))


def _estimate(work: Pass, intent: Intent, data: bytes) -> tuple[int, str]:
    """(gas, "") or (0, reason)."""
    try:
        answer = work.node.call("eth_estimateGas", request(work.address, intent.to, data, intent.value), "latest")
    except NodeRefused as refused:
        if refused.kind not in CALL_FAILS:
            raise
        return 0, explain(refused.data, refused.message)
    return int(answer, 16), ""


def _halves(count: int) -> list[Part]:
    half = (count + 1) // 2
    return [Part(tuple(range(half))), Part(tuple(range(half, count)))]


def _find(work: Pass, intent: Intent) -> list[Part]:
    """One part of everything that passes together, and one part for each item that does not."""
    total = intent.items.count()
    alone = _alone(work, intent, total)
    failing = dict(alone)
    good = [n for n in range(total) if n not in failing]
    while good:
        reason = _together(work, intent, total, good)
        if not reason:
            break
        culprit = _first_too_many(work, intent, total, good)
        failing[good[culprit]] = _together(work, intent, total, good[: culprit + 1]) or reason
        del good[culprit]
    parts = [Part(tuple(good))] if good else []
    return parts + [Part((n,), failing[n]) for n in sorted(failing)]


def _alone(work: Pass, intent: Intent, total: int) -> dict[int, str]:
    """Items that fail by themselves, with the reason."""
    calls = [subset(intent.artifact, bytes(intent.data), total=total, keep=(n,)) for n in range(total)]
    requests = [("eth_call", (request(work.address, intent.to, c, intent.value), "latest")) for c in calls]
    failing: dict[int, str] = {}
    for n, answer in enumerate(work.node.batch(requests)):
        if isinstance(answer, NodeRefused):
            if answer.kind not in CALL_FAILS:
                raise answer
            failing[n] = explain(answer.data, answer.message)
    return failing


def _together(work: Pass, intent: Intent, total: int, keep: Sequence[int]) -> str:
    """Why these items fail together; empty if they pass."""
    data = subset(intent.artifact, bytes(intent.data), total=total, keep=keep)
    try:
        work.node.call("eth_call", request(work.address, intent.to, data, intent.value), "latest")
    except NodeRefused as refused:
        if refused.kind not in CALL_FAILS:
            raise
        return explain(refused.data, refused.message)
    return ""


def _first_too_many(work: Pass, intent: Intent, total: int, good: Sequence[int]) -> int:
    """Index of the first item with which the items before it no longer pass: they pass alone, not together."""
    low, high = 0, len(good) - 1
    while low < high:
        middle = (low + high) // 2
        if _together(work, intent, total, good[: middle + 1]):
            high = middle
        else:
            low = middle + 1
    return low
