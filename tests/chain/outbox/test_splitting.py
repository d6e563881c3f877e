"""Items that fail: set apart before a nonce is spent, rejected at their deadline, halved after a revert."""

from __future__ import annotations

import pytest

from contracts.outbox import selectors
from contracts.outbox.models import Intent, IntentItem, IntentState, Slot
from contracts.outbox.services import splitting
from tests.support.outbox import NOW, World, all_final, drive, reason, state, wallet, work
from tokenization.kernel.errors import Refused

pytestmark = pytest.mark.chain

ZERO = "0x" + "00" * 20


def _parts(intent: Intent) -> list[Intent]:
    return list(intent.parts.order_by("pk"))


def test_one_failing_item_is_split_off_and_the_rest_goes_on(world: World) -> None:
    intent = world.register("b", [wallet(1), ZERO, wallet(3)], numbers=[1, 2, 3])
    work("identity")
    assert state(intent) == "SPLIT"
    rest, failing = _parts(intent)
    assert [i.number for i in rest.items.all()] == [1, 3]
    assert [i.number for i in failing.items.all()] == [2]
    drive(world.chain, all_final(rest))
    assert [world.recorded(wallet(n)) for n in (1, 3)] == [1, 1]
    assert state(failing) == "QUEUED"
    assert reason(failing) == f"The registration of {ZERO} lacks its wallet or its investor."
    assert not Slot.objects.filter(intent__in=[intent, failing]).exists()
    assert world.nonce("identity") == 1
    outcomes = selectors.item_outcomes(world.registry, [1, 2, 3, 4])
    assert {n: o.state for n, o in outcomes.items()} == {1: "FINAL", 2: "QUEUED", 3: "FINAL"}
    assert {i.live for i in intent.items.all()} == {False}


def test_a_failing_item_is_rejected_at_its_deadline_in_chain_time(world: World) -> None:
    intent = world.register("b", [wallet(1), ZERO], numbers=[1, 2], deadline=world.chain_deadline(3600))
    work("identity")
    rest, failing = _parts(intent)
    drive(world.chain, all_final(rest))
    assert state(failing) == "QUEUED"
    world.chain.warp(3700)
    work("identity")
    assert state(failing) == "REJECTED"
    assert reason(failing).startswith("Not possible until its deadline of")
    assert f"The registration of {ZERO} lacks its wallet or its investor." in reason(failing)
    assert not Slot.objects.filter(intent=failing).exists()
    # The number had no effect: another intent may use it.
    again = world.register("again", [wallet(2)], numbers=[2])
    drive(world.chain, all_final(again))
    assert world.recorded(wallet(2)) == 1


def test_a_number_with_a_live_intent_is_refused(world: World) -> None:
    world.register("b", [wallet(1)], numbers=[5])
    with pytest.raises(Refused, match="live intent"):
        world.register("c", [wallet(2)], numbers=[5])
    assert Intent.objects.filter(key="c").count() == 0
    assert IntentItem.objects.filter(number=5).count() == 1


def test_only_what_follows_the_failing_item_waits_with_it(world: World) -> None:
    first = world.register("first", [wallet(1), ZERO, wallet(3)], numbers=[1, 2, 3])
    second = world.register(
        "second", [wallet(4), wallet(5), wallet(6)], numbers=[4, 5, 6], follows=[1, 2, 3], after=[first]
    )
    drive(world.chain, lambda: world.recorded(wallet(6)) == 1)
    assert state(second) == "SPLIT"
    assert [[i.number for i in p.items.all()] for p in _parts(second)] == [[4, 6], [5]]
    assert world.recorded(wallet(5)) == 0
    waiting = _parts(second)[1]
    assert state(waiting) == "QUEUED"
    assert reason(waiting) == f"It follows {_parts(first)[1].key}, which is not mined yet."


def test_followers_of_a_failure_never_act_as_if_it_had_happened(world: World) -> None:
    first = world.register("first", [ZERO], deadline=world.chain_deadline(60))
    second = world.register("second", [wallet(1)], after=[first])
    world.chain.warp(120)
    work("identity")
    assert state(first) == "REJECTED"
    for _ in range(2):
        world.chain.mine()
        work("identity")
    assert state(second) == "QUEUED"
    assert reason(second).startswith("It follows first, which failed: Not possible until its deadline")
    assert world.recorded(wallet(1)) == 0


def test_a_batch_that_reverts_on_chain_goes_on_in_halves(world: World) -> None:
    intent = world.register("b", [wallet(n) for n in range(4)], numbers=[1, 2, 3, 4])
    blocker = world.register("stay", [wallet(9)])
    work("identity")
    # Between dry run and block the registry stops obeying this key.
    code = world.chain.rpc("eth_getCode", world.registry, "latest")
    world.chain.rpc("anvil_setCode", world.registry, "0x60006000fd")
    world.chain.mine()
    world.chain.rpc("anvil_setCode", world.registry, code)
    work("identity")
    assert state(intent) == "MINED"
    world.chain.mine(2)
    work("identity")
    assert state(intent) == "REVERTED"
    assert state(blocker) == "REVERTED"
    halves = _parts(intent)
    assert [[i.number for i in h.items.all()] for h in halves] == [[1, 2], [3, 4]]
    assert {h.key for h in halves} == {"b/1", "b/2"}
    drive(world.chain, all_final(*halves))
    assert [world.recorded(wallet(n)) for n in range(4)] == [1, 1, 1, 1]
    assert {o.state for o in selectors.item_outcomes(world.registry, [1, 2, 3, 4]).values()} == {"FINAL"}
    assert [i.state for i in selectors.leaves_of(intent)] == ["FINAL", "FINAL"]


def test_items_that_pass_alone_and_not_together_are_found(world: World) -> None:
    from contracts.outbox.services import dry_run as module

    intent = world.register("b", [wallet(n) for n in range(5)], numbers=[1, 2, 3, 4, 5])
    assert splitting.can_split(intent)
    limit = {"most": 3}

    class Crowded:
        """A node on which at most three items fit into one call."""

        def call(self, method: str, request: dict[str, str], tag: str) -> str:
            return self._answer(request)

        def batch(self, requests: list[tuple[str, tuple[dict[str, str], str]]]) -> list[str]:
            return [self._answer(r[1][0]) for r in requests]

        def _answer(self, request: dict[str, str]) -> str:
            from contracts.gateway import abi
            from contracts.gateway.errors import NodeErrorKind, NodeRefused

            rows = abi.decode_call("IdentityRegistry", bytes.fromhex(request["data"][2:])).args
            if len(next(iter(rows.values()))) > limit["most"]:
                raise NodeRefused(NodeErrorKind.REVERTED, "execution reverted")
            return "0x"

    class Work:
        node = Crowded()
        address = wallet(50)

    parts = module._find(Work(), intent)  # type: ignore[arg-type]
    assert [p.positions for p in parts] == [(0, 1, 2), (3,), (4,)]
    assert all(p.reason for p in parts[1:])


def test_the_state_of_a_split_intent_never_moves(world: World) -> None:
    intent = world.register("b", [wallet(1), ZERO], numbers=[1, 2])
    work("identity")
    assert state(intent) == IntentState.SPLIT
    assert not Intent.objects.filter(pk=intent.pk, state="QUEUED").exists()
    assert intent.created_at == NOW
