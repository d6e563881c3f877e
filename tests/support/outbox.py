"""A small world for tests: an AccessManager and an IdentityRegistry, put on a real node by the outbox itself.

A wallet's registration is the effect that is counted: `WalletRecorded` is emitted once per registration that happened.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from contracts.gateway import abi, calls
from contracts.gateway.addresses import create_address
from contracts.gateway.calls import Call, Item, Registration
from contracts.gateway.roles import ChainRole
from contracts.outbox import selectors, services
from contracts.outbox.models import Intent, IntentState
from tests.support.database import ROOT
from tests.support.parts import Chain

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LAPSE = 4_000_000_000


def clock() -> datetime:
    return datetime.now(UTC)


def fault_rounds() -> range:
    """Rounds of a random test: one in `make test`, FAULT_ROUNDS of them in `make faults`."""
    return range(int(os.environ.get("FAULT_ROUNDS") or 1))


def fault_seed(n: int) -> int:
    """FAULT_SEED to have a failed round again; printed, so that a failure names it."""
    seed = int(os.environ.get("FAULT_SEED") or time.time_ns() % 10**6 + n)
    print(f"FAULT_SEED={seed}")
    return seed


def wallet(n: int) -> str:
    return "0x" + f"{n + 0x1000:040x}"


def register(registry: str, wallets: Sequence[str], numbers: Sequence[int] = (), follows: Sequence[int] = ()) -> Call:
    """A registration batch; with numbers its items are numbered as a token's would be."""
    call = calls.register_wallets(registry, [Registration(w, wallet(9), 586, 1, LAPSE) for w in wallets])
    if not numbers:
        return call
    linked = follows or [0] * len(numbers)
    items = tuple(Item(n, w, 1, f) for n, w, f in zip(numbers, wallets, linked, strict=True))
    return Call(call.to, call.data, call.artifact, call.function, call.description, numbered_by=registry, items=items)


def enqueue(key: str, signer: str, call: Call, **more: Any) -> Intent:
    with transaction.atomic():
        return services.intent_enqueue(key=key, signer=signer, call=call, now=NOW, **more)


def work(*names: str, seconds: float = 0) -> None:
    """One pass for every key with work, or for the keys named."""
    for name in names or selectors.signers_with_work():
        services.send_pending(signer=name, clock=clock, seconds=seconds)


def state(intent: Intent) -> str:
    return Intent.objects.values_list("state", flat=True).get(pk=intent.pk)


def reason(intent: Intent) -> str:
    return Intent.objects.values_list("reason", flat=True).get(pk=intent.pk)


def drive(chain: Chain, done: Callable[[], bool], *, rounds: int = 40) -> None:
    """Work and mine in turn until it is done."""
    for _ in range(rounds):
        if done():
            return
        work()
        chain.mine()
    held = [(i.key, i.state, i.reason) for i in Intent.objects.exclude(state=IntentState.FINAL)]
    raise AssertionError(f"not done after {rounds} rounds: {held}; {selectors.health().sentence}")


def all_final(*intents: Intent) -> Callable[[], bool]:
    return lambda: all(state(i) == IntentState.FINAL for i in intents)


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.05)


@dataclass
class World:
    """Addresses of the contracts, and the node to count effects on."""

    chain: Chain
    manager: str
    registry: str

    def recorded(self, address: str) -> int:
        """How many times the wallet's registration happened."""
        topic = abi.event_topic("IdentityRegistry", "WalletRecorded")
        padded = "0x" + "00" * 12 + address[2:]
        question = {"fromBlock": "0x0", "address": self.registry, "topics": [topic, padded]}
        return len(self.chain.rpc("eth_getLogs", question))

    def nonce(self, signer: str) -> int:
        return int(self.chain.rpc("eth_getTransactionCount", selectors.signer_address(signer), "latest"), 16)

    def register(self, key: str, wallets: Sequence[str], **more: Any) -> Intent:
        numbers, follows = more.pop("numbers", ()), more.pop("follows", ())
        return enqueue(key, "identity", register(self.registry, wallets, numbers, follows), **more)

    def chain_deadline(self, seconds: int) -> datetime:
        return datetime.fromtimestamp(self.chain.now(), UTC) + timedelta(seconds=seconds)


def build(chain: Chain) -> World:
    """Two creations and the grants, each waiting for the one before."""
    addresses = services.signers_sync(now=NOW)
    manager = create_address(addresses["bootstrap"], 0)
    registry = create_address(addresses["bootstrap"], 1)
    first = enqueue("deploy/manager", "bootstrap", calls.deploy("AccessManager", (addresses["bootstrap"],)))
    second = enqueue("deploy/registry", "bootstrap", calls.deploy("IdentityRegistry", (manager,)), after=[first])
    wiring = calls.multicall(
        manager,
        [
            calls.grant_role(manager, ChainRole.IDENTITY, addresses["identity"]),
            calls.set_function_role(
                manager, registry, "IdentityRegistry", ("registerBatch", "removeBatch"), ChainRole.IDENTITY
            ),
        ],
    )
    third = enqueue("wire", "bootstrap", wiring, after=[first, second])
    drive(chain, all_final(first, second, third))
    return World(chain, manager, registry)


def sender(name: str, *, seconds: float = 5, kill_at: str = "", stop_at: str = "") -> subprocess.Popen[bytes]:
    """A sender in a process of its own, with a point at which it dies or stops."""
    script = (
        "import django; django.setup()\n"
        "from datetime import datetime, UTC\n"
        "from contracts.outbox.services import send_pending\n"
        f"send_pending(signer={name!r}, clock=lambda: datetime.now(UTC), seconds={seconds})\n"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tokenization.settings", "REHEARSAL": "1"}
    environment.update({"OUTBOX_KILL_AT": kill_at, "OUTBOX_STOP_AT": stop_at})
    return subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, env=environment)
