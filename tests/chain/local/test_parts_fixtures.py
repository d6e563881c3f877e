"""The node, broker and worker fixtures keep their promises."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import redis
from django.core.cache import cache

from tests.support import parts
from tests.support.parts import Chain, SignerPool, Workers
from tokenization.celery import app
from tokenization.local.processes import wait_for

MARKS: list[int] = []


def test_chain_mines_only_when_told_and_finalizes_two_below(chain: Chain) -> None:
    start = chain.head
    sender, receiver = chain.accounts[:2]
    transaction = chain.rpc("eth_sendTransaction", {"from": sender, "to": receiver, "value": "0x1"})
    assert chain.head == start
    assert chain.mine(3) == start + 3
    receipt = chain.rpc("eth_getTransactionReceipt", transaction)
    assert int(receipt["blockNumber"], 16) == start + 1
    assert int(chain.rpc("eth_getBlockByNumber", "finalized", False)["number"], 16) == start + 1
    MARKS.append(start)


def test_chain_is_put_back_between_tests(chain: Chain) -> None:
    assert chain.head == MARKS[0]
    before = chain.now()
    assert chain.warp(86_400) - before >= 86_400


def test_chain_forgets_a_warp_of_the_test_before(chain: Chain) -> None:
    chain.mine()
    assert abs(chain.now() - time.time()) < 3_600


def test_valkey_serves_cache_and_broker(valkey: str) -> None:
    cache.set("answer", 42)
    assert cache.get("answer") == 42
    app.send_task("nobody.listens", queue="send")
    with redis.Redis.from_url(valkey) as client:
        assert client.llen("send") == 1


def test_valkey_is_empty_for_the_next_test(valkey: str) -> None:
    assert cache.get("answer") is None


def test_a_real_worker_takes_what_is_sent(celery_worker: Workers) -> None:
    worker = celery_worker("send")
    app.send_task("nobody.knows.this", queue="send")
    assert wait_for(lambda: "nobody.knows.this" in worker.log.read_text(), 60)
    worker.kill()
    assert not worker.alive()


class Pair:
    """Signers that only count: how often they forgot, and whether they were stopped."""

    def __init__(self) -> None:
        self.forgot, self.untouched, self.stopped = 0, True, False

    def forget_everything(self) -> None:
        self.forgot += 1

    def stop(self) -> None:
        self.stopped = True


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SignerPool:
    monkeypatch.setattr(parts, "start_signers", lambda cluster, folder: Pair())
    return SignerPool(Any, tmp_path)  # type: ignore[arg-type] it only hands the cluster on


def test_a_reserved_pair_is_given_to_nobody_and_keeps_what_it_remembers(pool: SignerPool) -> None:
    with pool.reserved() as mine:
        other = pool.take()
        assert other is not mine
        assert pool.take() is other
        assert (mine.forgot, mine.stopped) == (0, False)
    assert mine.stopped
    assert not other.stopped
    assert pool.take() is other


def test_a_reserved_pair_goes_back_to_the_pool(pool: SignerPool) -> None:
    first = pool.take()
    with pool.reserved() as mine:
        assert (mine, mine.forgot) == (first, 1)
    assert not mine.stopped
    assert (pool.take(), mine.forgot) == (mine, 2)
    with pool.reserved() as broken:
        broken.untouched = False
    assert broken.stopped
    assert pool.take() is not broken
