from __future__ import annotations

import pytest

from contracts.outbox import selectors
from contracts.outbox.models import Attempt, Broadcast, Inclusion, IntentMove, Slot
from tests.support.outbox import World, all_final, drive, state, wallet, work

pytestmark = pytest.mark.chain


def test_a_batch_happens_once_and_ends_final(world: World) -> None:
    intent = world.register("wallets/1", [wallet(1), wallet(2)])
    work("identity")
    assert state(intent) == "BROADCAST"
    assert world.recorded(wallet(1)) == 0

    world.chain.mine()
    work("identity")
    assert state(intent) == "MINED"

    world.chain.mine(2)
    work("identity")
    assert state(intent) == "FINAL"
    assert [world.recorded(wallet(n)) for n in (1, 2, 3)] == [1, 1, 0]
    moves = IntentMove.objects.filter(intent=intent).values_list("old", "new")
    assert list(moves) == [
        ("QUEUED", "NUMBERED"),
        ("NUMBERED", "SIGNED"),
        ("SIGNED", "BROADCAST"),
        ("BROADCAST", "MINED"),
        ("MINED", "FINAL"),
    ]
    slot = Slot.objects.get(intent=intent)
    assert slot.nonce == 0
    attempt = Attempt.objects.get(slot=slot)
    assert list(Broadcast.objects.filter(attempt=attempt).values_list("answer", flat=True)) == ["accepted"]
    inclusion = Inclusion.objects.get(slot=slot)
    assert inclusion.final
    assert inclusion.status == 1
    outcome = selectors.intent_outcome(intent)
    assert outcome.happened
    assert outcome.transaction == attempt.hash
    assert outcome.block_hash == world.chain.rpc("eth_getBlockByNumber", hex(inclusion.block_number), False)["hash"]


def test_a_created_contract_is_where_its_nonce_says(world: World) -> None:
    slots = Slot.objects.filter(signer__name="bootstrap").order_by("nonce")
    assert [s.nonce for s in slots] == [0, 1, 2]
    made = [s.inclusion.contract_address for s in slots]
    assert made == [world.manager, world.registry, None]


def test_many_intents_keep_their_nonces_in_order(world: World) -> None:
    intents = [world.register(f"w/{n}", [wallet(n)]) for n in range(10)]
    drive(world.chain, all_final(*intents))
    nonces = [Slot.objects.get(intent=i).nonce for i in intents]
    assert nonces == list(range(10))
    assert [world.recorded(wallet(n)) for n in range(10)] == [1] * 10
    assert selectors.pending_summary() == {}
    assert selectors.health().well


def test_an_intent_waits_for_what_it_follows(world: World) -> None:
    first = world.register("first", [wallet(1)])
    second = world.register("second", [wallet(2)], after=[first])
    work("identity")
    work("identity")
    assert [state(first), state(second)] == ["BROADCAST", "QUEUED"]
    assert selectors.intent_outcome(second).reason == "It follows first, which is not mined yet."
    assert not Slot.objects.filter(intent=second).exists()
    world.chain.mine()
    work("identity")
    assert [state(first), state(second)] == ["MINED", "BROADCAST"]
