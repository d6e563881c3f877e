"""The bells under a real worker: work goes on without them, and a broker that is down hurts nobody."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.outbox import selectors, tasks
from contracts.outbox.models import Attempt, Signer, Slot
from tests.conftest import point_celery_at
from tests.support.outbox import World, build, state, wait_until, wallet
from tests.support.parts import Chain, Signers, Workers

pytestmark = [pytest.mark.chain, pytest.mark.stack]


@pytest.fixture
def world(fresh_db: str, chain: Chain, signers: Signers) -> World:
    return build(chain)


def test_a_worker_killed_at_work_is_replaced_and_everything_happens_once(world: World, celery_worker: Workers) -> None:
    intents = [world.register(f"w{n}", [wallet(n)]) for n in range(4)]
    first = celery_worker("send")
    tasks.ring()
    wait_until(lambda: Attempt.objects.filter(slot__intent__in=intents).exists(), 30, "the first worker signs")
    first.kill()
    epoch = Signer.objects.get(name="identity").epoch
    celery_worker.blocks(world.chain.url)
    celery_worker("send")

    def final() -> bool:
        # Nobody schedules here: the test is the beat. Two bells for one piece of work change nothing.
        tasks.ring()
        tasks.watch.delay()
        return [state(i) for i in intents] == ["FINAL"] * 4

    wait_until(final, 60, "a second worker ends it")
    assert Signer.objects.get(name="identity").epoch > epoch
    assert [world.recorded(wallet(n)) for n in range(4)] == [1] * 4
    assert [Slot.objects.get(intent=i).nonce for i in intents] == [0, 1, 2, 3]
    assert selectors.signers_with_work() == []


def test_the_bell_of_a_dead_broker_is_silent_and_the_intent_waits(world: World, valkey: str, settings: Any) -> None:
    intent = world.register("w", [wallet(1)])
    point_celery_at("redis://127.0.0.1:9/0")
    try:
        tasks.ring()
    finally:
        point_celery_at(valkey)
    assert state(intent) == "QUEUED"
    assert selectors.signers_with_work() == ["identity"]


def test_the_watch_asks_for_addresses_and_works_for_every_key(world: World) -> None:
    intent = world.register("w", [wallet(1)])
    tasks.watch()
    assert state(intent) == "BROADCAST"
    world.chain.mine(3)
    tasks.watch()
    tasks.watch()
    assert state(intent) == "FINAL"
    tasks.send("identity")
    assert Attempt.objects.filter(slot__intent=intent).count() == 1
