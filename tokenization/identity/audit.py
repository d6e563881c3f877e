"""The audit log: written with the change it describes, chained by the database at commit, verified by recomputing."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import models, transaction

from tokenization.identity.models import AuditEntry, User
from tokenization.kernel.canonical import canonical_json
from tokenization.kernel.errors import Conflict, Refused
from tokenization.kernel.states import Machine

log = logging.getLogger(__name__)

ZERO_HASH = "0x" + "0" * 64
_COLUMNS = ("sequence", "id", "at", "actor_id", "actor_name", "action", "subject", "body", "previous_hash", "hash")


def record(*, actor: User, action: str, subject: str, body: dict[str, Any], now: datetime) -> AuditEntry:
    """Write one entry in the caller's transaction. Its place in the chain is given when that transaction commits."""
    told = {"action": action, "subject": subject, "actor": actor.pk}
    with transaction.atomic():
        transaction.on_commit(lambda: log.info("done", extra=told), robust=True)
        return AuditEntry.objects.create(
            at=now, actor=actor, actor_name=actor.username, action=action, subject=subject, body=canonical_json(body)
        )


def record_many(*, actor: User, action: str, entries: Iterable[tuple[str, dict[str, Any]]], now: datetime) -> int:
    """One entry for each (subject, body), as `record` writes it; returns how many."""
    rows = (
        AuditEntry(
            at=now, actor=actor, actor_name=actor.username, action=action, subject=subject, body=canonical_json(body)
        )
        for subject, body in entries
    )
    with transaction.atomic():
        return len(AuditEntry.objects.bulk_create(rows, batch_size=5_000))


def move_many(
    machine: Machine, rows: models.QuerySet[Any], to: str, *, old: str, actor: User, now: datetime, reason: str = ""
) -> int:
    """`move` for every row of the queryset that is `old`, in one UPDATE. Conflict if one of them moved meanwhile."""
    if not machine.allows(old, to):
        raise Refused(f"{old} cannot become {to}.", field=machine.field, rule="declared transitions")
    label = rows.model._meta.label_lower
    with transaction.atomic():
        pks = list(rows.filter(**{machine.field: old}).order_by("pk").values_list("pk", flat=True))
        moving = rows.model._base_manager.filter(pk__in=pks, **{machine.field: old})
        if moving.update(**{machine.field: to}) != len(pks):
            raise Conflict(f"Some are no longer {old}.", field=machine.field, next_step="Load them again.")
        told = {"from": old, "to": to, "reason": reason}
        entries = ((f"{label}:{pk}", told) for pk in pks)
        record_many(actor=actor, action=f"{label}.{machine.field}", entries=entries, now=now)
    return len(pks)


def move(
    machine: Machine,
    instance: models.Model,
    to: str,
    *,
    actor: User,
    now: datetime,
    reason: str = "",
    **fields: Any,
) -> None:
    """`machine.move` and its audit entry, together. Refused and Conflict as there."""
    old = getattr(instance, machine.field)
    with transaction.atomic():
        machine.move(instance, to, **fields)
        record(
            actor=actor,
            action=f"{instance._meta.label_lower}.{machine.field}",
            subject=f"{instance._meta.label_lower}:{instance.pk}",
            body={"from": old, "to": to, "reason": reason},
            now=now,
        )


@dataclass(frozen=True)
class Verification:
    """`first_altered` is the sequence number of the first entry that is not what it was, or None."""

    ok: bool
    first_altered: int | None
    message: str
    entries: int = 0


@dataclass(frozen=True)
class _Row:
    sequence: int | None
    id: int
    at: datetime
    actor_id: int
    actor_name: str
    action: str
    subject: str
    body: str
    previous_hash: str
    hash: str

    def recomputed(self) -> str:
        """The same text as the trigger `audit_chain` hashes."""
        at = self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        values = (
            *(self.sequence, self.id, at, self.actor_id, self.actor_name),
            *(self.action, self.subject, self.body, self.previous_hash),
        )
        text = b""
        for value in values:
            piece = str(value).encode()
            text += f"{len(piece)}:".encode() + piece + b","
        return "0x" + hashlib.sha256(text).hexdigest()


def head() -> tuple[int, str]:
    """(sequence, hash) of the last committed entry; (0, zeros) when there is none."""
    last = (
        AuditEntry.objects.filter(sequence__isnull=False).order_by("-sequence").values_list("sequence", "hash").first()
    )
    return (last[0] or 0, last[1] or "") if last else (0, ZERO_HASH)


def verify(heads: Iterable[tuple[int, str]] = ()) -> Verification:
    """Recompute every hash in order and name the first entry that was altered, removed, inserted or never chained.

    A chain recomputed as a whole is consistent in itself, and a cut tail leaves no trace: `heads`, kept outside this
    database, show both. The first altered entry then lies after the last head that still agrees.
    """
    known: dict[int, set[str]] = {}
    for sequence, value in heads:
        known.setdefault(sequence, set()).add(value)
    expected, previous, agreed = 1, ZERO_HASH, 0
    rows = AuditEntry.objects.order_by(models.F("sequence").asc(nulls_last=True), "id")
    for values in rows.values_list(*_COLUMNS).iterator(chunk_size=2000):
        row = _Row(*values)
        fault = _fault(row, expected, previous)
        if fault is not None:
            return Verification(False, fault[0], fault[1], expected - 1)
        if known.get(expected, {row.hash}) != {row.hash}:
            return Verification(False, agreed + 1, _rewritten(agreed, expected), expected - 1)
        agreed = expected if expected in known else agreed
        expected, previous = expected + 1, row.hash
    count = expected - 1
    if max(known, default=0) > count:
        message = f"Entries {count + 1} to {max(known)} are missing: a head kept outside shows that they existed."
        return Verification(False, count + 1, message, count)
    return Verification(True, None, f"{count} entries, each hash recomputed, {len(known)} outside heads agree.", count)


def _rewritten(agreed: int, sequence: int) -> str:
    where = (
        f"Entry {sequence} was" if sequence == agreed + 1 else f"Some of the entries {agreed + 1} to {sequence} were"
    )
    return f"{where} rewritten and the chain recomputed: the head kept outside for entry {sequence} differs."


def _fault(row: _Row, expected: int, previous: str) -> tuple[int, str] | None:
    if row.sequence is None:
        return expected, f"Row {row.id} has no place in the chain: it was put in with the triggers off."
    if row.sequence > expected:
        return expected, f"Entry {expected} is missing: it was removed."
    if row.sequence < expected:
        return row.sequence, f"Entry {row.sequence} stands there twice."
    if row.recomputed() != row.hash:
        return expected, f"Entry {expected} was altered: its hash is not the hash of its content."
    if row.previous_hash != previous:
        altered = max(expected - 1, 1)
        return altered, f"Entry {altered} was altered and its hash rewritten: entry {expected} does not follow from it."
    return None
