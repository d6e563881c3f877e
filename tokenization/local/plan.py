"""Which parts a stack has, in which order they start, and what each is told. The bearer tokens of registrar and fiscal
agent are told to no part of the platform: they belong to the outside world that a rehearsal plays."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from tokenization.local.anvil import Anvil
from tokenization.local.folder import DataFolder
from tokenization.local.parts import Outside, Part, Service
from tokenization.local.postgres import DATABASE, OWNER, Postgres
from tokenization.local.processes import PartFailed, tail
from tokenization.local.valkey import Valkey

# Told on purpose to the parts that need them, never inherited from the terminal.
PLATFORM_NAMES = (
    "DATABASE_URL", "OWNER_DATABASE_URL", "REDIS_URL", "CHAIN_RPC_URL", "CHAIN_SECOND_RPC_URL",
    "SIGNER_ISSUER_URL", "SIGNER_ISSUER_TOKEN",
    "SIGNER_ISSUER_TOKEN_FILE", "SIGNER_ISSUER_STORE_URL", "SIGNER_REGISTRAR_STORE_URL", "SIGNER_FISCAL_STORE_URL",
    "REHEARSAL_REGISTRAR_URL", "REHEARSAL_REGISTRAR_TOKEN_FILE", "REHEARSAL_FISCAL_URL", "REHEARSAL_FISCAL_TOKEN_FILE",
    "REHEARSAL_STACK_FILE",
    "SECRET_KEY", "SECRET_KEY_FILE", "FIELD_KEYS", "FIELD_KEYS_FILE", "METRICS_TOKEN", "METRICS_TOKEN_FILE",
    "LOG_FORMAT",
    "REHEARSAL", "STATIC_ROOT", "SERVING",
)  # fmt: skip
# Three houses, three keystores, three memories: the issuer's keys, the registrar's, the fiscal agent's for cash.
SIGNERS = ("issuer", "registrar", "fiscal")
GAS_MONEY = hex(10**24)
# `send` waits for signers and node: with threads one slow signer does not hold up the others. The rest move cursors, so
# one task at a time. Neither pool forks, so a SIGKILL leaves no half of a worker behind.
WORKERS = {"send": ("threads", "6"), "index": ("solo", "1"), "books": ("solo", "1")}


class Plan:
    """Parts and environments of one stack, built from the data folder and the addresses the user has set."""

    def __init__(self, folder: DataFolder, rehearsal: bool, web_port: int, outside: Mapping[str, str]) -> None:
        self.folder = folder
        self.outside = outside
        self._postgres = Postgres(folder.root / "postgres", port=folder.port("postgres"), log=folder.log("postgres"))
        self._node: Anvil | None = None
        self.web_port = folder.port("web", web_port or 8000)
        self._signer_ports = {name: folder.port(f"signer-{name}") for name in SIGNERS}
        self._servers = self._choose_servers()
        self.platform = self._platform(rehearsal)
        self.outsiders = {"REHEARSAL_STACK_FILE": str(folder.stack_file)}
        for name in ("registrar", "fiscal"):
            self.outsiders[f"REHEARSAL_{name.upper()}_URL"] = f"http://127.0.0.1:{self._signer_ports[name]}"
            self.outsiders[f"REHEARSAL_{name.upper()}_TOKEN_FILE"] = str(folder.secret(f"signer-{name}-token"))
        self._signers: list[Part] = [self._signer(name) for name in self._signer_ports]
        self._producer = self._block_producer()
        self._faces: list[Part] = [self._web(), *(self._worker(queue) for queue in WORKERS), self._beat()]

    def steps(self) -> Iterator[tuple[str, list[Part]]]:
        yield "servers", self._servers
        yield "blocks", self._producer
        yield "signers", self._signers
        yield "database and pages", []
        yield "platform", self._faces

    def after(self, step: str) -> None:
        """What must be done between two steps."""
        if step == "signers":
            self._fund_signers()
        elif step == "database and pages":
            self._prepare()

    def is_foundation(self, part: Part) -> bool:
        """Parts that others need at once: after a death they are waited for."""
        return part in self._servers

    def addresses(self) -> dict[str, str]:
        return {"web": f"http://127.0.0.1:{self.web_port}/", "chain": self.platform["CHAIN_RPC_URL"]}

    def _choose_servers(self) -> list[Part]:
        """Embedded servers, or what the user named instead. The signers' stores stay ours unless they are named too."""
        log = self.folder.log("outside")
        self.database = self.outside.get("DATABASE_URL", "")
        self.owner = self.outside.get("OWNER_DATABASE_URL", "") or self.database
        self.stores = {name: self.outside.get(f"SIGNER_{name.upper()}_STORE_URL", "") for name in SIGNERS}
        servers: list[Part] = [Outside("postgres (yours)", self.database, log)] if self.database else []
        if not self.database or not all(self.stores.values()):
            servers.append(self._postgres)
        for name, address in self.stores.items():
            self.stores[name] = address or self._postgres.url(f"signer_{name}", f"signer_{name}")
        if not self.database:
            self.database, self.owner = self._postgres.url(), self._postgres.url(DATABASE, OWNER)
        if self.outside.get("REDIS_URL"):
            self.redis = self.outside["REDIS_URL"]
            servers.append(Outside("valkey (yours)", self.redis, log))
        else:
            broker = Valkey(self.folder.root / "valkey", port=self.folder.port("valkey"), log=self.folder.log("valkey"))
            self.redis = broker.url
            servers.append(broker)
        if self.outside.get("CHAIN_RPC_URL"):
            self.chain = self.outside["CHAIN_RPC_URL"]
            servers.append(Outside("node (yours)", self.chain, log))
        else:
            self._node = Anvil(self.folder.root / "anvil", port=self.folder.port("anvil"), log=self.folder.log("anvil"))
            self.chain = self._node.url
            servers.append(self._node)
        return servers

    def _platform(self, rehearsal: bool) -> dict[str, str]:
        """What web, workers, scheduler and `manage.py` are told."""
        return {
            "DJANGO_SETTINGS_MODULE": "tokenization.settings",
            "DATABASE_URL": self.database,
            "REDIS_URL": self.redis,
            "CHAIN_RPC_URL": self.chain,
            "CHAIN_SECOND_RPC_URL": self.outside.get("CHAIN_SECOND_RPC_URL", ""),
            "SIGNER_ISSUER_URL": f"http://127.0.0.1:{self._signer_ports['issuer']}",
            "SIGNER_ISSUER_TOKEN_FILE": str(self.folder.secret("signer-issuer-token")),
            "SECRET_KEY_FILE": str(self.folder.secret("secret-key")),
            "FIELD_KEYS_FILE": str(self.folder.secret("field-keys")),
            "METRICS_TOKEN_FILE": str(self.folder.secret("metrics-token")),
            "STATIC_ROOT": str(self.folder.root / "static"),
            "ALLOWED_HOSTS": self.outside.get("ALLOWED_HOSTS", "localhost,127.0.0.1"),
            **({"REHEARSAL": "1"} if rehearsal else {}),
        }

    def _told(self, **names: str) -> dict[str, str | None]:
        return {**dict.fromkeys(PLATFORM_NAMES), "PYTHONUNBUFFERED": "1", **names}

    def _signer(self, name: str) -> Service:
        port = self._signer_ports[name]
        command = [sys.executable, "-m", "contracts.gateway.signer", "--name", name, "--listen", f"127.0.0.1:{port}"]
        command += ["--keystore", str(self.folder.root / f"signer-{name}")]
        command += ["--password-file", str(self.folder.secret(f"signer-{name}-password"))]
        command += ["--token-file", str(self.folder.secret(f"signer-{name}-token")), "--store", self.stores[name]]
        return Service(
            f"signer-{name}",
            command,
            log=self.folder.log(f"signer-{name}"),
            environment=self._told(),
            ready=lambda: answers(f"http://127.0.0.1:{port}/health"),
        )

    def _block_producer(self) -> list[Part]:
        if self._node is None:
            return []
        command = [sys.executable, "-m", "tokenization.local.blocks", "--rpc", self._node.url]
        command += ["--state", str(self._node.state)]
        return [Service("blocks", command, log=self.folder.log("blocks"), environment=self._told())]

    def _web(self) -> Service:
        command = [sys.executable, "-m", "gunicorn", "tokenization.wsgi", "--bind", f"127.0.0.1:{self.web_port}"]
        command += ["--workers", "2", "--threads", "4", "--timeout", "60", "--graceful-timeout", "10"]
        return Service(
            "web",
            command,
            log=self.folder.log("web"),
            environment=self._told(**self.platform, SERVING="1"),
            ready=lambda: answers(f"http://127.0.0.1:{self.web_port}/"),
        )

    def _worker(self, queue: str) -> Service:
        pool, size = WORKERS[queue]
        command = [sys.executable, "-m", "celery", "-A", "tokenization.celery", "worker", "-Q", queue, "-P", pool]
        command += ["-c", size, "-n", f"{queue}@local", "--without-gossip", "--without-mingle", "-l", "INFO"]
        environment = self._told(**self.platform, SERVING="1")
        worker = Service(f"worker-{queue}", command, log=self.folder.log(f"worker-{queue}"), environment=environment)
        worker.ready = lambda: worker.said(" ready.")
        return worker

    def _beat(self) -> Service:
        command = [sys.executable, "-m", "celery", "-A", "tokenization.celery", "beat", "-l", "INFO"]
        command += ["--schedule", str(self.folder.root / "beat-schedule"), "--pidfile="]
        environment = self._told(**self.platform, SERVING="1")
        beat = Service("beat", command, log=self.folder.log("beat"), environment=environment)
        beat.ready = lambda: beat.said("beat: Starting")
        return beat

    def _fund_signers(self) -> None:
        """Coins for gas on our own node; on somebody else's chain the accounts must be funded by its owner."""
        if self._node is None:
            return
        url, token = self.platform["SIGNER_ISSUER_URL"], Path(self.platform["SIGNER_ISSUER_TOKEN_FILE"]).read_text()
        answer = httpx.get(f"{url}/keys", headers={"Authorization": f"Bearer {token}"}, timeout=30, trust_env=False)
        if answer.status_code != httpx.codes.OK:
            raise PartFailed("signer-issuer", f"GET /keys answered {answer.status_code}", self._signers[0].log)
        for address in answer.json().values():
            self._node.rpc("anvil_setBalance", address, GAS_MONEY)

    def _prepare(self) -> None:
        """Migrate and grant as the owner. Without an owner of its own the role is not split, so nothing is granted."""
        log = self.folder.log("prepare")
        grants = ["--grants"] if self.owner != self.database else []
        role = urlsplit(self.database).username or ""
        environment = self._told(**{**self.platform, "DATABASE_URL": self.owner, "DATABASE_APP_ROLE": role})
        command = [sys.executable, "-m", "tokenization.local.prepare", *grants]
        service = Service("prepare", command, log=log, environment=environment)
        service.launch()
        if service.child is None:
            return
        try:
            status = service.child.process.wait(300)
        except subprocess.TimeoutExpired:
            service.child.kill()
            status = -1
        if status:
            raise PartFailed("database", f"migrations ended with status {status}\n{tail(log, 40)}")


def answers(url: str) -> bool:
    """Whether a server gives any answer that is not its own failure."""
    try:
        return httpx.get(url, timeout=5, trust_env=False).status_code < 500
    except httpx.HTTPError:
        return False
