"""Each guard of the register and of the indexer is what refuses: the same statement, as the owner, with it off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.factories.ledger import Books, address, wallet
from tests.support.clones import Clone
from tests.support.controls import guard_is_what_refuses

LEG = """
    INSERT INTO register_entry (token_id, log_id, leg, account, units, cause, block_number, block_hash, posted_at)
    SELECT token_id, log_id, {leg}, '{account}', {units}, {cause}, block_number, block_hash, posted_at
    FROM register_entry WHERE leg = 0 LIMIT 1
"""
A = address(0xA)
NO_CHANGE = "never rewritten or removed"
FINAL = "what is final never changes"
GUARDS = [
    ("register_entry", "entries_balance", LEG.format(leg=7, account=A, units=1, cause="'UNEXPLAINED'"), "sum to zero"),
    (
        "register_entry", "register_leg_once",
        LEG.format(leg=0, account=A, units=0, cause="'UNEXPLAINED'"), "register_leg_once",
    ),
    (
        "register_entry", "register_entry_account",
        LEG.format(leg=7, account="NOBODY", units=0, cause="'UNEXPLAINED'"), "register_entry_account",
    ),
    ("register_entry", "entry_kept_no_change", "UPDATE register_entry SET posted_at = now() WHERE leg = 0", NO_CHANGE),
    (
        "register_entry", "register_cause_instructed",
        LEG.format(leg=7, account=A, units=0, cause="'ISSUE'"), "register_cause_instructed",
    ),
    (
        "register_position", "register_wallet_not_negative",
        f"UPDATE register_position SET units = -1 WHERE account = '{A}'", "register_wallet_not_negative",
    ),
    (
        "register_registercursor", "cursor_only_rises",
        "UPDATE register_registercursor SET log_id = log_id - 1", "never reads backwards",
    ),
    (
        "register_registercursor", "cursor_only_rises",
        "UPDATE register_registercursor SET block_number = block_number - 1", "never reads backwards",
    ),
    ("register_registercursor", "cursor_no_delete", "DELETE FROM register_registercursor", NO_CHANGE),
    ("indexer_block", "final_block_frozen", "UPDATE indexer_block SET final = false WHERE number = 101", FINAL),
    ("indexer_block", "final_block_frozen", "UPDATE indexer_block SET timestamp = now() WHERE number = 101", FINAL),
    ("indexer_log", "final_log_frozen", "DELETE FROM indexer_log WHERE block_id = 101 AND log_index = 3", "is final"),
    ("indexer_log", "log_never_altered", "UPDATE indexer_log SET data = '' WHERE log_index = 3", NO_CHANGE),
    ("indexer_tip", "finality_only_rises", "UPDATE indexer_tip SET final_number = 100", "never moves back"),
    (
        "indexer_log", "indexer_log_once",
        "INSERT INTO indexer_log (block_id, log_index, tx_hash, tx_index, address, topics, data) "
        "SELECT block_id, log_index, tx_hash, tx_index, address, topics, data FROM indexer_log WHERE log_index = 3",
        "indexer_log_once",
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def owner(clone: Clone) -> Iterator[psycopg.Connection[Any]]:
    """The owner of a clone with one issue posted, one undue mint, and a last log that no entry refers to."""
    with clone.filling():
        books = Books()
        row = books.issue(30, wallet(0xA))
        books.mint(A, 30, row.number)
        books.transfer(A, A, 5)
        books.log("TokensFrozen", [A], [1])
        books.mine_and_post()
    with clone.as_owner() as connection:
        yield connection


@pytest.mark.parametrize(("table", "guard", "statement", "words"), GUARDS)
def test_with_the_guard_off_it_would_pass(
    owner: psycopg.Connection[Any], table: str, guard: str, statement: str, words: str
) -> None:
    before = owner.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
    guard_is_what_refuses(owner, table=table, guard=guard, statement=statement, words=words)
    assert owner.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() == before
