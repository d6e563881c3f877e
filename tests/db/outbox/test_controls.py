"""Controls: each guard of the database refuses the bad row, and without the guard the bad row is there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from contracts.outbox.models import Inclusion, IntentState, Signer
from contracts.outbox.services.moves import move
from tests.db.outbox.test_constraints import HASH, NOW, TOKEN, attempt, call, enqueue, slot
from tests.support.database import TestCluster
from tokenization.local.postgres import OWNER

OTHER = "0x" + "ee" * 32
_ITEM = "INSERT INTO outbox_intentitem (intent_id, position, contract, number, wallet, units, follows, live) "
_SLOT = "INSERT INTO outbox_slot (signer_id, nonce, intent_id, created_at) SELECT signer_id, {}, id, now() "
_ATTEMPT = (
    "INSERT INTO outbox_attempt (slot_id, hash, raw, kind, gas, max_fee, priority_fee, epoch, head_block, created_at) "
    f"SELECT id, '{OTHER}', 'x', 'CALL', 1, 1, 1, 0, 1, now() FROM outbox_slot"
)


@dataclass(frozen=True)
class Guard:
    """`bad` is the statement, `count` finds its trace, `table` and `name` say what to take away."""

    name: str
    table: str
    bad: str
    count: str


GUARDS = [
    Guard(
        "outbox_slot_nonce_once",
        "outbox_slot",
        _SLOT.format(0) + "FROM outbox_intent WHERE key = 'two'",
        "SELECT 1 FROM outbox_slot GROUP BY signer_id, nonce HAVING count(*) > 1",
    ),
    Guard(
        "outbox_slot_intent_id",
        "outbox_slot",
        _SLOT.format(1) + "FROM outbox_intent WHERE key = 'one'",
        "SELECT 1 FROM outbox_slot GROUP BY intent_id HAVING count(*) > 1",
    ),
    Guard(
        "outbox_item_live_once",
        "outbox_intentitem",
        _ITEM + f"SELECT id, 0, '{TOKEN}', 7, '', 1, 0, true FROM outbox_intent WHERE key = 'two'",
        "SELECT 1 FROM outbox_intentitem WHERE live GROUP BY contract, number HAVING count(*) > 1",
    ),
    Guard(
        "outbox_item_outlives",
        "outbox_intentitem",
        "UPDATE outbox_intentitem SET live = false",
        "SELECT 1 FROM outbox_intentitem WHERE NOT live",
    ),
    Guard(
        "outbox_attempt_no_change",
        "outbox_attempt",
        "UPDATE outbox_attempt SET raw = 'other bytes'",
        "SELECT 1 FROM outbox_attempt WHERE raw = 'other bytes'",
    ),
    Guard("outbox_attempt_fenced", "outbox_attempt", _ATTEMPT, f"SELECT 1 FROM outbox_attempt WHERE hash = '{OTHER}'"),
    Guard(
        "outbox_signer_forward",
        "outbox_signer",
        "UPDATE outbox_signer SET next_nonce = 0",
        "SELECT 1 FROM outbox_signer WHERE next_nonce = 0",
    ),
    Guard(
        "outbox_intent_body_fixed",
        "outbox_intent",
        "UPDATE outbox_intent SET data = 'other call'",
        "SELECT 1 FROM outbox_intent WHERE data = 'other call'",
    ),
    Guard(
        "outbox_intent_ended",
        "outbox_intent",
        "UPDATE outbox_intent SET state = 'QUEUED' WHERE state = 'FINAL'",
        "SELECT 1 FROM outbox_intent WHERE key = 'ended' AND state = 'QUEUED'",
    ),
    Guard(
        "outbox_inclusion_final",
        "outbox_inclusion",
        "UPDATE outbox_inclusion SET block_number = 99",
        "SELECT 1 FROM outbox_inclusion WHERE block_number = 99",
    ),
]


@pytest.fixture
def owner(fresh_db: str, postgres: TestCluster) -> Iterator[psycopg.Connection]:
    """The one who may take guards away: the application's role owns no table."""
    _rows()
    with psycopg.connect(postgres.url(fresh_db, OWNER), autocommit=True) as made:
        yield made


@transaction.atomic
def _rows() -> None:
    """One intent with a final inclusion, one that waits, one that has ended; the key's first epoch is over."""
    one, _, ended = enqueue("one", call=call(b"\x01", 7)), enqueue("two"), enqueue("ended")
    of = slot(one)
    made = attempt(of)
    Inclusion.objects.create(
        slot=of, attempt=made, block_number=1, block_hash=HASH, status=1, gas_used=1, seen_at=NOW, final=True
    )
    for to in (IntentState.NUMBERED, IntentState.SIGNED, IntentState.MINED, IntentState.FINAL):
        move(ended, to, now=NOW)
    Signer.objects.update(next_nonce=1, epoch=1)


def _run(sql: str) -> bool:
    """Whether the application gets its way."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
    except DatabaseError:
        return False
    return True


def _found(sql: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone() is not None


def _take_away(owner: psycopg.Connection, guard: Guard) -> None:
    """The constraint, unique index or trigger of that name; exactly one there is."""
    rows = owner.execute(
        "SELECT 'ALTER TABLE ' || c.conrelid::regclass || ' DROP CONSTRAINT ' || quote_ident(conname) "
        "  FROM pg_constraint c WHERE contype IN ('u', 'c') AND conrelid = to_regclass(%(t)s::text) "
        "   AND (conname = %(n)s::text OR conname LIKE %(n)s::text || '%%key') "
        "UNION ALL SELECT 'DROP INDEX ' || quote_ident(indexname) FROM pg_indexes i "
        "  WHERE tablename = %(t)s::text AND indexname = %(n)s::text "
        "   AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = i.indexname) "
        "UNION ALL SELECT 'DROP TRIGGER ' || quote_ident(tgname) || ' ON ' || tgrelid::regclass FROM pg_trigger "
        "  WHERE tgrelid = to_regclass(%(t)s::text) AND tgname LIKE 'pgtrigger_' || %(n)s::text || '_%%'",
        {"t": guard.table, "n": guard.name},
    ).fetchall()
    assert len(rows) == 1, (guard.name, rows)
    owner.execute(rows[0][0])


@pytest.mark.parametrize("guard", GUARDS, ids=lambda g: g.name)
def test_the_guard_refuses_what_happens_without_it(owner: psycopg.Connection, guard: Guard) -> None:
    if guard.table == "outbox_attempt":
        # The application has no UPDATE here at all: the trigger is the second lock, and is tried by itself.
        owner.execute("GRANT UPDATE ON outbox_attempt TO tokenization_app")
    assert not _run(guard.bad)
    assert not _found(guard.count)
    _take_away(owner, guard)
    assert _run(guard.bad)
    assert _found(guard.count)
