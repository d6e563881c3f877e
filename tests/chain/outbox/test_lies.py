"""A node that errs, lags or forgets for a moment proves nothing: what is known stays known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from contracts.gateway.errors import NodeErrorKind, NodeRefused
from contracts.outbox import selectors, services
from contracts.outbox.models import Halt, Inclusion, Intent, IntentMove
from tests.support.liar import LyingNode
from tests.support.outbox import World, all_final, clock, drive, reason, state, wallet, work

pytestmark = pytest.mark.chain


def _pass(world: World, lie: Callable[[str, Sequence[Any], Any], Any]) -> None:
    with LyingNode(world.chain.url, lie) as node:
        services.send_pending(signer="identity", clock=clock, seconds=0, node=node)


def _mined(world: World) -> Intent:
    intent = world.register("w", [wallet(1)])
    work("identity")
    world.chain.mine()
    work("identity")
    assert state(intent) == "MINED"
    return intent


def _busy() -> NodeRefused:
    return NodeRefused(NodeErrorKind.BUSY, "rate limit exceeded", code=-32005)


def test_a_receipt_that_is_missing_while_its_block_stands_is_no_reorganisation(world: World) -> None:
    intent = _mined(world)
    before = Inclusion.objects.get(slot__intent=intent)
    moves = IntentMove.objects.filter(intent=intent).count()
    _pass(world, lambda method, params, answer: None if method == "eth_getTransactionReceipt" else answer)
    assert state(intent) == "MINED"
    assert Inclusion.objects.get(slot__intent=intent).block_hash == before.block_hash
    assert IntentMove.objects.filter(intent=intent).count() == moves


def test_a_node_that_refuses_to_name_a_block_is_no_reorganisation(world: World) -> None:
    intent = _mined(world)
    number = hex(Inclusion.objects.get(slot__intent=intent).block_number)

    def refuse(method: str, params: Sequence[Any], answer: Any) -> Any:
        return _busy() if method == "eth_getBlockByNumber" and params[0] == number else answer

    _pass(world, refuse)
    assert state(intent) == "MINED"
    assert "rate limit" in selectors.health().sentence
    drive(world.chain, all_final(intent))
    assert world.recorded(wallet(1)) == 1


def test_a_busy_node_is_no_reset_node(world: World) -> None:
    drive(world.chain, all_final(world.register("early", [wallet(1)])))
    final = hex(Inclusion.objects.order_by("-block_number")[0].block_number)
    intent = world.register("w", [wallet(2)])

    def refuse(method: str, params: Sequence[Any], answer: Any) -> Any:
        if method == "eth_getBlockByNumber" and params[0] == final:
            raise _busy()
        return answer

    _pass(world, refuse)
    assert not Halt.objects.exists()
    assert state(intent) == "QUEUED"
    assert "rate limit" in selectors.health().sentence


def test_a_node_without_a_final_block_is_named_in_words(world: World) -> None:
    intent = world.register("w", [wallet(1)])

    def no_final(method: str, params: Sequence[Any], answer: Any) -> Any:
        return None if method == "eth_getBlockByNumber" and params[0] == "finalized" else answer

    _pass(world, no_final)
    assert state(intent) == "QUEUED"
    assert "no block finalized" in selectors.health().sentence


class Pruned(LyingNode):
    """Has the blocks and no longer their states."""

    def call(self, method: str, *params: Any) -> Any:
        if method == "eth_call":
            raise NodeRefused(NodeErrorKind.NO_SUCH_BLOCK, "missing trie node")
        return super().call(method, *params)


def test_a_node_that_can_no_longer_replay_a_revert_says_so(world: World) -> None:
    intent = world.register("w", [wallet(1)])
    work("identity")
    code = world.chain.rpc("eth_getCode", world.registry, "latest")
    world.chain.rpc("anvil_setCode", world.registry, "0x60006000fd")
    world.chain.mine()
    world.chain.rpc("anvil_setCode", world.registry, code)
    world.chain.mine(2)

    with Pruned(world.chain.url) as node:
        services.send_pending(signer="identity", clock=clock, seconds=0, node=node)
    assert state(intent) == "REVERTED"
    assert reason(intent) == "The contract refused it in its block; the node can no longer say why (missing trie node)."
