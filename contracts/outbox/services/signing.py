"""From a nonce to signed bytes that are stored before any of them leaves."""

from __future__ import annotations

from contracts.gateway.errors import SignerRefused, SignerUnavailable
from contracts.gateway.keys import Signed, Transaction, sender_of
from contracts.gateway.remote import Request
from contracts.outbox import config
from contracts.outbox.models import Attempt, AttemptKind, IntentState, Slot
from contracts.outbox.services import crash
from contracts.outbox.services.context import Pass
from contracts.outbox.services.fees import Fee, bumped, quote
from contracts.outbox.services.halt import halt_open
from contracts.outbox.services.moves import move, wait

_NOOP_GAS = 21_000
_DECIDE = "Then two persons release or withdraw the transaction, and an operator clears this halt."
_OLDER = f"The database is older than the signer's memory: restore a newer backup. {_DECIDE}"
_ALLOW = f"Let the signer's policy allow the call again, if it should. {_DECIDE}"


def sign(work: Pass, slot: Slot) -> Attempt | None:
    """The first attempt of a slot. If the policy refuses now what it allowed before, the nonce is filled with a no-op:
    nothing was ever signed there, and a gap would hold up everything behind it. None: STUCK, and sending halted."""
    try:
        return attempt(work, slot, AttemptKind.CALL, quote(work.node))
    except SignerRefused as refused:
        if refused.rule == "memory":
            _stuck(work, slot, "SIGNER_MEMORY", f"Another call was signed there. {refused.message}", _OLDER)
            return None
        if refused.rule != "policy":
            raise
        return _fill(work, slot, refused.message)


def _fill(work: Pass, slot: Slot, policy: str) -> Attempt | None:
    with work.lease.write():
        wait(slot.intent, f"The signer refuses: {policy} The nonce is filled with a no-op.")
    try:
        return attempt(work, slot, AttemptKind.NOOP, quote(work.node))
    except SignerRefused as refused:
        if refused.rule != "memory":
            raise
        _stuck(work, slot, "SIGNER_REFUSES", f"It was signed there once, and now the policy refuses: {policy}", _ALLOW)
        return None


def attempt(work: Pass, slot: Slot, kind: AttemptKind, fee: Fee, approval: str = "") -> Attempt:
    """Ask the signer, then store and commit the bytes. The same request gives the same bytes again."""
    transaction = _call(work, slot, fee) if kind == AttemptKind.CALL else _empty(work, slot, fee)
    signed = work.port.sign(Request(work.signer.key, transaction, kind=str(kind), approval=approval))
    crash.point("after-sign")
    _require_our_key(work, signed)
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


def cancel(work: Pass, slot: Slot, last: Attempt | None) -> Attempt:
    """The cancel that two persons decided: whichever of the two calls mines, decides.

    At the cap, or on a chain without fees, it offers what the call offered: a node that lost the call still takes it.
    """
    fee = market = quote(work.node)
    if last:
        old = Fee(last.max_fee, last.priority_fee)
        fee = (bumped(old, market) if market.maximum else None) or old
    return attempt(work, slot, AttemptKind.CANCEL, fee, slot.intent.cancel_approval)


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


def _require_our_key(work: Pass, signed: Signed) -> None:
    """Bytes of another key would use up another account's nonce and leave ours open for ever."""
    sender = sender_of(signed.raw)
    if sender == work.address:
        return
    message = f"The key {work.signer.name} is {work.address}; the signer process signs as {sender}."
    halt_open(
        reason="KEY_CHANGED",
        signer=work.signer,
        message=message,
        what_to_do="Give the signer process back its keystore; a key's address never changes. Then clear this halt.",
        now=work.clock(),
    )
    raise SignerUnavailable(message)


def _stuck(work: Pass, slot: Slot, reason: str, why: str, what_to_do: str) -> None:
    message = f"Nonce {slot.nonce} of the key {work.signer.name} cannot be signed for {slot.intent.key}. {why}"
    with work.lease.write():
        move(slot.intent, IntentState.STUCK, now=work.clock(), reason=message)
        halt_open(reason=reason, signer=work.signer, message=message, what_to_do=what_to_do, now=work.clock())
