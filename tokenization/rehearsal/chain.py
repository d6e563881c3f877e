"""What the rehearsal does to the chain as an outsider: coins for gas, an investor's own transfers, moving time."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.db.models import F

from contracts.gateway import views
from contracts.gateway.client import Node
from contracts.gateway.keys import LocalKey, Transaction
from tokenization.kernel import clock
from tokenization.rehearsal.models import ClockOffset

T = TypeVar("T")
GAS_MONEY = 10**20
GWEI = 10**9
TRANSACTION_GAS = 400_000
# A machine that does much else at the same time may be given more patience.
PATIENCE = float(os.environ.get("REHEARSAL_PATIENCE", "1"))


class Deadline(Exception):
    """Something that should have happened did not."""


def wait_for(words: str, probe: Callable[[], T | None], *, seconds: float = 120.0) -> T:
    """Ask `probe` until it answers with something true. Raises Deadline with `words` when the time is over."""
    end = time.monotonic() + seconds * PATIENCE
    while True:
        answer = probe()
        if answer:
            return answer
        if time.monotonic() > end:
            raise Deadline(f"waited {seconds:.0f} s in vain: {words}")
        time.sleep(0.2)


def node() -> Node:
    return Node(settings.CHAIN_RPC_URL)


def fund(address: str) -> None:
    """Give an outside wallet coins for gas, as a faucet or an exchange would."""
    with node() as chain:
        chain.call("anvil_setBalance", address, hex(GAS_MONEY))


def send(key: LocalKey, *, to: str, data: bytes, gas: int = TRANSACTION_GAS) -> str:
    """Sign with a key that the platform does not know, send past the platform and wait for the receipt.

    Returns the transaction's hash; the receipt's status is not judged here.
    """
    with node() as chain:
        price = int(chain.call("eth_getBlockByNumber", "latest", False)["baseFeePerGas"], 16) * 2 + GWEI
        signed = key.sign_transaction(
            Transaction(
                chain_id=int(chain.call("eth_chainId"), 16),
                nonce=int(chain.call("eth_getTransactionCount", key.address, "latest"), 16),
                to=to,
                data=data,
                value=0,
                gas=gas,
                max_fee=price,
                priority_fee=GWEI,
            )
        )
        chain.call("eth_sendRawTransaction", "0x" + signed.raw.hex())
        wait_for(f"receipt of {signed.hash}", lambda: chain.call("eth_getTransactionReceipt", signed.hash))
    return signed.hash


def sent_count(address: str) -> int:
    """How many transactions this wallet has sent: an outsider's way to know that he has acted already."""
    with node() as chain:
        return int(chain.call("eth_getTransactionCount", address, "latest"), 16)


def succeeded(transaction: str) -> bool:
    with node() as chain:
        return bool(chain.call("eth_getTransactionReceipt", transaction)["status"] == "0x1")


def mine() -> int:
    """One more block, as the chain's own time would bring; returns its number."""
    with node() as chain:
        chain.call("evm_mine")
        return int(chain.call("eth_blockNumber"), 16)


def move_to(instant: datetime) -> None:
    """Move chain time and business time to `instant`, each as far as it is behind; does nothing if that has passed."""
    ahead = int((instant - clock.now()).total_seconds()) + 1
    if ahead <= 0:
        return
    _business_time_on(ahead)
    _chain_time_at(instant)


def _business_time_on(seconds: int) -> None:
    ClockOffset.objects.get_or_create(pk=1)
    ClockOffset.objects.filter(pk=1).update(seconds=F("seconds") + seconds)


def _chain_time_at(instant: datetime) -> None:
    """By its own clock, which a restart of the node may have set back."""
    with node() as chain:
        pending = int(chain.call("eth_getBlockByNumber", "pending", False)["timestamp"], 16)
        chain.call("evm_increaseTime", hex(max(int(instant.timestamp()) + 1 - pending, 0)))
        chain.call("evm_mine")
    wait_for(f"a final block at {instant:%Y-%m-%d %H:%M}", lambda: _final_time() >= instant.timestamp())


@contextmanager
def node_down(until: datetime) -> Iterator[None]:
    """The node answers nobody while business time goes on to `until`; afterwards it is back, at that time."""
    parts = json.loads(Path(os.environ["REHEARSAL_STACK_FILE"]).read_text())["parts"]
    pid = int(parts["anvil"]["pid"])
    os.kill(pid, signal.SIGSTOP)
    try:
        _business_time_on(max(int((until - clock.now()).total_seconds()) + 1, 0))
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
    _chain_time_at(until)


def _final_time() -> int:
    with node() as chain:
        return views.final_head(chain, settings.CHAIN_FINALITY).timestamp
