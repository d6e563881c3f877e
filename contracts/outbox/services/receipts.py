"""What the chain says about what was sent: mined, gone again by a reorganisation, final."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from contracts.gateway.errors import NodeRefused
from contracts.outbox.models import Attempt, AttemptKind, Inclusion, IntentState, Slot
from contracts.outbox.services import splitting
from contracts.outbox.services.context import Pass
from contracts.outbox.services.explaining import why_reverted
from contracts.outbox.services.moves import move, wait

Receipt = dict[str, Any]
SEEKING = (IntentState.SIGNED, IntentState.BROADCAST, IntentState.MINED, IntentState.STUCK)


def follow(work: Pass) -> bool:
    """Look up every attempt under way and move what moved; True if anything did."""
    slots = list(
        Slot.objects.filter(signer=work.signer, intent__state__in=SEEKING)
        .select_related("intent", "inclusion")
        .prefetch_related("attempts")
        .order_by("nonce")
    )
    found = _receipts(work, [a for s in slots for a in s.attempts.all()])
    moved = False
    for slot in slots:
        winner = next((a for a in slot.attempts.all() if a.hash in found), None)
        if winner:
            moved |= _included(work, slot, winner, found[winner.hash])
        elif slot.intent.state == IntentState.MINED:
            moved |= _gone(work, slot)
    return moved


def _receipts(work: Pass, attempts: Sequence[Attempt]) -> dict[str, Receipt]:
    """Receipts by hash, only of blocks that are canonical right now."""
    answers = work.node.batch([("eth_getTransactionReceipt", (a.hash,)) for a in attempts])
    receipts: dict[str, Receipt] = {}
    for attempt, answer in zip(attempts, answers, strict=True):
        if isinstance(answer, NodeRefused):
            raise answer
        if answer and answer.get("blockHash"):
            receipts[attempt.hash] = answer
    numbers = sorted({r["blockNumber"] for r in receipts.values()})
    blocks = work.node.batch([("eth_getBlockByNumber", (n, False)) for n in numbers])
    canonical = set()
    for block in blocks:
        if isinstance(block, NodeRefused):
            raise block
        canonical.add(block["hash"] if block else "")
    return {h: r for h, r in receipts.items() if r["blockHash"] in canonical}


def _inclusion(slot: Slot) -> Inclusion | None:
    return getattr(slot, "inclusion", None)


def _included(work: Pass, slot: Slot, winner: Attempt, receipt: Receipt) -> bool:
    number, block_hash = int(receipt["blockNumber"], 16), str(receipt["blockHash"])
    old = _inclusion(slot)
    fresh = old is None or (old.attempt_id, old.block_hash) != (winner.pk, block_hash)
    final = number <= work.final.number
    if not fresh and not final:
        return False
    status = int(receipt["status"], 16)
    reason = why_reverted(work, slot.intent, receipt) if final and status == 0 else ""
    with work.lease.write():
        if fresh:
            _write(work, slot, winner, receipt)
        if slot.intent.state != IntentState.MINED:
            move(slot.intent, IntentState.MINED, now=work.clock())
        if final:
            Inclusion.objects.filter(slot=slot).update(final=True)
            _end(work, slot, AttemptKind(winner.kind), status, reason)
    return True


def _write(work: Pass, slot: Slot, winner: Attempt, receipt: Receipt) -> None:
    Inclusion.objects.update_or_create(
        slot=slot,
        defaults={
            "attempt": winner,
            "block_number": int(receipt["blockNumber"], 16),
            "block_hash": receipt["blockHash"],
            "status": int(receipt["status"], 16),
            "gas_used": int(receipt["gasUsed"], 16),
            "contract_address": receipt.get("contractAddress") if winner.kind == AttemptKind.CALL else None,
            "seen_at": work.clock(),
        },
    )


def _end(work: Pass, slot: Slot, kind: AttemptKind, status: int, reason: str) -> None:
    """The last move: what won the nonce, and how it went."""
    intent, now = slot.intent, work.clock()
    if kind == AttemptKind.CANCEL:
        move(intent, IntentState.CANCELLED, now=now, reason="The cancel that two persons decided was mined first.")
    elif kind == AttemptKind.NOOP:
        move(intent, IntentState.REJECTED, now=now, reason="The signer refused the call; its nonce holds a no-op.")
    elif status == 1:
        move(intent, IntentState.FINAL, now=now)
    else:
        splitting.reverted(intent, reason=reason, now=now)


def _gone(work: Pass, slot: Slot) -> bool:
    """No receipt any more. Only another block in the place of its block proves a reorganisation: a node that lags or
    has lost its index proves nothing."""
    old = _inclusion(slot)
    block = work.node.call("eth_getBlockByNumber", hex(old.block_number), False) if old else None
    if old and block and block["hash"] == old.block_hash:
        with work.lease.write():
            wait(slot.intent, f"The node has no receipt of it although block {old.block_number} stands.")
        return False
    return _reopened(work, slot, f"block {old.block_number}" if old else "its block")


def _reopened(work: Pass, slot: Slot, where: str) -> bool:
    """A reorganisation took the block away: the slot is open again, with the same nonce and the same bytes."""
    with work.lease.write():
        Inclusion.objects.filter(slot=slot).delete()
        reason = f"A reorganisation took it out of {where}."
        # The block is noted so that its fee counts as old only from here: first the same bytes are sent again.
        move(slot.intent, IntentState.BROADCAST, now=work.clock(), reason=reason, tried_block=work.head.number)
    return True
