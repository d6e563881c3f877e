"""SIGKILL of the sender at every named point, and at random moments: exactly one effect on chain."""

from __future__ import annotations

import os
import random
import signal
import time

import pytest

from contracts.outbox.models import Attempt, Intent, Signer, Slot
from contracts.outbox.services.lease import Fenced, lease
from tests.support.outbox import (
    World,
    all_final,
    build,
    drive,
    fault_rounds,
    fault_seed,
    sender,
    state,
    wait_until,
    wallet,
    work,
)
from tests.support.parts import Chain, Signers

pytestmark = pytest.mark.chain


@pytest.fixture
def world(fresh_db: str, chain: Chain, signers: Signers) -> World:
    return build(chain)


AFTER = {"after-slot": "NUMBERED", "after-sign": "NUMBERED", "after-store": "SIGNED", "after-broadcast": "SIGNED"}


def test_a_sender_killed_at_any_named_point_leaves_exactly_one_effect(world: World) -> None:
    for n, (point, left) in enumerate(AFTER.items()):
        intent = world.register(point, [wallet(n)])
        dead = sender("identity", kill_at=point)
        assert dead.wait(60) == -signal.SIGKILL, point
        assert state(intent) == left
        assert Attempt.objects.filter(slot__intent=intent).count() == (0 if left == "NUMBERED" else 1)
        drive(world.chain, all_final(intent))
        assert world.recorded(wallet(n)) == 1
        assert Slot.objects.get(intent=intent).nonce == n
    assert world.nonce("identity") == len(AFTER)


@pytest.mark.parametrize("n", fault_rounds())
def test_a_sender_killed_at_random_moments_leaves_exactly_one_effect_each(world: World, n: int) -> None:
    seed = fault_seed(n)
    chance = random.Random(seed)
    intents = [world.register(f"w{n}", [wallet(n)]) for n in range(6)]
    for _ in range(3):
        running = sender("identity", seconds=20)
        time.sleep(1.2 + chance.random() * 1.5)
        if chance.random() < 0.5:
            world.chain.mine()
        running.kill()
        running.wait(10)
        world.chain.mine(chance.randrange(0, 3))
    drive(world.chain, all_final(*intents))
    assert [world.recorded(wallet(n)) for n in range(6)] == [1] * 6, f"FAULT_SEED={seed}"
    assert world.nonce("identity") == 6


def test_two_senders_of_one_key_never_work_at_once(world: World) -> None:
    intent = world.register("w", [wallet(1)])
    row = Signer.objects.get(name="identity")
    with lease(row, now=intent.created_at) as first:
        assert first is not None
        with lease(row, now=intent.created_at) as second:
            assert second is None
        work("identity")
        assert state(intent) == "QUEUED"
    work("identity")
    assert state(intent) == "BROADCAST"


def test_a_write_of_an_older_epoch_is_refused_and_changes_nothing(world: World) -> None:
    row = Signer.objects.get(name="identity")
    intent = world.register("w", [wallet(1)])
    with lease(row, now=intent.created_at) as held:
        assert held is not None
        Signer.objects.filter(pk=row.pk).update(epoch=held.epoch + 1)
        with pytest.raises(Fenced), held.write():
            Intent.objects.filter(pk=intent.pk).update(reason="late")
    assert Intent.objects.get(pk=intent.pk).reason == ""


@pytest.mark.parametrize("point", ["after-sign", "after-slot"])
def test_a_stopped_sender_loses_its_lock_and_its_late_writes_are_refused(world: World, point: str) -> None:
    intent = world.register("w", [wallet(1)])
    stopped = sender("identity", stop_at=point)
    wait_until(lambda: _stopped(stopped.pid), 60, "the sender stops")
    epoch = Signer.objects.get(name="identity").epoch
    started = time.monotonic()
    wait_until(lambda: _took_over(epoch), 25, "another sender takes over")
    assert 4 < time.monotonic() - started < 20
    drive(world.chain, all_final(intent))
    attempts = list(Attempt.objects.filter(slot__intent=intent).values_list("epoch", flat=True))
    assert len(attempts) == 1
    assert attempts[0] > epoch
    os.kill(stopped.pid, signal.SIGCONT)
    stopped.wait(60)
    assert list(Attempt.objects.filter(slot__intent=intent).values_list("epoch", flat=True)) == attempts
    assert state(intent) == "FINAL"
    assert world.recorded(wallet(1)) == 1


def _stopped(pid: int) -> bool:
    with open(f"/proc/{pid}/stat") as handle:
        return handle.read().rsplit(")", 1)[1].split()[0] == "T"


def _took_over(epoch: int) -> bool:
    work("identity")
    return Signer.objects.get(name="identity").epoch > epoch
