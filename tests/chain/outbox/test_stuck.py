"""What is STUCK, and the two ways out that two persons have: try again, or give up."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.gateway import calls
from contracts.gateway.calls import Registration
from contracts.gateway.keys import Transaction
from contracts.gateway.remote import RemoteSigner, Request
from contracts.outbox import selectors, services
from contracts.outbox.models import Attempt, Halt, Intent, IntentMove, Slot
from tests.support.outbox import NOW, World, all_final, drive, reason, state, wallet, work
from tests.support.parts import Signers
from tests.support.people import person
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Role
from tokenization.kernel import clock
from tokenization.kernel.errors import NotAllowed, Refused

pytestmark = pytest.mark.chain


def _stranger_uses_a_nonce(world: World) -> None:
    """Somebody else has the key: an empty transaction of its next nonce gets into a block."""
    address = selectors.signer_address("identity")
    world.chain.rpc("anvil_impersonateAccount", address)
    world.chain.rpc("eth_sendTransaction", {"from": address, "to": address, "value": "0x0"})
    world.chain.rpc("anvil_stopImpersonatingAccount", address)
    world.chain.mine(3)


def _taken(world: World, intent: Intent) -> None:
    """The intent's bytes are with us alone; a stranger's transaction takes their nonce."""
    work("identity")
    world.chain.rpc("anvil_dropTransaction", Attempt.objects.get(slot__intent=intent).hash)
    _stranger_uses_a_nonce(world)


def _remembers_another(world: World, signers: Signers) -> None:
    """What the signer signed at nonce 0 before the database was restored from a backup."""
    call = calls.register_wallets(world.registry, [Registration(wallet(8), wallet(9), 586, 1, 4_000_000_000)])
    lost = Transaction(31337, 0, world.registry, call.data, 0, 300_000, 10**10, 10**9)
    RemoteSigner(signers.issuer.url, signers.issuer.token).sign(Request("identity", lost))


def _propose(action: str, intent: Intent | int, reason: str = "looked into") -> Approval:
    payload = {"intent": intent if isinstance(intent, int) else intent.pk, "reason": reason}
    return approval_propose(action=action, payload=payload, actor=person(Role.DEBT_MAKER), now=clock.now())


def _decide(action: str, intent: Intent) -> None:
    approval = _propose(action, intent)
    approval_approve(approval_id=approval.pk, actor=person(Role.REGISTRAR_CHECKER), now=clock.now())


def _clear() -> None:
    for halt in Halt.objects.filter(cleared_at__isnull=True):
        services.halt_clear(halt=halt, actor=person(Role.OPERATOR), now=clock.now())


def test_a_nonce_taken_by_a_stranger_makes_the_intent_stuck_and_stops_everything(world: World) -> None:
    intent = world.register("w", [wallet(1)], numbers=[1])
    _taken(world, intent)
    behind = world.register("behind", [wallet(2)])
    work("identity")
    assert state(intent) == "STUCK"
    assert reason(intent) == "Nonce 0 was used by a transaction that is not ours."
    halt = Halt.objects.get()
    assert halt.reason == "NONCE_TAKEN"
    assert halt.what_to_do in selectors.health().sentence
    assert state(behind) == "QUEUED"
    assert not Slot.objects.filter(intent=behind).exists()
    work("identity")
    assert state(behind) == "QUEUED"
    # Its number is not free: nobody has decided that it will never happen.
    with pytest.raises(Refused, match="live intent"):
        world.register("again", [wallet(1)], numbers=[1])


def test_two_persons_give_up_what_a_stranger_made_impossible(world: World) -> None:
    intent = world.register("w", [wallet(1)], numbers=[1])
    _taken(world, intent)
    work("identity")
    _decide("outbox.intent_cancel", intent)
    work("identity")
    assert state(intent) == "STUCK"  # halted still
    _clear()
    work("identity")
    assert state(intent) == "CANCELLED"
    assert reason(intent) == "Two persons withdrew it: nonce 0 was used by a stranger."
    again = world.register("again", [wallet(1)], numbers=[1])
    drive(world.chain, all_final(again))
    assert Slot.objects.get(intent=again).nonce == 1
    assert world.recorded(wallet(1)) == 1


def test_a_release_while_its_cause_lasts_changes_nothing(world: World) -> None:
    intent = world.register("w", [wallet(1)])
    _taken(world, intent)
    work("identity")
    _decide("outbox.intent_release", intent)
    assert state(intent) == "BROADCAST"
    _clear()
    work("identity")
    assert state(intent) == "STUCK"
    assert Halt.objects.filter(cleared_at__isnull=True).count() == 1
    assert Attempt.objects.filter(slot__intent=intent).count() == 1
    assert world.recorded(wallet(1)) == 0


def test_two_persons_withdraw_what_the_signer_remembers_otherwise(world: World, signers: Signers) -> None:
    _remembers_another(world, signers)
    intent = world.register("w", [wallet(1)], numbers=[1])
    work("identity")
    assert state(intent) == "STUCK"
    # An operator clears the halt before anybody decided: nothing is numbered behind the open nonce.
    _clear()
    behind = world.register("behind", [wallet(2)])
    work("identity")
    assert state(behind) == "QUEUED"
    assert "w is stuck: two persons release or withdraw it." in selectors.health().sentence
    _decide("outbox.intent_cancel", intent)
    drive(world.chain, lambda: state(intent) == "CANCELLED")
    drive(world.chain, all_final(behind))
    assert [a.kind for a in Attempt.objects.filter(slot__intent=intent)] == ["CANCEL"]
    assert [m.new for m in IntentMove.objects.filter(intent=intent)] == [
        "NUMBERED", "STUCK", "NUMBERED", "SIGNED", "BROADCAST", "MINED", "CANCELLED",
    ]  # fmt: skip
    assert world.nonce("identity") == 2
    assert [world.recorded(wallet(n)) for n in (1, 2, 8)] == [0, 1, 0]


def test_a_release_goes_on_at_the_same_nonce_when_the_cause_is_gone(world: World, signers: Signers) -> None:
    _remembers_another(world, signers)
    intent = world.register("w", [wallet(1)])
    work("identity")
    # Whoever runs the signer finds that the other call was never given to anybody, and puts an older memory back.
    signers.forget("identity")
    _decide("outbox.intent_release", intent)
    assert state(intent) == "NUMBERED"
    assert "Released by two persons (approval-" in reason(intent)
    _clear()
    drive(world.chain, all_final(intent))
    assert Slot.objects.get(intent=intent).nonce == 0
    assert world.recorded(wallet(1)) == 1


@pytest.mark.parametrize("action", ["outbox.intent_cancel", "outbox.intent_release"])
def test_one_person_or_one_house_decides_nothing(world: World, action: str) -> None:
    intent = world.register("w", [wallet(1)])
    _taken(world, intent)
    work("identity")
    approval = _propose(action, intent)
    others: list[User] = [approval.maker, person(Role.DEBT_CHECKER), person(Role.OPERATOR)]
    for actor in others:
        with pytest.raises(NotAllowed):
            approval_approve(approval_id=approval.pk, actor=actor, now=clock.now())
    intent.refresh_from_db()
    assert (intent.state, intent.cancel_approval) == ("STUCK", "")


def test_what_cannot_be_decided_is_refused_with_the_reason(world: World) -> None:
    intent = world.register("w", [wallet(1)])
    with pytest.raises(Refused, match="is not stuck"):
        _propose("outbox.intent_release", intent)
    with pytest.raises(Refused, match="Say why"):
        _propose("outbox.intent_cancel", intent, reason=" ")
    with pytest.raises(Refused, match="no transaction '999'"):
        _propose("outbox.intent_cancel", 999)
    with pytest.raises(Refused, match="names the approval"):
        services.intent_release(intent=intent, approval="", reason="r", now=NOW)
    drive(world.chain, all_final(intent))
    with pytest.raises(Refused, match="already ended"):
        _propose("outbox.intent_cancel", intent)
    assert Approval.objects.count() == 0


def test_two_persons_cancel_what_is_under_way_and_the_cancel_wins(world: World) -> None:
    intent = world.register("w", [wallet(1)])
    work("identity")
    world.chain.rpc("anvil_dropTransaction", Attempt.objects.get(slot__intent=intent).hash)
    approval = _propose("outbox.intent_cancel", intent)
    assert "whichever of the call and its cancel mines first" in str(approval.preview)
    approval_approve(approval_id=approval.pk, actor=person(Role.REGISTRAR_CHECKER), now=clock.now())
    intent.refresh_from_db()
    assert intent.cancel_approval == f"approval-{approval.pk}"
    drive(world.chain, lambda: state(intent) == "CANCELLED")
    assert world.recorded(wallet(1)) == 0


def test_a_cancel_that_comes_too_late_leaves_what_happened(world: World) -> None:
    """The call is in a block before the cancel reaches a node: it ends FINAL, and its effect is counted once."""
    intent = world.register("w", [wallet(1)])
    work("identity")
    _decide("outbox.intent_cancel", intent)
    world.chain.mine()
    drive(world.chain, all_final(intent))
    assert [a.kind for a in Attempt.objects.filter(slot__intent=intent)] == ["CALL"]
    assert world.recorded(wallet(1)) == 1


@pytest.mark.parametrize("cap", ["at the cap", "below the cap"])
def test_a_cancel_is_sent_even_where_the_fee_cannot_rise(world: World, settings: Any, cap: str) -> None:
    intent = world.register("w", [wallet(1)])
    work("identity")
    attempt = Attempt.objects.get(slot__intent=intent)
    world.chain.rpc("anvil_dropTransaction", attempt.hash)
    if cap == "at the cap":
        settings.OUTBOX_FEE_CAP_WEI = attempt.max_fee
    _decide("outbox.intent_cancel", intent)
    drive(world.chain, lambda: state(intent) == "CANCELLED")
    assert world.recorded(wallet(1)) == 0
