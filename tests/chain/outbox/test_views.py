"""Reads at one block by its hash: what is true there, whatever happened since."""

from __future__ import annotations

import pytest

from contracts.gateway import views
from contracts.gateway.client import Node
from contracts.gateway.errors import NodeRefused, NodeUnavailable
from tests.support.outbox import World, all_final, drive, wallet

pytestmark = pytest.mark.chain


@pytest.fixture
def node(world: World) -> Node:
    return Node(world.chain.url)


def test_a_read_by_hash_does_not_see_what_came_later(world: World, node: Node) -> None:
    before = views.head(node)
    drive(world.chain, all_final(world.register("w", [wallet(1), wallet(2)])))
    after = views.head(node)
    asked = [wallet(1).upper().replace("0X", "0x"), wallet(2), wallet(3)]
    assert views.verified(node, before.hash, world.registry, asked) == set()
    assert views.verified(node, after.hash, world.registry, asked) == {wallet(1), wallet(2)}


def test_a_block_that_was_reorganised_answers_nothing(world: World, node: Node) -> None:
    # An empty block made again within the same second would be the same block.
    someone = world.chain.accounts[0]
    world.chain.rpc("eth_sendTransaction", {"from": someone, "to": someone, "value": "0x1"})
    world.chain.mine()
    gone = views.head(node)
    world.chain.rpc("anvil_reorg", 1, [])
    assert views.head(node).number == gone.number
    assert views.head(node).hash != gone.hash
    with pytest.raises(NodeRefused):
        views.verified(node, gone.hash, world.registry, [wallet(1)])


def test_heads_by_tag_number_and_depth(world: World, node: Node) -> None:
    world.chain.mine(4)
    latest = views.head(node)
    assert latest.timestamp == world.chain.now()
    assert views.head(node, latest.number - 1).number == latest.number - 1
    assert views.final_head(node, "finalized").number == latest.number - 2
    assert views.final_head(node, "3").number == latest.number - 3
    assert views.final_head(node, "99999").number == 0
    with pytest.raises(NodeUnavailable, match="has no block"):
        views.head(node, latest.number + 1)


def test_code_is_there_from_its_block_on(world: World, node: Node) -> None:
    assert views.code_at(node, views.head(node, 0).hash, world.registry) == b""
    assert len(views.code_at(node, views.head(node).hash, world.registry)) > 1000
