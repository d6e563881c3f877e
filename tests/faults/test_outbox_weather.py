"""Everything at once, in an order drawn by lot: crashes, lost answers, lost transactions, blocks taken back, dear gas,
cancels. Afterwards every wallet was registered exactly as often as its intent says: once or never."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from eth_account import Account
from eth_account.typed_transactions import TypedTransaction
from hexbytes import HexBytes

from contracts.outbox import services
from contracts.outbox.models import Attempt, Halt, Intent, IntentState, Signer, Slot
from contracts.outbox.models.intent import ENDED
from contracts.outbox.services import crash
from tests.support.faulty import Faulty, faulty
from tests.support.outbox import NOW, World, build, drive, fault_rounds, fault_seed, wallet, work
from tests.support.parts import Chain, Signers
from tokenization.kernel.errors import PlatformError

pytestmark = pytest.mark.chain

STEPS = 30
POINTS = ("after-slot", "after-sign", "after-store", "after-broadcast")


class Died(RuntimeError):
    """The power cut."""


@dataclass
class Weather:
    """What may happen, each by its name; `wallets` is which intent should register which wallet."""

    world: World
    node: Faulty
    signer: Faulty
    chance: random.Random
    wallets: dict[int, Intent] = field(default_factory=dict)
    dies_at: str = ""
    log: list[str] = field(default_factory=list)

    def point(self, name: str) -> None:
        if name == self.dies_at:
            self.dies_at = ""
            raise Died(name)

    def enqueue(self) -> None:
        first = len(self.wallets) + 1
        count = self.chance.choice((1, 1, 3))
        after = [self.chance.choice(list(self.wallets.values()))] if self.wallets and self.chance.random() < 0.3 else []
        numbers = list(range(first, first + count))
        intent = self.world.register(f"w{first}", [wallet(n) for n in numbers], numbers=numbers, after=after)
        self.wallets.update(dict.fromkeys(numbers, intent))

    def work(self) -> None:
        try:
            work("identity")
        except Died as died:
            self.log.append(f"died {died}")

    def mine(self) -> None:
        self.world.chain.mine(self.chance.randint(1, 3))

    def crash(self) -> None:
        self.dies_at = self.chance.choice(POINTS)
        self.work()

    def drop(self) -> None:
        self.world.chain.rpc("anvil_dropAllTransactions")

    def reorganise(self) -> None:
        self.world.chain.rpc("anvil_reorg", self.chance.randint(1, 3), [])

    def lose(self) -> None:
        which, word = self.chance.choice(((self.node, b"eth_sendRawTransaction"), (self.signer, b"/sign-transaction")))
        which.lose, which.times = word, which.lost + 1

    def dear_gas(self) -> None:
        self.world.chain.rpc("anvil_setNextBlockBaseFeePerGas", hex(self.chance.randint(2, 6) * 10**9))
        self.world.chain.mine()

    def cancel(self) -> None:
        open_ones = list(Intent.objects.filter(signer__name="identity").exclude(state__in=ENDED))
        if not open_ones:
            return
        intent = self.chance.choice(open_ones)
        try:
            with transaction.atomic():
                services.intent_cancel(intent=intent, approval=f"approval-{intent.pk}", reason="weather", now=NOW)
        except PlatformError as error:
            self.log.append(str(error))

    def step(self) -> None:
        acts: list[tuple[Callable[[], None], int]] = [
            (self.enqueue, 5), (self.work, 10), (self.mine, 6), (self.crash, 4), (self.drop, 2),
            (self.reorganise, 2), (self.lose, 3), (self.dear_gas, 1), (self.cancel, 2),
        ]  # fmt: skip
        (act,) = self.chance.choices([a for a, _ in acts], weights=[w for _, w in acts])
        self.log.append(act.__name__)
        act()


@pytest.fixture
def world(fresh_db: str, chain: Chain, signers: Signers) -> World:
    return build(chain)


@pytest.mark.parametrize("n", fault_rounds())
def test_whatever_the_weather_each_effect_is_there_once_or_never(
    world: World, signers: Signers, settings: Any, monkeypatch: pytest.MonkeyPatch, n: int
) -> None:
    seed = fault_seed(n)
    # Deeper than any reorganisation here: below final it would rightly halt.
    settings.CHAIN_FINALITY, settings.OUTBOX_BUMP_BLOCKS = "6", 2
    with faulty(world.chain.url) as node, faulty(signers.issuer.url) as signer:
        settings.CHAIN_RPC_URL, settings.SIGNER_ISSUER_URL = node.url, signer.url
        weather = Weather(world, node, signer, random.Random(seed))
        monkeypatch.setattr(crash, "point", weather.point)
        for _ in range(STEPS):
            weather.step()
        weather.dies_at, node.lose, signer.lose = "", b"", b""
        drive(world.chain, _settled, rounds=80)
    _check(weather, f"FAULT_SEED={seed}: {weather.log}")


def _settled() -> bool:
    """Everything has ended, but for what follows something that failed: that rightly waits for ever."""
    rest = Intent.objects.filter(signer__name="identity").exclude(state__in=ENDED)
    return all(i.state == IntentState.QUEUED and i.reason.startswith("It follows") and _dead(i) for i in rest)


def _dead(intent: Intent) -> bool:
    """Whether something it follows has failed, or waits for something that has."""
    followed = [row.prerequisite for row in intent.after.select_related("prerequisite")]
    failed = {IntentState.CANCELLED, IntentState.REJECTED}
    return any(p.state in failed or (p.state == IntentState.QUEUED and _dead(p)) for p in followed)


def _check(weather: Weather, story: str) -> None:
    world = weather.world
    for number, intent in weather.wallets.items():
        intent.refresh_from_db()
        assert world.recorded(wallet(number)) == (intent.state == IntentState.FINAL), (number, intent, story)
    slots = list(Slot.objects.filter(signer__name="identity").order_by("nonce").prefetch_related("attempts"))
    assert [s.nonce for s in slots] == list(range(len(slots))), story
    assert Signer.objects.get(name="identity").next_nonce == len(slots) == world.nonce("identity"), story
    for slot in slots:
        assert _contents([a for a in slot.attempts.all() if a.kind == "CALL"]) <= {bytes(slot.intent.data)}, story
        assert _contents([a for a in slot.attempts.all() if a.kind == "CANCEL"]) <= {b""}, story
    assert not Halt.objects.exists(), story


def _contents(attempts: list[Attempt]) -> set[bytes]:
    """What the stored bytes really say, read from the bytes."""
    return {bytes(TypedTransaction.from_bytes(HexBytes(bytes(a.raw))).as_dict()["data"]) for a in attempts}


def test_the_bytes_are_read_and_not_believed() -> None:
    key = Account.create()
    body = {"type": 2, "chainId": 1, "nonce": 0, "value": 0, "gas": 21000, "maxFeePerGas": 1,
            "maxPriorityFeePerGas": 1, "to": key.address, "data": b"\x01\x02"}  # fmt: skip
    raw = bytes(key.sign_transaction(body).raw_transaction)
    assert _contents([Attempt(raw=raw)]) == {b"\x01\x02"}
