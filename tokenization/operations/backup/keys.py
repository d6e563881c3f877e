"""Key files out and in again: as they lie there, encrypted. Their passphrase is no part of any backup."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tokenization.operations.backup.errors import BackupRefused


def key_files(folder: Path) -> list[Path]:
    """The encrypted key files of a folder. BackupRefused if anything else lies there, a passphrase for one."""
    if not folder.is_dir():
        raise BackupRefused(f"There is no folder of keys at {folder}.")
    found = sorted(folder.iterdir())
    strange = [path.name for path in found if not _encrypted(path)]
    if strange:
        raise BackupRefused(
            f"{folder} holds what is no encrypted key file: {', '.join(strange)}. Take it away; a passphrase or an "
            "open key is never in a backup."
        )
    if not found:
        raise BackupRefused(f"{folder} holds no key.")
    return found


def _encrypted(path: Path) -> bool:
    if path.suffix != ".json" or not path.is_file():
        return False
    try:
        content = json.loads(path.read_text())
    except ValueError:
        return False
    return isinstance(content, dict) and {"crypto", "Crypto"} & set(content) != set()


def refuse_unless_empty(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise BackupRefused(f"{folder} is not empty. Restore keys into a new folder; keep this one as it is.")


def put(folder: Path, name: str, content: bytes) -> None:
    """One key file, complete before it has its name, readable by its owner alone."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = folder / f"{name}.partial"
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.rename(folder / name)
