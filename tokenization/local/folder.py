"""The data folder of a stack: its holder, ports, secrets, and the file that tells other commands where things are."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from pathlib import Path
from typing import IO, Any

from tokenization.local.ports import free_port
from tokenization.local.processes import PartFailed

LOG_LIMIT = 5_000_000


class DataFolder:
    """Everything a stack keeps lies under `root`; removing the folder removes the stack."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.stack_file = self.root / "stack.json"
        self._lock: IO[str] | None = None

    def take(self) -> None:
        """Hold the folder until release or death. Raises PartFailed if a living supervisor holds it."""
        (self.root / "logs").mkdir(parents=True, exist_ok=True)
        lock = (self.root / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip()
            lock.close()
            raise PartFailed("supervisor", f"process {holder} already runs the stack in {self.root}") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def release(self) -> None:
        self.stack_file.unlink(missing_ok=True)
        if self._lock:
            self._lock.close()
            self._lock = None

    def log(self, name: str) -> Path:
        """The log of a part; one that has grown large is put aside once."""
        path = self.root / "logs" / f"{name}.log"
        if path.exists() and path.stat().st_size > LOG_LIMIT:
            path.replace(path.with_suffix(".log.1"))
        return path

    def port(self, name: str, wish: int = 0) -> int:
        """The port a part had last time, if it is free, so that addresses survive a restart."""
        path = self.root / "ports.json"
        known: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
        known[name] = free_port(known.get(name, wish))
        self._write(path, known)
        return known[name]

    def secret(self, name: str) -> Path:
        """A file with a random secret, made on first use, that only this account can read."""
        path = self.root / "secrets" / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            draft = path.with_suffix(".new")
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_urlsafe(32))
            draft.rename(path)
        return path

    def publish(self, content: dict[str, Any]) -> None:
        """Tell other commands of this account where the stack is (addresses contain passwords: mode 0600)."""
        self._write(self.stack_file, content)

    def published(self) -> dict[str, Any]:
        """What a running supervisor published. Raises PartFailed if none runs here."""
        try:
            content: dict[str, Any] = json.loads(self.stack_file.read_text())
            os.kill(content["pid"], 0)
        except (OSError, ValueError, KeyError):
            raise PartFailed("supervisor", f"no stack runs in {self.root}") from None
        return content

    @staticmethod
    def _write(path: Path, content: object) -> None:
        draft = path.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(content, indent=1))
        draft.rename(path)
