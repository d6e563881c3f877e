"""The 2048-bit log bloom of a header: three bits for every address and topic in it (yellow paper, 4.3.1)."""

from __future__ import annotations

from functools import cache

from eth_hash.auto import keccak


@cache
def mask(address: str) -> int:
    """The three bits that any log of this address sets in the bloom of its block."""
    digest = keccak(bytes.fromhex(address[2:]))
    bits = 0
    for at in (0, 2, 4):
        bits |= 1 << (int.from_bytes(digest[at : at + 2], "big") & 2047)
    return bits


def touches(logs_bloom: str, addresses: list[str]) -> bool:
    """May the block hold a log of one of the addresses? False is certain, true is not."""
    bloom = int(logs_bloom, 16)
    return bloom != 0 and any(bloom & mask(address) == mask(address) for address in addresses)
