"""Every deliberate difference, on both sides: what T-REX 4.1.6 does, what we do, and that the README says the same."""

from __future__ import annotations

import re
from typing import Any

import pytest
from eth_utils.crypto import keccak

from contracts.gateway import abi
from tests.chain.peer.differences import DIFFERENCES, Difference, table
from tests.chain.peer.random_run import Run
from tests.chain.peer.world import DONE, WALLETS, Op, World
from tests.support.database import ROOT
from tests.support.evm import Contract
from tests.support.suites import COUNTRY, YEAR

pytestmark = [pytest.mark.chain, pytest.mark.timeout(600)]
BY_SCENE = [entry for entry in DIFFERENCES if entry.scene]


@pytest.fixture
def run(world: World) -> Run:
    return Run(world, 0)


def does(run: Run, *lines: tuple[Any, ...]) -> None:
    """Both sides do these, and are the same afterwards."""
    for kind, *args in lines:
        run.step(Op(kind, tuple(args)))
        assert not run.seen, run.history
        assert not run.refused, run.history


@pytest.mark.parametrize("entry", BY_SCENE, ids=lambda entry: entry.id)
def test_both_sides_do_as_the_entry_says(run: Run, entry: Difference) -> None:
    """The steps before the last are alike; the last is refused or done as listed, and by this entry alone."""
    *before, last = entry.scene
    does(run, *((op.kind, *op.args) for op in before))
    theirs, ours = run.world.ask(last)
    assert theirs == entry.theirs
    assert ours in entry.ours.split(" / ")
    run.step(last)
    assert run.seen == {entry.id: 1}
    assert run.world.both()[1] == run.state, "on our side nothing is left of it"


def test_without_its_entry_a_difference_fails_the_run(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: each entry is what lets its own scene through, and no other entry would."""
    for entry in BY_SCENE:
        rest = tuple(other for other in DIFFERENCES if other is not entry)
        monkeypatch.setattr("tests.chain.peer.random_run.DIFFERENCES", rest)
        with run.world.evm.undone():
            memory = run.world.memory()
            alone = Run(run.world, 0)
            for op in entry.scene[:-1]:
                alone.step(op)
            with pytest.raises(AssertionError, match="0 entries match"):
                alone.step(entry.scene[-1])
            run.world.forget(memory)


def test_a_forced_transfer_to_oneself_erases_the_freeze_in_trex(run: Run) -> None:
    does(run, ("mint", "A1", 100), ("freeze_units", "A1", 60))
    op = Op.of("forced_transfer", "A1", "A1", 100)
    theirs, ours = run.world.calls(op)
    run.world.evm.send(theirs)
    assert str(run.world.evm.ask(ours)[0]) == "TokenTransferToSelf"
    left, right = run.world.both()
    assert (left.accounts["A1"].balance, left.accounts["A1"].frozen) == (100, 0)
    assert (right.accounts["A1"].balance, right.accounts["A1"].frozen) == (100, 60)


def test_a_recovery_gives_the_units_to_another_investor_in_trex(run: Run) -> None:
    does(run, ("mint", "A1", 100))
    theirs, ours = run.world.calls(Op.of("recover_and_move", "A1", "B3", "B"))
    run.world.evm.send(theirs)
    assert str(run.world.evm.ask(ours)[0]) == "TokenOtherIdentity"
    left, right = run.world.both()
    assert (left.accounts["B3"].balance, left.accounts["B3"].identity) == (100, "B")
    assert (right.accounts["A1"].balance, right.accounts["B3"].identity) == (100, "")


def test_units_minted_to_a_frozen_wallet_while_paused_exist_in_trex(run: Run) -> None:
    does(run, ("freeze_wallet", "A1", True), ("pause",))
    theirs, ours = run.world.calls(Op.of("mint", "A1", 7))
    run.world.evm.send(theirs)
    assert str(run.world.evm.ask(ours)[0]) == "TokenPaused"
    left, right = run.world.both()
    assert (left.supply, left.accounts["A1"].balance) == (7, 7)
    assert (right.supply, right.accounts["A1"].balance) == (0, 0)


def test_a_revoked_claim_counts_again_in_trex_once_its_signature_is_written_another_way(run: Run) -> None:
    """The same 65 bytes stay refused; v as 0 or 1 passes, and the holder receives and sends again."""
    world = run.world
    does(run, ("mint", "A1", 5), ("lapse", "A"))
    signature, data = world.claims["A"]
    identity, holder = world.identities["A"], WALLETS["A1"]
    assert str(world.evm.ask(world.trex.claim_call(holder, identity, signature, data))[0]) == "invalid claim"
    world.evm.send(world.calls(Op.of("add_revoked_claim_again", "A"))[0])
    assert [state.accounts["A2"].verified for state in world.both()] == [True, False]
    assert world.ask(Op.of("mint", "A1", 5)) == (DONE, "IdentityExpired")


def test_maturity_ends_dealing_and_issue_on_our_side_alone(run: Run) -> None:
    does(run, ("mint", "A1", 5))
    run.world.evm.rpc("evm_increaseTime", YEAR)
    run.world.evm.rpc("evm_mine")
    assert run.world.ask(Op.of("transfer", "A1", "B1", 5)) == (DONE, "EngineMatured")
    assert run.world.ask(Op.of("mint", "A1", 5)) == (DONE, "EngineMatured")
    assert run.world.ask(Op.of("burn", "A1", 5)) == (DONE, DONE)


def test_identity_expiry_ends_a_file_by_time_on_our_side_alone(run: Run) -> None:
    world = run.world
    does(run, ("mint", "A1", 5))
    at = world.evm.now + 60
    row = (WALLETS["A1"], world.identities["A"], COUNTRY, 0, at)
    agent = world.calls(Op.of("pause"))[1].sender
    world.evm.send(world.suite.registry.call(agent, "registerBatch", [row]))
    assert [state.accounts["A1"].verified for state in world.both()] == [True, True]
    world.evm.rpc("evm_setNextBlockTimestamp", at)
    world.evm.rpc("evm_mine")
    assert [state.accounts["A1"].verified for state in world.both()] == [True, False]
    assert world.ask(Op.of("transfer", "A1", "B1", 5)) == (DONE, "IdentityExpired")


def _events(receipt: dict[str, Any], contract: Contract) -> list[str]:
    """What the contract logged, by the names of its own events."""
    events = [entry for entry in contract.code.abi if entry["type"] == "event"]
    names = {"0x" + keccak(text=abi.signature(entry)).hex(): str(entry["name"]) for entry in events}
    return [names[log["topics"][0]] for log in receipt["logs"] if log["address"] == contract.address]


def test_a_cause_in_the_logs_is_missing_in_trex(run: Run) -> None:
    """Its forced transfer looks like a holder's; ours is followed by its cause."""
    world = run.world
    does(run, ("mint", "A1", 5))
    theirs, ours = world.evm.send(*world.calls(Op.of("forced_transfer", "A1", "B1", 5)))
    assert _events(theirs, world.peer.token) == ["Transfer"]
    assert _events(ours, world.token) == ["Transfer", "TransferForced", "ForcedTransfer"]


def test_a_country_in_the_logs_is_missing_in_trex(run: Run) -> None:
    """Its registration does not say the country; ours says the whole record."""
    world = run.world
    theirs, ours = world.evm.send(*world.calls(Op.of("register", "C2", "C", COUNTRY)))
    assert _events(theirs, world.peer.registry) == ["IdentityRegistered"]
    told = [log["data"] + "".join(log["topics"][1:]) for log in theirs["logs"]]
    assert not any(f"{COUNTRY:064x}" in word for word in told)
    names = _events(ours, world.suite.registry)
    assert names == ["WalletRecorded", "IdentityRegistered"]
    record = abi.decode_log("IdentityRegistry", ours["logs"][0])
    assert record is not None
    assert record.args["record"] >> 160 & 0xFFFF == COUNTRY


def test_every_entry_without_a_scene_has_a_test_of_its_name() -> None:
    source = (ROOT / "tests/chain/peer/test_differences.py").read_text()
    named = {entry.id: f"def test_{entry.id.replace('-', '_')}" in source for entry in DIFFERENCES if not entry.scene}
    assert named == dict.fromkeys(named, True)
    assert len({entry.id for entry in DIFFERENCES}) == len(DIFFERENCES)


def test_the_table_in_the_readme_is_the_list() -> None:
    text = (ROOT / "contracts/README.md").read_text()
    found = re.search(r"^\| difference \|.*?(?=^$)", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    assert found[0].strip() == table()
