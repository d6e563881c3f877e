"""Writing down what must happen on chain, in the caller's own transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, connection, transaction

from contracts.gateway.calls import Call, Item
from contracts.gateway.roles import ISSUER_KEYS
from contracts.outbox.models import Intent, IntentAfter, IntentItem, IntentState, Signer
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import Refused


def body_hash(
    signer: str, call: Call, items: Sequence[Item], after: Sequence[Intent], deadline: datetime | None
) -> str:
    """Digest of everything that makes two requests the same request (the wording of the description does not)."""
    return sha256_hex(
        canonical_json(
            {
                "signer": signer,
                "to": (call.to or "").lower(),
                "data": call.data.hex(),
                "value": str(call.value),
                "artifact": call.artifact,
                "function": call.function,
                "numbered_by": call.numbered_by.lower(),
                "items": [[i.number, i.wallet.lower(), str(i.units), i.follows] for i in items],
                "after": sorted(i.pk for i in after),
                "deadline": deadline.isoformat() if deadline else "",
            }
        )
    )


def intent_enqueue(
    *,
    key: str,
    signer: str,
    call: Call,
    items: Sequence[Item] = (),
    after: Sequence[Intent] = (),
    deadline: datetime | None = None,
    now: datetime,
    split_from: Intent | None = None,
) -> Intent:
    """Write an intent inside the caller's transaction, so that it exists exactly if the business change does.

    The same key with the same body returns the intent already there; with another body it is Refused. A number that
    already has a live intent is Refused. `deadline` is in chain time; `items` defaults to those of the call.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("intent_enqueue belongs inside the transaction of the business change")
    items = tuple(items) or call.items
    _check(key, signer, call, items)
    digest = body_hash(signer, call, items, after, deadline)
    fields = _fields(signer, call, digest, deadline, now, split_from)
    # Rival transactions with the same key wait here for each other: the loser reads the winner's row.
    try:
        with transaction.atomic():
            intent = Intent.objects.create(key=key, **fields)
    except IntegrityError:
        return _already_there(key, digest)
    IntentAfter.objects.bulk_create(IntentAfter(intent=intent, prerequisite=p) for p in dict.fromkeys(after))
    _write_items(intent, call, items)
    return intent


def _check(key: str, signer: str, call: Call, items: Sequence[Item]) -> None:
    if signer not in ISSUER_KEYS:
        raise Refused(
            f"There is no key named {signer!r}.",
            field="signer",
            rule="known key",
            next_step=f"Use one of {ISSUER_KEYS}.",
        )
    if not key or len(key) > 200:
        raise Refused("An intent needs a key of 1 to 200 characters.", field="key", rule="length")
    if not call.data and call.to is None:
        raise Refused("A contract cannot be created without code.", field="call", rule="data given")
    numbers = [i.number for i in items if i.number]
    if len(set(numbers)) != len(numbers):
        raise Refused("One number stands twice in the batch.", field="items", rule="numbers are unique")
    if numbers and not call.numbered_by:
        raise Refused("Numbered items need the contract that counts them.", field="call", rule="numbered_by given")


def _fields(
    signer: str, call: Call, digest: str, deadline: datetime | None, now: datetime, split_from: Intent | None
) -> dict[str, object]:
    return {
        "signer": signer_row(signer),
        "to": call.to,
        "data": call.data,
        "value": call.value,
        "body_hash": digest,
        "artifact": call.artifact,
        "function": call.function,
        "description": call.description,
        "numbered_by": call.numbered_by or None,
        "deadline": deadline,
        "split_from": split_from,
        "created_at": now,
        "state": IntentState.QUEUED,
    }


def _already_there(key: str, digest: str) -> Intent:
    intent = Intent.objects.get(key=key)
    if intent.body_hash != digest:
        raise Refused(
            f"The key {key} was already used for another call.",
            field="key",
            rule="one key, one body",
            next_step="Use a new key, or send the same request again unchanged.",
        )
    return intent


def _write_items(intent: Intent, call: Call, items: Sequence[Item]) -> None:
    contract = call.numbered_by or call.to or ""
    rows = [
        IntentItem(
            intent=intent,
            position=n,
            contract=contract,
            number=i.number,
            wallet=i.wallet,
            units=i.units,
            follows=i.follows,
        )
        for n, i in enumerate(items)
    ]
    try:
        with transaction.atomic():
            IntentItem.objects.bulk_create(rows)
    except IntegrityError as error:
        if "outbox_item_live_once" not in str(error):
            raise
        raise Refused(
            "A number of this batch already has a live intent.",
            field="items",
            rule="one live intent per number",
            next_step="Wait for the other intent to end; the number can be used again only if it had no effect.",
        ) from error


def signer_row(name: str) -> Signer:
    """The row of a key, made on first use; its address comes from the signer process (`signers_sync`)."""
    return Signer.objects.get_or_create(name=name, defaults={"key": name})[0]
