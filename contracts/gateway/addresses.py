"""Addresses: how they are written and where the next contract will be."""

from __future__ import annotations

import rlp  # type: ignore[import-untyped]
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

ZERO = "0x" + "00" * 20


def checksum(address: str) -> str:
    """The address with the capital letters of EIP-55."""
    return str(to_checksum_address(address))


def create_address(sender: str, nonce: int) -> str:
    """Where `sender` creates a contract with its transaction number `nonce` (lower case)."""
    return "0x" + keccak(rlp.encode([_raw(sender), nonce]))[12:].hex()


def create2_address(factory: str, salt: bytes, init_code: bytes) -> str:
    """Where `factory` creates `init_code` with CREATE2 (EIP-1014, lower case)."""
    if len(salt) != 32:
        raise ValueError("a CREATE2 salt has 32 bytes")
    return "0x" + keccak(b"\xff" + _raw(factory) + salt + keccak(init_code))[12:].hex()


def _raw(address: str) -> bytes:
    return bytes.fromhex(address.removeprefix("0x"))
