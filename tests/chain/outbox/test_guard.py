"""What stops all sending: another chain, a node that lost what was final, a key used elsewhere."""

from __future__ import annotations

import pytest

from contracts.outbox import selectors, services
from contracts.outbox.models import Halt, Inclusion, Signer, Slot
from contracts.outbox.services.halt import halted
from tests.support.outbox import NOW, World, all_final, drive, state, wallet, work
from tests.support.people import person
from tokenization.identity.roles import Role
from tokenization.kernel.errors import Conflict, NotAllowed

pytestmark = pytest.mark.chain


def _nothing_sent(world: World, reason: str) -> Halt:
    before = Slot.objects.count()
    intent = world.register("late", [wallet(7)])
    work("identity")
    work("bootstrap", "identity")
    assert state(intent) == "QUEUED"
    assert Slot.objects.count() == before
    halt = halted()
    assert halt is not None
    assert halt.reason == reason
    assert Halt.objects.count() == 1
    assert halt.what_to_do in selectors.health().sentence
    return halt


def test_a_node_reset_behind_the_database_halts(world: World) -> None:
    mark = world.chain.rpc("evm_snapshot")
    drive(world.chain, all_final(world.register("early", [wallet(1)])))
    world.chain.rpc("evm_revert", mark)
    halt = _nothing_sent(world, "CHAIN_BEHIND")
    assert "reset or restored behind the database" in halt.message


def test_a_final_block_with_another_hash_halts(world: World) -> None:
    mark = world.chain.rpc("evm_snapshot")
    drive(world.chain, all_final(world.register("early", [wallet(1)])))
    world.chain.rpc("evm_revert", mark)
    world.chain.rpc("evm_increaseTime", 500)
    world.chain.mine(20)
    assert "was final as" in _nothing_sent(world, "FINAL_MOVED").message


def test_a_reorganisation_below_final_halts_and_final_stays_final(world: World) -> None:
    intent = world.register("early", [wallet(1)])
    drive(world.chain, all_final(intent))
    before = Inclusion.objects.filter(slot__intent=intent).values().get()
    moves = intent.moves.count()
    world.chain.rpc("anvil_reorg", 5, [])
    assert world.recorded(wallet(1)) == 0
    halt = _nothing_sent(world, "FINAL_MOVED")
    assert f"Block {before['block_number']} was final as {before['block_hash']}" in halt.message
    assert state(intent) == "FINAL"
    assert Inclusion.objects.filter(slot__intent=intent).values().get() == before
    assert intent.moves.count() == moves
    assert selectors.intent_outcome(intent).happened


def test_a_key_used_elsewhere_halts(world: World) -> None:
    address = selectors.signer_address("identity")
    world.chain.rpc("anvil_impersonateAccount", address)
    world.chain.rpc("eth_sendTransaction", {"from": address, "to": address, "value": "0x0"})
    world.chain.rpc("anvil_stopImpersonatingAccount", address)
    world.chain.mine()
    halt = _nothing_sent(world, "NONCE_AHEAD")
    assert "The chain has 1 transactions of the key identity" in halt.message
    assert "restored from a backup" in halt.what_to_do


def test_a_key_used_elsewhere_halts_every_other_key(world: World) -> None:
    """Work is there for `identity` alone; what went astray is another key, which has none."""
    address = selectors.signer_address("servicing")
    world.chain.rpc("anvil_impersonateAccount", address)
    world.chain.rpc("eth_sendTransaction", {"from": address, "to": address, "value": "0x0"})
    world.chain.rpc("anvil_stopImpersonatingAccount", address)
    world.chain.mine()
    halt = _nothing_sent(world, "NONCE_AHEAD")
    assert (halt.signer and halt.signer.name, world.nonce("identity")) == ("servicing", 0)


def test_another_chain_halts(world: World) -> None:
    before = world.chain.rpc("eth_chainId")
    world.chain.rpc("anvil_setChainId", 777)
    try:
        assert "the node answers for chain 777" in _nothing_sent(world, "WRONG_CHAIN").message
    finally:
        world.chain.rpc("anvil_setChainId", int(before, 16))


def test_a_halt_is_cleared_by_an_operator_and_returns_while_its_cause_lasts(world: World) -> None:
    before = world.chain.rpc("eth_chainId")
    world.chain.rpc("anvil_setChainId", 777)
    intent = world.register("w", [wallet(1)])
    work("identity")
    halt = Halt.objects.get()
    operator, officer = person(Role.OPERATOR), person(Role.DEBT_MAKER)
    with pytest.raises(NotAllowed):
        services.halt_clear(halt=halt, actor=officer, now=NOW)
    assert Halt.objects.get().cleared_at is None
    late = halt.opened_at
    services.halt_clear(halt=halt, actor=operator, now=late)
    with pytest.raises(Conflict):
        services.halt_clear(halt=halt, actor=operator, now=late)
    work("identity")
    assert Halt.objects.filter(cleared_at__isnull=True).count() == 1
    assert state(intent) == "QUEUED"

    world.chain.rpc("anvil_setChainId", int(before, 16))
    services.halt_clear(halt=Halt.objects.get(cleared_at__isnull=True), actor=operator, now=late.replace(year=2030))
    drive(world.chain, all_final(intent))
    assert world.recorded(wallet(1)) == 1


def test_a_keystore_with_other_keys_halts(world: World) -> None:
    class Other:
        def addresses(self) -> dict[str, str]:
            told = {name: selectors.signer_address(name) for name in Signer.objects.values_list("name", flat=True)}
            return {**told, "identity": wallet(99)}

        def close(self) -> None: ...

    services.signers_sync(now=NOW, port=Other())  # type: ignore[arg-type]
    assert Halt.objects.get().reason == "KEY_CHANGED"
    assert selectors.signer_address("identity") != wallet(99)
