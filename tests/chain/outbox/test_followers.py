"""What follows a batch that was split: it waits for the parts it needs, whenever it was written down."""

from __future__ import annotations

import pytest

from contracts.outbox.models import Intent
from tests.support.outbox import World, all_final, drive, reason, state, wallet, work

pytestmark = pytest.mark.chain

ZERO = "0x" + "00" * 20


def _split(world: World) -> tuple[Intent, Intent, Intent]:
    first = world.register("first", [wallet(1), ZERO], numbers=[1, 2])
    work("identity")
    assert state(first) == "SPLIT"
    good, bad = first.parts.order_by("pk")
    return first, good, bad


def test_a_follower_written_after_the_split_waits_for_every_part(world: World) -> None:
    first, good, bad = _split(world)
    late = world.register("late", [wallet(3)], after=[first])
    drive(world.chain, all_final(good))
    world.chain.mine()
    work("identity")
    assert state(late) == "QUEUED"
    assert reason(late) == f"It follows {bad.key}, which is not mined yet."
    assert world.recorded(wallet(3)) == 0


def test_a_follower_written_after_the_split_is_split_by_what_its_items_follow(world: World) -> None:
    first, good, _ = _split(world)
    late = world.register("late", [wallet(3), wallet(4)], numbers=[3, 4], follows=[1, 2], after=[first])
    drive(world.chain, lambda: state(late) == "SPLIT")
    drive(world.chain, all_final(good, late.parts.order_by("pk")[0]))
    assert [[i.number for i in p.items.all()] for p in late.parts.order_by("pk")] == [[3], [4]]
    assert [world.recorded(wallet(n)) for n in (3, 4)] == [1, 0]


def test_a_part_that_is_split_again_is_followed_to_its_parts(world: World) -> None:
    first = world.register("first", [wallet(n) for n in range(4)], numbers=[1, 2, 3, 4])
    work("identity")
    code = world.chain.rpc("eth_getCode", world.registry, "latest")
    for _ in range(2):
        world.chain.rpc("anvil_setCode", world.registry, "0x60006000fd")
        world.chain.mine()
        world.chain.rpc("anvil_setCode", world.registry, code)
        world.chain.mine(2)
        work("identity")
    leaves = [leaf for half in first.parts.order_by("pk") for leaf in half.parts.order_by("pk")]
    assert len(leaves) == 4
    late = world.register("late", [wallet(9)], after=[first])
    work("identity")
    assert state(late) == "QUEUED"
    drive(world.chain, all_final(*leaves, late))
    assert [world.recorded(wallet(n)) for n in (0, 1, 2, 3, 9)] == [1] * 5


def test_a_follower_of_a_batch_without_numbers_waits_for_all_its_parts(world: World) -> None:
    first = world.register("first", [wallet(n) for n in range(3)])
    late = world.register("late", [wallet(9)], after=[first])
    work("identity")
    code = world.chain.rpc("eth_getCode", world.registry, "latest")
    world.chain.rpc("anvil_setCode", world.registry, "0x60006000fd")
    world.chain.mine()
    world.chain.rpc("anvil_setCode", world.registry, code)
    world.chain.mine(2)
    work("identity")
    assert state(first) == "REVERTED"
    drive(world.chain, all_final(late))
    followed = {a.prerequisite.key for a in late.after.select_related("prerequisite")}
    assert followed == {"first", "first/1", "first/2"}
    assert [world.recorded(wallet(n)) for n in (0, 1, 2, 9)] == [1] * 4
