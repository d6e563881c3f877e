"""Following the chain and posting the register, beside the least work that the same rows could cost."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from contracts.gateway.client import Node
from contracts.indexer.models import Log
from contracts.indexer.services import index_once, watch
from custody.register.models import Entry
from tests.bench.conftest import Record
from tests.factories.ledger import Books, address, wallet
from tests.support.emitter import Emitter
from tests.support.parts import Chain

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
BLOCKS, LOGS_A_BLOCK = 100, 40
TRANSFERS = 4_000


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@pytest.mark.chain
@pytest.mark.django_db
@pytest.mark.timeout(600)
def test_following_the_chain(chain: Chain, record: Record) -> None:
    """Headers linked, logs complete by receipts, all stored; beside fetching the same answers and storing nothing."""
    emitter = Emitter(chain)
    for block in range(BLOCKS):
        emitter.emit(*range(block * LOGS_A_BLOCK, (block + 1) * LOGS_A_BLOCK))
        chain.mine()
    head = chain.mine(3)
    watch(address=emitter.address, artifact="Emitter", name="bench", now=NOW, from_block=emitter.block)
    with Node(chain.url) as node:

        def follow() -> None:
            while index_once(node, now=NOW).number < head:
                pass

        def fetch() -> None:
            numbers = range(emitter.block, head + 1)
            node.batch([("eth_getBlockByNumber", (hex(number), False)) for number in numbers])
            hashes = [
                block["hash"] for block in node.batch([("eth_getBlockByNumber", (hex(n), False)) for n in numbers])
            ]
            node.batch([("eth_getBlockReceipts", (found,)) for found in hashes])
            node.call(
                "eth_getLogs", {"address": emitter.address, "fromBlock": hex(emitter.block), "toBlock": hex(head)}
            )

        reference = min(seconds(fetch) for _ in range(3))
        ours = seconds(follow)
    assert Log.objects.filter(address=emitter.address).count() == BLOCKS * LOGS_A_BLOCK
    record(
        name=f"index {BLOCKS * LOGS_A_BLOCK:,} logs in {BLOCKS:,} blocks / fetch them only",
        unit="s",
        ours=ours,
        reference=reference,
        aim=4,
    )


@pytest.mark.django_db
@pytest.mark.timeout(600)
def test_posting_the_register(record: Record) -> None:
    """Holders' own transfers as balanced entries with positions; beside one INSERT ... SELECT of the same rows."""
    books = Books()
    issue = books.issue(TRANSFERS, wallet(1))
    books.mint(address(1), TRANSFERS, issue.number)
    books.mine_and_post()
    for start in range(0, TRANSFERS, 100):
        for number in range(start, start + 100):
            books.transfer(address(1), address(2 + number % 500), 1)
        books.mine()
    before = Entry.objects.count()

    def post() -> None:
        while books.post(limit=1_000).logs:
            pass

    ours = seconds(post)
    assert Entry.objects.count() - before == 2 * TRANSFERS
    record(
        name=f"post {TRANSFERS:,} transfers / INSERT ... SELECT of the same entries",
        unit="s",
        ours=ours,
        reference=_copied(),
        aim=30,
    )


def _copied() -> float:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE copied (LIKE register_entry INCLUDING ALL) ON COMMIT DROP")
        taken = seconds(lambda: cursor.execute("INSERT INTO copied SELECT * FROM register_entry"))
        transaction.set_rollback(True)
    return taken
