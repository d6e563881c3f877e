"""Bringing everything that has a nonce to the network, in order of the nonces, and back to it when it was lost."""

from __future__ import annotations

from contracts.gateway.errors import NodeRefused, SignerRefused
from contracts.outbox import config
from contracts.outbox.models import Attempt, AttemptKind, Intent, IntentState, Slot
from contracts.outbox.services import guard, signing
from contracts.outbox.services.broadcast import broadcast
from contracts.outbox.services.context import Pass
from contracts.outbox.services.moves import move, wait

_OPEN = (IntentState.NUMBERED, IntentState.SIGNED, IntentState.BROADCAST)


def deliver(work: Pass) -> bool:
    """Sign what has only a number, send what has only a signature, send again what got lost; True if one moved."""
    slots = list(
        Slot.objects.filter(signer=work.signer, intent__state__in=_OPEN)
        .select_related("intent")
        .prefetch_related("attempts")
        .order_by("nonce")
    )
    moved = False
    for place, slot in enumerate(slots):
        numbered = slot.intent.state == IntentState.NUMBERED
        moved |= _begin(work, slot) if numbered else _revive(work, slot, first=place == 0)
        if slot.intent.state == IntentState.STUCK:
            return True  # sending is halted now
    return moved


def withdraw(work: Pass) -> bool:
    """What two persons withdrew while it was STUCK: a nonce that is used up ends it, an open one gets the cancel."""
    moved = False
    stuck = Slot.objects.filter(signer=work.signer, intent__state=IntentState.STUCK).exclude(intent__cancel_approval="")
    for slot in stuck.select_related("intent").prefetch_related("attempts").order_by("nonce"):
        if not guard.nonce_used(work, slot):
            to, reason = resumed(slot), "Two persons withdrew it: a cancel takes its nonce."
        elif not _known(work, slot):
            to, reason = IntentState.CANCELLED, f"Two persons withdrew it: nonce {slot.nonce} was used by a stranger."
        else:
            continue
        with work.lease.write():
            move(slot.intent, to, now=work.clock(), reason=reason)
        moved = True
    return moved


def _begin(work: Pass, slot: Slot) -> bool:
    signed = signing.cancel(work, slot, None) if slot.intent.cancel_approval else signing.sign(work, slot)
    if signed is None:
        return False
    broadcast(work, slot, signed)
    return True


def _revive(work: Pass, slot: Slot, *, first: bool) -> bool:
    """Cancel it if two persons said so, raise a fee that no block took, send again what the node does not have.

    Only the lowest open nonce can be waiting for its fee: the others wait for it. A fee below the base fee also makes
    nodes forget the transaction, so its age is looked at before its absence.
    """
    last = _last(slot)
    since = max(last.head_block, slot.intent.tried_block or 0)
    old = first and work.head.number - since >= config.bump_blocks()
    try:
        better = _better(work, slot, last, old=old)
    except SignerRefused as refused:
        moved = _again(work, slot, last)
        with work.lease.write():
            wait(slot.intent, f"It goes on as it was signed; the signer refuses a new attempt: {refused.message}")
        return moved
    if better:
        return broadcast(work, slot, better)
    moved = _again(work, slot, last)
    if old:
        signing.note_cap(work, slot)
    return moved


def _better(work: Pass, slot: Slot, last: Attempt, *, old: bool) -> Attempt | None:
    if slot.intent.cancel_approval and last.kind != AttemptKind.CANCEL:
        return signing.cancel(work, slot, last)
    return signing.bump(work, slot, last) if old else None


def _again(work: Pass, slot: Slot, last: Attempt) -> bool:
    """The same bytes once more: whether they left is not known, or the node has lost them."""
    if slot.intent.state == IntentState.BROADCAST and _known(work, slot):
        return False
    was_signed = slot.intent.state == IntentState.SIGNED
    return was_signed if broadcast(work, slot, last) else _given_up(work, slot)


def _known(work: Pass, slot: Slot) -> bool:
    """Whether the node still has any of the slot's attempts, in its pool or in a block."""
    answers = work.node.batch([("eth_getTransactionByHash", (a.hash,)) for a in slot.attempts.all()])
    for answer in answers:
        if isinstance(answer, NodeRefused):
            raise answer
    return any(answers)


def _given_up(work: Pass, slot: Slot) -> bool:
    """No attempt of ours is on the chain; if a final block used the nonce, it was not us: a person must look."""
    if _known(work, slot) or not guard.nonce_taken(work, slot):
        return False
    with work.lease.write():
        reason = f"Nonce {slot.nonce} was used by a transaction that is not ours."
        move(slot.intent, IntentState.STUCK, now=work.clock(), reason=reason)
    return True


def stuck(work: Pass) -> Intent | None:
    """An intent of the key that waits for two persons: nothing more is numbered behind it."""
    return Intent.objects.filter(signer=work.signer, state=IntentState.STUCK).order_by("pk").first()


def resumed(slot: Slot) -> IntentState:
    """Where a STUCK intent goes on."""
    return IntentState.BROADCAST if slot.attempts.exists() else IntentState.NUMBERED


def _last(slot: Slot) -> Attempt:
    return max(slot.attempts.all(), key=lambda a: a.pk)
