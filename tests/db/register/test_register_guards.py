"""What the database itself refuses, asked round the ORM."""

from __future__ import annotations

import pytest
from django.db import Error, IntegrityError, connection, transaction

from custody.register.models import Entry, RegisterCursor
from tests.factories.ledger import Books, address, wallet

pytestmark = pytest.mark.django_db
A = address(0xA)
INSERT = """
    INSERT INTO register_entry (token_id, log_id, leg, account, units, cause, block_number, block_hash, posted_at)
    SELECT token_id, log_id, %s, %s, %s, 'UNEXPLAINED', block_number, block_hash, posted_at FROM register_entry LIMIT 1
"""


@pytest.fixture
def books() -> Books:
    made = Books()
    made.issued(30, wallet(0xA))
    return made


def executed(statement: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement, values)


def refused(statement: str, *values: object, match: str) -> None:
    before = list(Entry.objects.values_list())
    with pytest.raises(Error, match=match):
        executed(statement, *values)
    assert list(Entry.objects.values_list()) == before


def test_an_unbalanced_leg_is_refused_at_commit(books: Books) -> None:
    refused(INSERT, 7, A, 1, match="do not sum to zero")


def test_without_the_deferred_trigger_it_would_pass(books: Books) -> None:
    """Control: the same statement is accepted until constraints are checked."""
    mark = transaction.savepoint()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(INSERT, [7, A, 1])
        assert cursor.rowcount == 1
        with pytest.raises(IntegrityError, match="do not sum to zero"):
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    transaction.savepoint_rollback(mark)


def test_a_leg_exists_once(books: Books) -> None:
    refused(INSERT, 0, A, 0, match="register_leg_once")


@pytest.mark.parametrize("account", ["0xABC", "SOMEWHERE", "0x" + "A" * 40, ""])
def test_only_wallets_and_named_accounts_have_entries(account: str, books: Books) -> None:
    refused(INSERT, 7, account, 0, match="register_entry_account")


@pytest.mark.parametrize("table", ["register_entry", "register_disputeentry", "register_capentry", "register_dispute"])
def test_nothing_is_truncated(table: str, books: Books) -> None:
    refused(f"TRUNCATE {table} CASCADE", match="refused|permission denied|must be owner")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE register_entry SET units = 0",
        "DELETE FROM register_entry",
        "UPDATE register_entry SET account = 'ISSUED'",
    ],
)
def test_entries_are_never_rewritten(statement: str, books: Books) -> None:
    refused(statement, match="refused|permission denied")


def test_a_caused_entry_names_its_instruction(books: Books) -> None:
    refused(INSERT.replace("'UNEXPLAINED'", "'ISSUE'"), 7, A, 0, match="register_cause_instructed")


def test_a_wallet_is_never_negative_and_a_contra_account_may_be(books: Books) -> None:
    refused("UPDATE register_position SET units = -1 WHERE account = %s", A, match="register_wallet_not_negative")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE register_position SET units = -31 WHERE account = 'ISSUED'")
        assert cursor.rowcount == 1


@pytest.mark.parametrize("change", ["log_id = log_id - 1", "block_number = block_number - 1"])
def test_the_register_never_reads_backwards(change: str, books: Books) -> None:
    before = RegisterCursor.objects.values_list().get()
    refused(f"UPDATE register_registercursor SET {change}", match="never reads backwards")
    assert RegisterCursor.objects.values_list().get() == before


def test_there_is_one_cursor(books: Books) -> None:
    refused('INSERT INTO register_registercursor ("only", log_id, block_number) VALUES (false, 0, 0)', match="single")
