"""What the rehearsal does to the chain as an outsider: coins for gas, an investor's own transfers, moving time."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
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


class Deadline(Exception):
    """Something that should have happened did not."""


def wait_for(words: str, probe: Callable[[], T | None], *, seconds: float = 120.0) -> T:
    """Ask `probe` until it answers with something true. Raises Deadline with `words` when the time is over."""
    end = time.monotonic() + seconds
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
    """Move chain time and business time together to `instant`; does nothing if that has passed."""
    seconds = int((instant - clock.now()).total_seconds()) + 1
    if seconds <= 0:
        return
    ClockOffset.objects.get_or_create(pk=1)
    with node() as chain:
        chain.call("evm_increaseTime", hex(seconds))
        chain.call("evm_mine")
    ClockOffset.objects.filter(pk=1).update(seconds=F("seconds") + seconds)
    wait_for(f"a final block at {instant:%Y-%m-%d %H:%M}", lambda: _final_time() >= instant.timestamp())


def _final_time() -> int:
    with node() as chain:
        return views.final_head(chain, settings.CHAIN_FINALITY).timestamp
