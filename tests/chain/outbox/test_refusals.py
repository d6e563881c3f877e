"""A signer whose policy, memory or keystore is not what it was when the nonce was given."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.gateway.signer.policy import DEFAULT
from contracts.outbox import selectors
from contracts.outbox.models import Attempt, Broadcast, Halt, Slot
from contracts.outbox.services import crash
from tests.support.faulty import faulty
from tests.support.outbox import World, all_final, drive, reason, state, wallet, work
from tests.support.parts import Chain, Signers

pytestmark = pytest.mark.chain


class Policy:
    """The issuer's policy file, as whoever runs the signer may change it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.path.write_bytes(DEFAULT.read_bytes())

    def forbid(self, key: str) -> None:
        rules = json.loads(DEFAULT.read_bytes())
        rules["keys"][key]["calls"] = []
        self.path.write_text(json.dumps(rules))

    def allow(self) -> None:
        self.path.write_bytes(DEFAULT.read_bytes())


@pytest.fixture
def policy(signers: Signers, tmp_path: Path) -> Policy:
    made = Policy(tmp_path / "policy.json")
    signers.issuer.command += ["--policy", str(made.path)]
    signers.issuer.restart()
    return made


@pytest.fixture
def down(settings: Any, signers: Signers) -> Iterator[None]:
    """The signer answers everything but requests to sign."""
    with faulty(signers.issuer.url) as proxy:
        proxy.refuse = b"/sign-transaction"
        settings.SIGNER_ISSUER_URL = proxy.url
        yield


def test_a_signer_that_will_not_sign_leaves_a_number_and_no_attempt(world: World, down: None) -> None:
    intents = [world.register(f"w{n}", [wallet(n)]) for n in range(3)]
    for _ in range(3):
        work("identity")
    # The first has its nonce and waits with it; nothing behind it is numbered past it twice, nothing is signed.
    numbered = list(Slot.objects.filter(intent__in=intents).order_by("nonce").values_list("nonce", flat=True))
    assert numbered == list(range(len(numbered)))
    assert not Attempt.objects.filter(slot__intent__in=intents).exists()
    assert "signer does not answer" in selectors.health().sentence


def test_a_call_the_policy_no_longer_allows_fills_its_nonce_with_a_noop(
    world: World, policy: Policy, down: None, settings: Any, signers: Signers
) -> None:
    intent = world.register("w", [wallet(1)], numbers=[1])
    work("identity")
    assert state(intent) == "NUMBERED"
    policy.forbid("identity")
    settings.SIGNER_ISSUER_URL = signers.issuer.url
    work("identity")
    assert [a.kind for a in Attempt.objects.filter(slot__intent=intent)] == ["NOOP"]
    assert "The nonce is filled with a no-op." in reason(intent)
    drive(world.chain, lambda: state(intent) == "REJECTED")
    assert world.recorded(wallet(1)) == 0
    assert world.nonce("identity") == 1
    policy.allow()
    again = world.register("again", [wallet(1)], numbers=[1])
    drive(world.chain, all_final(again))
    assert Slot.objects.get(intent=again).nonce == 1
    assert world.recorded(wallet(1)) == 1


def test_no_noop_is_made_where_the_signer_has_signed(
    world: World, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It signed, the sender died before it stored the bytes, and then the policy changed."""
    _die_after_signing(monkeypatch)
    intent = world.register("w", [wallet(1)])
    behind = world.register("behind", [wallet(2)])
    with pytest.raises(Died):
        work("identity")
    monkeypatch.undo()
    policy.forbid("identity")
    work("identity")
    assert state(intent) == "STUCK"
    assert Halt.objects.get().reason == "SIGNER_REFUSES"
    assert "may not call" in reason(intent)
    assert not Attempt.objects.filter(slot__intent=intent).exists()
    # It had its nonce already; nothing is signed behind one that nobody can sign.
    assert state(behind) == "NUMBERED"
    assert not Attempt.objects.filter(slot__intent=behind).exists()


def test_a_policy_that_forbids_a_higher_fee_stops_nobody_else(world: World, policy: Policy) -> None:
    intent = world.register("w", [wallet(1)])
    work("identity")
    world.chain.rpc("anvil_setNextBlockBaseFeePerGas", hex(20 * 10**9))
    world.chain.mine(5)
    attempt = Attempt.objects.get(slot__intent=intent)
    world.chain.rpc("anvil_dropTransaction", attempt.hash)
    policy.forbid("identity")
    sent = Broadcast.objects.filter(attempt=attempt).count()
    work("identity")
    assert state(intent) == "BROADCAST"
    assert Broadcast.objects.filter(attempt=attempt).count() == sent + 1
    assert "may not call" in reason(intent)
    drive(world.chain, all_final(intent))
    assert Attempt.objects.get(slot__intent=intent) == attempt
    assert world.recorded(wallet(1)) == 1


def test_bytes_signed_by_another_key_are_never_stored(world: World, signers: Signers) -> None:
    folder = Path(signers.issuer.command[signers.issuer.command.index("--keystore") + 1])
    signers.issuer.kill()
    (folder / "identity.json").unlink()
    signers.issuer.restart()
    intent = world.register("w", [wallet(1)])
    work("identity")
    assert state(intent) == "NUMBERED"
    assert not Attempt.objects.filter(slot__intent=intent).exists()
    assert Halt.objects.get().reason == "KEY_CHANGED"
    assert "keystore" in Halt.objects.get().what_to_do


class Died(RuntimeError):
    """Stands for the power cut: it leaves through everything."""


def _die_after_signing(monkeypatch: pytest.MonkeyPatch) -> None:
    def point(name: str) -> None:
        if name == "after-sign":
            raise Died

    monkeypatch.setattr(crash, "point", point)


def test_a_signer_that_remembers_another_call_makes_the_intent_stuck_and_halts(
    world: World, chain: Chain, signers: Signers, monkeypatch: pytest.MonkeyPatch
) -> None:
    from contracts.gateway import calls
    from contracts.gateway.calls import Registration
    from contracts.gateway.keys import Transaction
    from contracts.gateway.remote import RemoteSigner, Request

    # What a sender signed at nonce 0 before the database was restored from a backup.
    call = calls.register_wallets(world.registry, [Registration(wallet(8), wallet(9), 586, 1, 4_000_000_000)])
    lost = Transaction(31337, 0, world.registry, call.data, 0, 300_000, 10**10, 10**9)
    RemoteSigner(signers.issuer.url, signers.issuer.token).sign(Request("identity", lost))
    intent = world.register("w", [wallet(1)], numbers=[1])
    work("identity")
    assert state(intent) == "STUCK"
    assert Halt.objects.get().reason == "SIGNER_MEMORY"
    assert "restore a newer backup" in selectors.health().sentence
    assert Slot.objects.get(intent=intent).nonce == 0
    assert not Attempt.objects.filter(slot__intent=intent).exists()
    assert intent.items.get().live
    assert world.recorded(wallet(1)) == 0
