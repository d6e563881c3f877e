"""The outbox's few numbers; settings of the same name (OUTBOX_...) replace them."""

from __future__ import annotations

from typing import cast

from django.conf import settings

from contracts.gateway.client import Node
from contracts.gateway.remote import RemoteSigner


def _number(name: str, default: int) -> int:
    return cast(int, getattr(settings, f"OUTBOX_{name}", default))


def bump_blocks() -> int:
    """Blocks without inclusion after which the fee is raised."""
    return _number("BUMP_BLOCKS", 5)


def fee_cap() -> int:
    """No attempt offers more than this per gas, in wei."""
    return _number("FEE_CAP_WEI", 500 * 10**9)


def tip() -> int:
    """Priority fee per gas in wei, on a chain that charges a base fee."""
    return _number("TIP_WEI", 10**9)


def window() -> int:
    """Intents of one key that may be under way at once."""
    return _number("WINDOW", 16)


def gas_cap() -> int:
    """Gas of one transaction (EIP-7825)."""
    return _number("GAS_CAP", 16_777_216)


def idle_seconds() -> int:
    """After this silence the database takes the sender's lock away."""
    return _number("LOCK_IDLE_SECONDS", 8)


def node() -> Node:
    return Node(settings.CHAIN_RPC_URL)


def port() -> RemoteSigner:
    return RemoteSigner(settings.SIGNER_ISSUER_URL, settings.SIGNER_ISSUER_TOKEN)
