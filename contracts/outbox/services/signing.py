"""From a nonce to signed bytes that are stored before any of them leaves."""

from __future__ import annotations

from contracts.gateway.errors import SignerRefused
from contracts.gateway.keys import Transaction
from contracts.gateway.remote import Request
from contracts.outbox import config
from contracts.outbox.models import Attempt, AttemptKind, IntentState, Slot
from contracts.outbox.services import crash
from contracts.outbox.services.context import Pass
from contracts.outbox.services.fees import Fee, bumped, quote
from contracts.outbox.services.halt import halt_open
from contracts.outbox.services.moves import move, wait

_NOOP_GAS = 21_000


def sign(work: Pass, slot: Slot) -> Attempt | None:
    """The first attempt of a slot. If the policy refuses now what it allowed before, the nonce is filled with a no-op:
    nothing was ever signed there, and a gap would hold up everything behind it."""
    try:
        return attempt(work, slot, AttemptKind.CALL, quote(work.node))
    except SignerRefused as refused:
        if refused.rule == "memory":
            _forgotten(work, slot, refused)
            return None
        with work.lease.write():
            wait(slot.intent, f"The signer refuses: {refused.message} The nonce is filled with a no-op.")
        return attempt(work, slot, AttemptKind.NOOP, quote(work.node))


def attempt(work: Pass, slot: Slot, kind: AttemptKind, fee: Fee, approval: str = "") -> Attempt:
    """Ask the signer, then store and commit the bytes. The same request gives the same bytes again."""
    transaction = _call(work, slot, fee) if kind == AttemptKind.CALL else _empty(work, slot, fee)
    signed = work.port.sign(Request(work.signer.key, transaction, kind=str(kind), approval=approval))
    crash.point("after-sign")
    intent = slot.intent
    with work.lease.write():
        row, _ = Attempt.objects.get_or_create(
            hash=signed.hash,
            defaults={
                "slot": slot,
                "raw": signed.raw,
                "kind": kind,
                "gas": transaction.gas,
                "max_fee": fee.maximum,
                "priority_fee": fee.priority,
                "epoch": work.lease.epoch,
                "head_block": work.head.number,
                "created_at": work.clock(),
            },
        )
        if intent.state == IntentState.NUMBERED:
            move(intent, IntentState.SIGNED, now=work.clock(), reason=intent.reason)
    crash.point("after-store")
    return row


def bump(work: Pass, slot: Slot, last: Attempt) -> Attempt | None:
    """The same call at a higher fee; None if the cap leaves no room, or if the chain charges nothing."""
    market = quote(work.node)
    fee = bumped(Fee(last.max_fee, last.priority_fee), market) if market.maximum else None
    if fee is None:
        return None
    approval = slot.intent.cancel_approval if last.kind == AttemptKind.CANCEL else ""
    return attempt(work, slot, AttemptKind(last.kind), fee, approval)


def note_cap(work: Pass, slot: Slot) -> None:
    """Say that the fee cannot rise further."""
    with work.lease.write():
        wait(slot.intent, f"No block took it and its fee cannot rise further (cap {config.fee_cap()} wei).")


def cancel(work: Pass, slot: Slot, last: Attempt | None) -> Attempt | None:
    """The cancel that two persons decided: whichever of the two calls mines, decides."""
    market = quote(work.node)
    fee = bumped(Fee(last.max_fee, last.priority_fee), market) if last else market
    return attempt(work, slot, AttemptKind.CANCEL, fee, slot.intent.cancel_approval) if fee else None


def _call(work: Pass, slot: Slot, fee: Fee) -> Transaction:
    intent = slot.intent
    return Transaction(
        chain_id=work.chain_id,
        nonce=slot.nonce,
        to=intent.to,
        data=bytes(intent.data),
        value=intent.value,
        gas=intent.gas_estimate or config.gas_cap(),
        max_fee=fee.maximum,
        priority_fee=fee.priority,
    )


def _empty(work: Pass, slot: Slot, fee: Fee) -> Transaction:
    return Transaction(
        chain_id=work.chain_id,
        nonce=slot.nonce,
        to=work.address,
        data=b"",
        value=0,
        gas=_NOOP_GAS,
        max_fee=fee.maximum,
        priority_fee=fee.priority,
    )


def _forgotten(work: Pass, slot: Slot, refused: SignerRefused) -> None:
    message = f"The signer has signed another call at nonce {slot.nonce} of {work.signer.name}. {refused.message}"
    with work.lease.write():
        move(slot.intent, IntentState.STUCK, now=work.clock(), reason=message)
    halt_open(
        reason="SIGNER_MEMORY",
        signer=work.signer,
        message=message,
        what_to_do="The database is older than the signer's memory: restore a newer backup, then clear this halt.",
        now=work.clock(),
    )
