"""The chain is written by the database at commit, in one line without gaps, whoever writes and however many at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from tests.factories.identity import NOW
from tokenization.identity import audit
from tokenization.identity.actors import system_user
from tokenization.identity.models import AuditEntry

Connect = Callable[..., psycopg.Connection[Any]]
INSERT = (
    "INSERT INTO identity_auditentry (at, actor_id, actor_name, action, subject, body) "
    "SELECT now(), id, username, %s, 'raw', '{}' FROM identity_user WHERE username = 'system'"
)


def write(action: str = "test.done", **body: Any) -> AuditEntry:
    return audit.record(actor=system_user(), action=action, subject="test:1", body=body, now=NOW)


def chain() -> list[tuple[int | None, str]]:
    return list(AuditEntry.objects.order_by("id").values_list("sequence", "action"))


@pytest.mark.usefixtures("committed")
def test_an_entry_gets_its_place_when_its_transaction_commits() -> None:
    assert audit.head() == (0, audit.ZERO_HASH)
    with transaction.atomic():
        entry = write(amount=5)
        entry.refresh_from_db()
        assert (entry.sequence, entry.previous_hash, entry.hash) == (None, None, None)
        assert audit.head() == (0, audit.ZERO_HASH)
    entry.refresh_from_db()
    assert (entry.sequence, entry.previous_hash) == (1, audit.ZERO_HASH)
    assert entry.body == '{"amount":5}'
    second = write()
    second.refresh_from_db()
    assert (second.sequence, second.previous_hash) == (2, entry.hash)
    assert audit.head() == (2, second.hash)


@pytest.mark.usefixtures("committed")
def test_the_hash_covers_every_written_column_by_a_published_layout() -> None:
    import hashlib

    entry = write("test.ünïcode", words="پاکستان")
    entry.refresh_from_db()
    pieces = [
        "1",
        str(entry.pk),
        "2026-03-02T09:00:00.000000Z",
        str(entry.actor_id),
        "system",
        "test.ünïcode",
        "test:1",
    ]
    pieces += ['{"words":"پاکستان"}', "0x" + "0" * 64]
    text = "".join(f"{len(piece.encode())}:{piece}," for piece in pieces)
    assert entry.hash == "0x" + hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.usefixtures("committed")
def test_a_rolled_back_entry_leaves_no_gap() -> None:
    write("first")
    with transaction.atomic():
        write("never")
        transaction.set_rollback(True)
    with transaction.atomic():
        write("second")
        inner = transaction.savepoint()
        write("never either")
        transaction.savepoint_rollback(inner)
        write("third")
    assert chain() == [(1, "first"), (2, "second"), (3, "third")]
    assert audit.verify().ok


def test_concurrent_transactions_make_one_line(committed: str, connect: Connect) -> None:
    """Eight writers, twelve transactions each of one to three entries, a third of them rolled back."""
    faults: list[BaseException] = []
    start = threading.Barrier(8)

    def work(name: int, mine: psycopg.Connection[Any]) -> None:
        try:
            start.wait(10)
            for turn in range(12):
                mine.execute("BEGIN")
                for line in range(turn % 3 + 1):
                    mine.execute(INSERT, [f"{name}/{turn}/{line}"])
                mine.execute("ROLLBACK" if turn % 3 == 2 else "COMMIT")
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(name, connect())) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    kept = 8 * (4 * 1 + 4 * 2)
    assert list(AuditEntry.objects.order_by("sequence").values_list("sequence", flat=True)) == list(range(1, kept + 1))
    hashes = list(AuditEntry.objects.order_by("sequence").values_list("previous_hash", "hash"))
    assert [previous for previous, _ in hashes] == [audit.ZERO_HASH, *(digest for _, digest in hashes[:-1])]
    assert audit.verify().ok


def test_two_open_transactions_do_not_wait_for_each_other_before_commit(committed: str, connect: Connect) -> None:
    """The lock is taken at commit: a long transaction that has written its entry holds nobody up."""
    one, two = connect(), connect()
    one.execute("BEGIN")
    one.execute(INSERT, ["slow"])
    two.execute("SET lock_timeout = '2s'")
    two.execute("BEGIN")
    two.execute(INSERT, ["fast"])
    two.execute("COMMIT")
    one.execute("COMMIT")
    assert list(AuditEntry.objects.order_by("sequence").values_list("sequence", "action")) == [(1, "fast"), (2, "slow")]
    assert audit.verify().ok


def test_the_chain_is_serialised_by_a_lock_that_is_really_taken(committed: str, connect: Connect) -> None:
    holder, writer = connect(), connect()
    holder.execute("BEGIN")
    holder.execute(INSERT, ["held"])
    holder.execute("SET CONSTRAINTS ALL IMMEDIATE")
    writer.execute("SET lock_timeout = '200ms'")
    with pytest.raises(psycopg.errors.LockNotAvailable):
        writer.execute(INSERT, ["waits"])
    holder.execute("COMMIT")
    writer.execute(INSERT, ["goes"])
    assert chain()[0] == (1, "held")
    assert chain()[-1] == (2, "goes")


def test_many_rows_in_one_statement_are_chained_in_order(committed: str, connect: Connect) -> None:
    connect().execute(
        "INSERT INTO identity_auditentry (at, actor_id, actor_name, action, subject, body) SELECT now(), u.id, "
        "u.username, 'bulk', n::text, '{}' FROM identity_user u, generate_series(1, 50) n WHERE u.username = 'system'"
    )
    rows = list(AuditEntry.objects.order_by("sequence").values_list("sequence", "subject"))
    assert rows == [(n, str(n)) for n in range(1, 51)]
    assert audit.verify().ok


@pytest.mark.parametrize("column", ["sequence", "previous_hash", "hash"])
def test_nobody_brings_his_own_place_in_the_chain(committed: str, connect: Connect, column: str) -> None:
    value = "1" if column == "sequence" else "'0x" + "1" * 64 + "'"
    with pytest.raises(psycopg.errors.RestrictViolation, match="written by the database alone"):
        connect().execute(
            f"INSERT INTO identity_auditentry (at, actor_id, actor_name, action, subject, body, {column}) "
            f"SELECT now(), id, username, 'forged', 'raw', '{{}}', {value} FROM identity_user"
        )
    assert chain() == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE identity_auditentry SET body = '{}'",
        "UPDATE identity_auditentry SET hash = NULL",
        "DELETE FROM identity_auditentry",
        "TRUNCATE identity_auditentry",
    ],
)
@pytest.mark.parametrize("role", ["tokenization_app", "tokenization_owner", "postgres"])
def test_nothing_is_rewritten_by_any_role(committed: str, connect: Connect, statement: str, role: str) -> None:
    entry = write(kept=True)
    refusal = psycopg.errors.InsufficientPrivilege if role == "tokenization_app" else psycopg.errors.RestrictViolation
    other = connect(role)
    other.execute("SET pgtrigger.ignore = '{pgtrigger_audit_no_delete,pgtrigger_audit_chained_once}'")
    with pytest.raises(refusal):
        other.execute(statement)
    entry.refresh_from_db()
    assert entry.body == '{"kept":true}'
    assert audit.verify().entries == 1


def test_control_without_the_trigger_the_owner_could(committed: str, connect: Connect) -> None:
    write(kept=True)
    owner = connect("tokenization_owner")
    owner.execute("BEGIN")
    owner.execute("ALTER TABLE identity_auditentry DISABLE TRIGGER USER")
    assert owner.execute("UPDATE identity_auditentry SET body = '{}'").rowcount == 1
    assert owner.execute("DELETE FROM identity_auditentry").rowcount == 1
    owner.execute("ROLLBACK")


@pytest.mark.usefixtures("committed")
def test_a_bad_body_writes_nothing() -> None:
    from tokenization.kernel.errors import Refused

    with pytest.raises(Refused):
        write(rate=1.5)
    assert chain() == []


@pytest.mark.django_db
def test_inside_a_rolled_back_test_the_chain_can_be_asked_for_early() -> None:
    write("early")
    connection.check_constraints()
    assert AuditEntry.objects.get(action="early").sequence == audit.head()[0]
    assert audit.verify().ok


def test_sequence_is_unique_even_for_a_superuser(connect: Connect) -> None:
    write()
    write()
    superuser = connect("postgres")
    superuser.execute("SET session_replication_role = replica")
    with pytest.raises(psycopg.errors.UniqueViolation, match="identity_auditentry_sequence_key"):
        superuser.execute("UPDATE identity_auditentry SET sequence = 1")
    assert [sequence for sequence, _ in chain()] == [1, 2]
