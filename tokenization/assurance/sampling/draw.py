"""A sample that anybody can draw again: by the seed, the rows' names and SHA-256, without our software."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable

MOST = 500
RULE = (
    'Of every row the SHA-256 of "seed:row" is taken (UTF-8, a colon between); drawn are the rows with the smallest '
    "hashes, as many as were asked for."
)


def seed_made() -> str:
    return secrets.token_hex(6)


def drawn(keys: Iterable[str], *, seed: str, size: int) -> list[str]:
    """The `size` keys whose hashes with the seed are smallest, smallest first; all of them where there are fewer."""
    return sorted(keys, key=lambda key: (hashlib.sha256(f"{seed}:{key}".encode()).digest(), key))[:size]
