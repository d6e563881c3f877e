"""What is final never changes, whoever asks and by whatever road."""

from __future__ import annotations

import pytest
from django.db import Error, connection, transaction

from contracts.indexer.models import Block, Log, Tip
from tests.factories.ledger import Books, address

pytestmark = pytest.mark.django_db


@pytest.fixture
def books() -> Books:
    made = Books()
    made.mint(address(0xA), 1)
    made.mine()
    made.mint(address(0xA), 2)
    made.mine(final=False)
    return made


def executed(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement)


def refused(statement: str, *, match: str) -> None:
    before = (
        list(Block.objects.values_list()),
        list(Log.objects.values_list("pk", "block_id")),
        Tip.objects.values_list().get(),
    )
    with pytest.raises(Error, match=match):
        executed(statement)
    after = (
        list(Block.objects.values_list()),
        list(Log.objects.values_list("pk", "block_id")),
        Tip.objects.values_list().get(),
    )
    assert after == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE indexer_block SET hash = parent_hash WHERE number = 101",
        "UPDATE indexer_block SET final = false WHERE number = 101",
        "DELETE FROM indexer_block WHERE number = 101",
        "DELETE FROM indexer_log WHERE block_id = 101",
    ],
)
def test_final_rows_are_frozen(statement: str, books: Books) -> None:
    refused(statement, match="what is final never changes|it is final")


def test_open_rows_may_leave(books: Books) -> None:
    """Control: the same statements above finality, as a reorganisation needs them."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM indexer_log WHERE block_id = 102")
        assert cursor.rowcount == 2
        cursor.execute("DELETE FROM indexer_block WHERE number = 102")
        assert cursor.rowcount == 1


@pytest.mark.parametrize("statement", ["UPDATE indexer_log SET data = ''", "TRUNCATE indexer_log CASCADE"])
def test_logs_are_never_altered(statement: str, books: Books) -> None:
    refused(statement, match="refused|permission denied|must be owner")


@pytest.mark.parametrize("change", ["final_number = 100", "number = 100"])
def test_finality_never_moves_back(change: str, books: Books) -> None:
    refused(f"UPDATE indexer_tip SET {change}", match="never moves back|indexer_tip_order")


def test_the_tip_stays(books: Books) -> None:
    refused("DELETE FROM indexer_tip", match="refused|permission denied")


def test_a_log_exists_once_per_block_and_index(books: Books) -> None:
    refused(
        "INSERT INTO indexer_log (block_id, log_index, tx_hash, tx_index, address, topics, data) "
        "SELECT block_id, log_index, tx_hash, tx_index, address, topics, data FROM indexer_log LIMIT 1",
        match="indexer_log_once",
    )
