"""The node, the broker, the signers and the workers of tests: the same parts as `make demo`, in throw-away folders."""

from __future__ import annotations

import itertools
import os
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import psycopg.sql
import pytest

from tests.support.database import ROOT, TestCluster
from tokenization.local.anvil import Anvil
from tokenization.local.ports import free_port
from tokenization.local.processes import Child
from tokenization.local.rpc import Rpc

RICH = hex(10**24)
Memories = list[dict[str, bytes]]


class Chain:
    """The node as one test sees it: nothing is mined unless the test asks."""

    def __init__(self, node: Anvil) -> None:
        self.url = node.url
        self.node = node
        self._rpc = Rpc(node.url)

    def rpc(self, method: str, *params: object) -> Any:
        return self._rpc(method, *params)

    def mine(self, blocks: int = 1) -> int:
        """Mine and return the new head's number. Two blocks above it, a block is `finalized`."""
        for _ in range(blocks):
            self.rpc("evm_mine")
        return self._rpc.head()

    def warp(self, seconds: int) -> int:
        """Move the chain's clock and mine; returns the new block's timestamp."""
        self.rpc("evm_increaseTime", seconds)
        self.mine()
        return self._rpc.timestamp()

    def now(self) -> int:
        return self._rpc.timestamp()

    @property
    def head(self) -> int:
        return self._rpc.head()

    @property
    def accounts(self) -> list[str]:
        """Unlocked, rich accounts: `eth_sendTransaction` works from them."""
        return [str(account) for account in self.rpc("eth_accounts")]

    def fund(self, *addresses: str) -> None:
        for address in addresses:
            self.rpc("anvil_setBalance", address, RICH)


@contextmanager
def restored_afterwards(node: Anvil) -> Iterator[Chain]:
    chain = Chain(node)
    mark = chain.rpc("evm_snapshot")
    try:
        yield chain
    finally:
        chain.rpc("anvil_dropAllTransactions")
        chain.rpc("evm_revert", mark)


@dataclass
class SignerProcess:
    """One running signer: `url`, bearer `token`, its keys' addresses by name."""

    name: str
    url: str
    token: str
    token_file: Path
    child: Child
    command: list[str]
    keys: dict[str, str]
    untouched: bool = True

    @property
    def store(self) -> str:
        return self.command[self.command.index("--store") + 1]

    def kill(self) -> None:
        self.untouched = False
        self.child.kill()

    def restart(self) -> None:
        """Start again on the same port, keystore and store."""
        self.untouched = False
        self.child.stop()
        self.child = Child(f"signer {self.name}", self.command, log=self.child.log, cwd=ROOT)
        self.child.wait_until(lambda: _answers(self.url), 30)


@dataclass
class Signers:
    issuer: SignerProcess
    registrar: SignerProcess

    def known_to(self, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """Point Django here, and child processes, at the issuer's; the registrar's is asked by tests alone."""
        settings.SIGNER_ISSUER_URL, settings.SIGNER_ISSUER_TOKEN = self.issuer.url, self.issuer.token
        monkeypatch.setenv("SIGNER_ISSUER_URL", self.issuer.url)
        monkeypatch.setenv("SIGNER_ISSUER_TOKEN_FILE", str(self.issuer.token_file))

    @property
    def untouched(self) -> bool:
        """Whether no test stopped or restarted one of them: only then may the next test have them."""
        return all(s.untouched and s.child.alive() for s in (self.issuer, self.registrar))

    def memories(self) -> Memories:
        """Every row that the two remember, table by table."""
        kept: Memories = []
        for signer in (self.issuer, self.registrar):
            with psycopg.connect(signer.store) as connection, connection.cursor() as cursor:
                rows = {}
                for name, table in _tables(connection).items():
                    with cursor.copy(psycopg.sql.SQL("COPY {} TO STDOUT").format(table)) as copy:
                        rows[name] = b"".join(copy)
            kept.append(rows)
        return kept

    def forget_everything(self, *, but: Memories | None = None) -> None:
        """Empty both memories: for the next test these are new signers, or those of `but`."""
        for signer, rows in zip((self.issuer, self.registrar), but or ({}, {}), strict=True):
            with psycopg.connect(signer.store) as connection, connection.cursor() as cursor:
                for name, table in _tables(connection).items():
                    for words in ("ALTER TABLE {} DISABLE TRIGGER only_grows", "TRUNCATE {}"):
                        connection.execute(psycopg.sql.SQL(words).format(table))
                    connection.execute(psycopg.sql.SQL("ALTER TABLE {} ENABLE TRIGGER only_grows").format(table))
                    if rows.get(name):
                        with cursor.copy(psycopg.sql.SQL("COPY {} FROM STDIN").format(table)) as copy:
                            copy.write(rows[name])

    def forget(self, key: str) -> None:
        """Empty the issuer's memory of one key's transactions, as if an older copy of its store had been put back."""
        with psycopg.connect(self.issuer.store, autocommit=True) as connection:
            connection.execute("ALTER TABLE signer.transaction DISABLE TRIGGER only_grows")
            connection.execute("DELETE FROM signer.transaction WHERE key = %s", (key,))
            connection.execute("ALTER TABLE signer.transaction ENABLE TRIGGER only_grows")

    def stop(self) -> None:
        for signer in (self.issuer, self.registrar):
            signer.child.stop(signal.SIGTERM, 5)


def _tables(connection: psycopg.Connection) -> dict[str, psycopg.sql.Identifier]:
    found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'signer' ORDER BY 1")
    return {name: psycopg.sql.Identifier("signer", name) for (name,) in found}


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def start_signer(name: str, folder: Path, store: str) -> SignerProcess:
    """Start one signer with a fresh keystore in `folder`; `store` is its own database's address."""
    folder.mkdir(parents=True, exist_ok=True)
    for secret in ("password", "token"):
        (folder / secret).write_text(secrets.token_urlsafe(24))
    port = free_port()
    command = [sys.executable, "-m", "contracts.gateway.signer", "--name", name, "--listen", f"127.0.0.1:{port}"]
    command += ["--keystore", str(folder / "keys"), "--password-file", str(folder / "password")]
    command += ["--token-file", str(folder / "token"), "--store", store]
    url = f"http://127.0.0.1:{port}"
    child = Child(f"signer {name}", command, log=folder / "signer.log", cwd=ROOT)
    child.wait_until(lambda: _answers(url), 30)
    token = (folder / "token").read_text()
    answer = httpx.get(f"{url}/keys", headers={"Authorization": f"Bearer {token}"}, trust_env=False).json()
    return SignerProcess(name, url, token, folder / "token", child, command, keys=answer)


def start_signers(cluster: TestCluster, folder: Path) -> Signers:
    """Issuer's and registrar's signers, each with a new database of its own; the fiscal agent's key is the test's."""
    started = [
        start_signer(name, folder / name, cluster.signer_store(f"signer_{name}")) for name in ("issuer", "registrar")
    ]
    return Signers(*started)


class SignerPool:
    """The two signers of a run, given to each test with empty memories; replaced once a test has broken them."""

    def __init__(self, cluster: TestCluster, folder: Path) -> None:
        self._cluster, self._folder = cluster, folder
        self._pair: Signers | None = None
        self._numbers = itertools.count(1)

    def take(self) -> Signers:
        if self._pair and not self._pair.untouched:
            self.stop()
        if self._pair:
            self._pair.forget_everything()
        else:
            self._pair = start_signers(self._cluster, self._folder / str(next(self._numbers)))
        return self._pair

    @contextmanager
    def reserved(self) -> Iterator[Signers]:
        """The pair for longer than a test: whoever takes one meanwhile gets another, so this one keeps its memories."""
        pair, self._pair = self.take(), None
        try:
            yield pair
        finally:
            if self._pair is None and pair.untouched:
                self._pair = pair
            else:
                pair.stop()

    def stop(self) -> None:
        if self._pair:
            self._pair.stop()
        self._pair = None


class Workers:
    """Starts real Celery workers, `workers("send")` or `workers("index", "books")`, and stops what is left of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.children: list[Child] = []
        self._numbers = itertools.count(1)

    def __call__(self, *queues: str, environment: dict[str, str] | None = None) -> Child:
        """One worker on `queues`, ready when this returns: `.kill()` is SIGKILL, `.stop()` SIGTERM, `.log` its log."""
        name = f"{'-'.join(queues)}-{os.getpid()}-{next(self._numbers)}"
        command = [sys.executable, "-m", "celery", "-A", "tokenization.celery", "worker", "-Q", ",".join(queues)]
        command += ["-P", "solo", "-n", f"{name}@test", "--without-gossip", "--without-mingle", "-l", "INFO"]
        told = {"LOG_FORMAT": "json", **(environment or {})}  # as served: else it would not say that it is ready
        child = Child(f"worker {name}", command, log=self.folder / f"{name}.log", cwd=ROOT, environment=told)
        self.children.append(child)
        child.wait_until(lambda: " ready." in child.log.read_text(), 180)
        return child

    def blocks(self, node_url: str, interval: float = 0.1) -> Child:
        """A block producer, for tests that wait for workers and not for blocks."""
        command = [sys.executable, "-m", "tokenization.local.blocks", "--rpc", node_url, "--interval", str(interval)]
        child = Child("blocks", command, log=self.folder / "blocks.log", cwd=ROOT)
        self.children.append(child)
        return child

    def stop(self) -> None:
        for child in self.children:
            child.stop(signal.SIGTERM, 5)
