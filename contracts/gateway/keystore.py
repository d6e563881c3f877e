"""Encrypted key files (Web3 Secret Storage), one per key name."""

from __future__ import annotations

import json
import os
from pathlib import Path

from eth_account import Account

from contracts.gateway.keys import LocalKey

# scrypt with N = 2^13 and not the default 2^18: the password is 32 random bytes from a file, not a person's word.
_ROUNDS = 8192


def load(folder: Path, name: str, password: str) -> LocalKey:
    """The key of that name. FileNotFoundError if there is none, ValueError with the wrong password."""
    return LocalKey(bytes(Account.decrypt(json.loads(_file(folder, name).read_text()), password)))


def load_or_create(folder: Path, name: str, password: str) -> LocalKey:
    """The key of that name, made on first use. The file is complete before it has its name."""
    if _file(folder, name).exists():
        return load(folder, name, password)
    key = LocalKey.create()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = _file(folder, name).with_suffix(".partial")
    partial.write_text(json.dumps(Account.encrypt(key.private_key, password, kdf="scrypt", iterations=_ROUNDS)))
    partial.chmod(0o600)
    with partial.open("rb") as handle:
        os.fsync(handle.fileno())
    partial.rename(_file(folder, name))
    return key


def _file(folder: Path, name: str) -> Path:
    if not name.isidentifier():
        raise ValueError(f"a key's name is a plain word, not {name!r}")
    return folder / f"{name}.json"
