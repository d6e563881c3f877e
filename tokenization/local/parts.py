"""What the supervisor holds: embedded servers, processes of the platform, outside servers that must only answer."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import httpx
import psycopg
import redis

from tokenization.local.processes import Child, PartFailed, wait_for
from tokenization.local.rpc import Rpc

ROOT = Path(__file__).resolve().parents[2]


class Part(Protocol):
    """Started in two steps so that several can come up at the same time."""

    name: str
    log: Path
    child: Child | None

    def launch(self) -> None: ...
    def wait_ready(self, seconds: float = 60) -> None: ...
    def alive(self) -> bool: ...
    def ask_to_stop(self) -> None: ...
    def stop(self) -> None: ...


class Service:
    """A process of the platform itself. `ready` says when it has come up; None means as soon as it runs."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str | None],
        ready: Callable[[], bool] | None = None,
    ) -> None:
        self.name = name
        self.command = list(command)
        self.log = log
        self.environment = environment
        self.ready = ready
        self.child: Child | None = None
        self._log_start = 0

    def launch(self) -> None:
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        self.child = Child(self.name, self.command, log=self.log, environment=self.environment, cwd=ROOT)

    def wait_ready(self, seconds: float = 60) -> None:
        if self.child:
            self.child.wait_until(self.ready or self.child.alive, seconds)

    def said(self, words: str) -> bool:
        """Whether this run (not one before it) has written `words` to its log."""
        with self.log.open("rb") as file:
            file.seek(self._log_start)
            return words.encode() in file.read()

    def alive(self) -> bool:
        return self.child is not None and self.child.alive()

    def ask_to_stop(self) -> None:
        if self.child:
            self.child.ask(signal.SIGTERM)

    def stop(self) -> None:
        if self.child:
            self.child.stop(signal.SIGTERM, 15)


class Outside:
    """A part that somebody else runs: checked once for an answer, then left alone."""

    child: Child | None = None

    def __init__(self, name: str, address: str, log: Path) -> None:
        self.name = name
        self.address = address
        self.log = log

    def launch(self) -> None:
        """Nothing of ours is started."""

    def wait_ready(self, seconds: float = 60) -> None:
        reason = ""

        def reached() -> bool:
            nonlocal reason
            try:
                reach(self.address)
            except (psycopg.Error, redis.RedisError, httpx.HTTPError, OSError, ValueError) as error:
                reason = str(error).strip()
            else:
                return True
            return False

        if not wait_for(reached, min(seconds, 10), pause=0.5):
            raise PartFailed(self.name, f"{hidden(self.address)} does not answer: {reason}")

    def alive(self) -> bool:
        return True

    def ask_to_stop(self) -> None:
        """It is not ours to stop."""

    def stop(self) -> None:
        """It is not ours to stop."""


def reach(address: str) -> None:
    """Ask the server at `address` for a sign of life. Raises the client's error if there is none."""
    scheme = urlsplit(address).scheme
    if scheme in {"postgres", "postgresql"}:
        psycopg.connect(address, connect_timeout=5).close()
    elif scheme in {"redis", "rediss"}:
        with redis.Redis.from_url(address, socket_timeout=5, socket_connect_timeout=5) as client:
            client.ping()
    elif scheme in {"http", "https"}:
        if not Rpc(address, seconds=5).answers():
            raise OSError("no answer to eth_chainId")
    else:
        raise ValueError(f"an address with {scheme!r} is not supported")


def hidden(address: str) -> str:
    """The address without its password: fit for a screen."""
    parts = urlsplit(address)
    return address.replace(f":{parts.password}@", ":***@") if parts.password else address
