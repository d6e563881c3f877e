"""Fees that are too low, transactions that get lost, blocks that are taken back, cancels."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from contracts.outbox import services
from contracts.outbox.models import Attempt, Broadcast, Inclusion, IntentMove, Slot
from tests.support.outbox import NOW, World, all_final, drive, state, wallet, work
from tokenization.kernel.errors import Conflict, Refused

pytestmark = pytest.mark.chain


def _attempts(intent: Any) -> list[Attempt]:
    return list(Attempt.objects.filter(slot__intent=intent).order_by("pk"))


def _starve(world: World, intent: Any) -> None:
    """Blocks go by and none takes it: the base fee is above what it offers."""
    work("identity")
    assert state(intent) == "BROADCAST"
    world.chain.rpc("anvil_setNextBlockBaseFeePerGas", hex(20 * 10**9))
    world.chain.mine(5)
    assert world.recorded(wallet(1)) == 0


def test_an_ignored_fee_is_raised_by_ten_percent_at_least_for_the_same_call(world: World) -> None:
    intent = world.register("w", [wallet(1)])
    _starve(world, intent)
    work("identity")
    first, second = _attempts(intent)
    assert second.max_fee * 10 >= first.max_fee * 11
    assert second.priority_fee * 10 >= first.priority_fee * 11
    assert second.slot_id == first.slot_id
    assert second.hash != first.hash
    drive(world.chain, all_final(intent))
    assert world.recorded(wallet(1)) == 1
    assert Inclusion.objects.get(slot=first.slot).attempt_id in {a.pk for a in _attempts(intent)}


def test_a_fee_stops_rising_at_its_cap_and_says_so(world: World, settings: Any) -> None:
    intent = world.register("w", [wallet(1)])
    _starve(world, intent)
    settings.OUTBOX_FEE_CAP_WEI = _attempts(intent)[0].max_fee
    work("identity")
    assert len(_attempts(intent)) == 1
    intent.refresh_from_db()
    assert "its fee cannot rise further" in intent.reason
    assert state(intent) == "BROADCAST"


def test_a_dropped_transaction_is_sent_again_with_the_same_bytes(world: World) -> None:
    intent = world.register("w", [wallet(1)])
    work("identity")
    attempt = _attempts(intent)[0]
    world.chain.rpc("anvil_dropTransaction", attempt.hash)
    world.chain.mine()
    assert world.recorded(wallet(1)) == 0
    work("identity")
    assert Broadcast.objects.filter(attempt=attempt).count() == 2
    drive(world.chain, all_final(intent))
    assert _attempts(intent) == [attempt]
    assert world.recorded(wallet(1)) == 1


def test_a_reorganisation_reopens_the_slot_with_the_same_nonce_and_bytes(world: World) -> None:
    intent = world.register("w", [wallet(1)])
    work("identity")
    world.chain.mine()
    work("identity")
    assert state(intent) == "MINED"
    old = Inclusion.objects.get(slot__intent=intent)
    world.chain.rpc("anvil_reorg", 1, [])
    assert world.recorded(wallet(1)) == 0
    work("identity")
    assert state(intent) == "BROADCAST"
    assert not Inclusion.objects.filter(slot__intent=intent).exists()
    move = IntentMove.objects.filter(intent=intent).last()
    assert move is not None
    assert move.reason == f"A reorganisation took it out of block {old.block_number}."
    drive(world.chain, all_final(intent))
    assert len(_attempts(intent)) == 1
    assert Slot.objects.get(intent=intent).nonce == 0
    assert world.recorded(wallet(1)) == 1


def test_a_cancel_takes_the_nonce_of_the_call(world: World) -> None:
    intent = world.register("w", [wallet(1)])
    work("identity")
    world.chain.rpc("anvil_dropTransaction", _attempts(intent)[0].hash)
    with transaction.atomic():
        services.intent_cancel(intent=intent, approval="approval-7", reason="not wanted", now=NOW)
    with transaction.atomic(), pytest.raises(Conflict):
        services.intent_cancel(intent=intent, approval="approval-8", reason="again", now=NOW)
    drive(world.chain, lambda: state(intent) == "CANCELLED")
    assert [a.kind for a in _attempts(intent)] == ["CALL", "CANCEL"]
    assert world.recorded(wallet(1)) == 0
    assert world.nonce("identity") == 1
    after = world.register("next", [wallet(2)])
    drive(world.chain, all_final(after))
    assert Slot.objects.get(intent=after).nonce == 1


def test_a_waiting_intent_is_cancelled_without_a_nonce(world: World) -> None:
    intent = world.register("w", [wallet(1)])
    with transaction.atomic(), pytest.raises(Refused):
        services.intent_cancel(intent=intent, approval="", reason="no", now=NOW)
    with transaction.atomic():
        services.intent_cancel(intent=intent, approval="approval-7", reason="not wanted", now=NOW)
    work("identity")
    assert state(intent) == "CANCELLED"
    assert not Slot.objects.filter(intent=intent).exists()


def test_three_blocks_taken_back_are_sent_again_byte_for_byte(world: World, settings: Any) -> None:
    settings.CHAIN_FINALITY = "6"
    intents = []
    for n in range(3):
        intents.append(world.register(f"w{n}", [wallet(n)]))
        work("identity")
        world.chain.mine()
    work("identity")
    assert [state(i) for i in intents] == ["MINED"] * 3
    before = {a.hash: bytes(a.raw) for i in intents for a in _attempts(i)}
    head = world.chain.head
    world.chain.rpc("anvil_reorg", 3, [])
    assert world.chain.head == head
    assert [world.recorded(wallet(n)) for n in range(3)] == [0, 0, 0]
    work("identity")
    assert [state(i) for i in intents] == ["BROADCAST"] * 3
    for intent in intents:
        (attempt,) = _attempts(intent)
        assert before[attempt.hash] == bytes(attempt.raw)
        assert list(attempt.broadcasts.values_list("answer", flat=True)) == ["accepted", "accepted"]
    drive(world.chain, all_final(*intents))
    assert [Slot.objects.get(intent=i).nonce for i in intents] == [0, 1, 2]
    assert [world.recorded(wallet(n)) for n in range(3)] == [1, 1, 1]
    assert world.nonce("identity") == 3


def test_the_older_attempt_may_win_after_its_fee_was_raised(world: World) -> None:
    intent = world.register("w", [wallet(1)])
    _starve(world, intent)
    work("identity")
    first, second = _attempts(intent)
    world.chain.rpc("anvil_dropTransaction", second.hash)
    world.chain.rpc("anvil_setNextBlockBaseFeePerGas", hex(10**8))
    world.chain.rpc("eth_sendRawTransaction", "0x" + bytes(first.raw).hex())
    world.chain.mine()
    drive(world.chain, all_final(intent))
    assert Inclusion.objects.get(slot=first.slot).attempt_id == first.pk
    assert _attempts(intent) == [first, second]
    assert world.recorded(wallet(1)) == 1


def test_a_reverted_batch_that_is_reorganised_is_split_only_when_its_revert_is_final(world: World) -> None:
    intent = world.register("b", [wallet(n) for n in range(4)], numbers=[1, 2, 3, 4])
    work("identity")
    code = world.chain.rpc("eth_getCode", world.registry, "latest")
    world.chain.rpc("anvil_setCode", world.registry, "0x60006000fd")
    world.chain.mine()
    work("identity")
    assert state(intent) == "MINED"
    assert Inclusion.objects.get(slot__intent=intent).status == 0
    world.chain.rpc("anvil_reorg", 1, [])
    world.chain.rpc("anvil_setCode", world.registry, code)
    work("identity")
    assert state(intent) == "BROADCAST"
    drive(world.chain, all_final(intent))
    assert not intent.parts.exists()
    assert Inclusion.objects.get(slot__intent=intent).status == 1
    assert [world.recorded(wallet(n)) for n in range(4)] == [1] * 4
