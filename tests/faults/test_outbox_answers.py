"""Answers that get lost, nodes and signers that are down: work waits, says why, and happens once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from contracts.outbox import selectors
from contracts.outbox.models import Attempt, Broadcast, Slot
from tests.support.faulty import Faulty, faulty
from tests.support.outbox import World, all_final, build, drive, state, wallet, work
from tests.support.parts import Chain, Signers

pytestmark = pytest.mark.chain


@pytest.fixture
def world(fresh_db: str, chain: Chain, signers: Signers) -> World:
    return build(chain)


@pytest.fixture
def node(world: World, settings: Any) -> Iterator[Faulty]:
    with faulty(world.chain.url) as proxy:
        settings.CHAIN_RPC_URL = proxy.url
        yield proxy


@pytest.fixture
def signer(world: World, signers: Signers, settings: Any) -> Iterator[Faulty]:
    with faulty(signers.issuer.url) as proxy:
        settings.SIGNER_ISSUER_URL = proxy.url
        yield proxy


def test_a_lost_answer_to_a_broadcast_sends_the_same_bytes_again(world: World, node: Faulty) -> None:
    intent = world.register("w", [wallet(1)])
    node.lose, node.times = b"eth_sendRawTransaction", 1
    work("identity")
    assert node.lost == 1
    assert state(intent) == "SIGNED"
    assert "does not answer" in selectors.health().sentence
    work("identity")
    assert state(intent) == "BROADCAST"
    answers = list(
        Broadcast.objects.order_by("pk").filter(attempt__slot__intent=intent).values_list("answer", flat=True)
    )
    assert answers[0].startswith("no answer")
    assert answers[1].startswith("KNOWN")
    drive(world.chain, all_final(intent))
    assert Attempt.objects.filter(slot__intent=intent).count() == 1
    assert world.recorded(wallet(1)) == 1
    assert selectors.health().well


def test_a_lost_answer_whose_transaction_was_mined_is_found_by_its_receipt(world: World, node: Faulty) -> None:
    intent = world.register("w", [wallet(1)])
    node.lose, node.times = b"eth_sendRawTransaction", 1
    work("identity")
    world.chain.mine()
    work("identity")
    assert state(intent) == "MINED"
    assert Broadcast.objects.filter(attempt__slot__intent=intent).count() == 1


def test_a_lost_answer_of_the_signer_gives_the_same_bytes(world: World, signer: Faulty) -> None:
    intent = world.register("w", [wallet(1)])
    signer.lose, signer.times = b"/sign-transaction", 1
    work("identity")
    assert signer.lost == 1
    assert state(intent) == "NUMBERED"
    assert "signer does not answer" in selectors.health().sentence
    drive(world.chain, all_final(intent))
    assert Slot.objects.get(intent=intent).nonce == 0
    assert world.recorded(wallet(1)) == 1


def test_a_node_that_is_down_loses_nothing_and_is_named(world: World, node: Faulty) -> None:
    intent = world.register("w", [wallet(1)])
    node.down = True
    work("identity")
    health = selectors.health()
    assert not health.well
    assert health.sentence.startswith("Work waits, nothing is lost: The node at")
    assert state(intent) == "QUEUED"
    assert not Slot.objects.filter(intent=intent).exists()
    node.down = False
    drive(world.chain, all_final(intent))
    assert selectors.health().sentence == "Sending works."


def test_a_signer_that_is_down_spends_no_nonce(world: World, signers: Signers) -> None:
    intent = world.register("w", [wallet(1)])
    signers.issuer.kill()
    work("identity")
    assert state(intent) == "QUEUED"
    assert not Slot.objects.filter(intent=intent).exists()
    assert "signer does not answer" in selectors.health().sentence
    signers.issuer.restart()
    drive(world.chain, all_final(intent))
    assert world.recorded(wallet(1)) == 1
