"""Every command of the compose file, from a tree that holds what the image holds, against the embedded parts.

roles.sh runs on an empty server, `migrate` as the owner, the signers beside it, then web, workers and scheduler until
each says that it is ready; and a backup is taken and restored by the same entrypoint.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import yaml

from tests.support.database import ROOT
from tokenization.local.accounts import remove, scratch
from tokenization.local.anvil import Anvil
from tokenization.local.ports import free_port
from tokenization.local.postgres import SIGNERS, THROWAWAY, Postgres
from tokenization.local.processes import Child
from tokenization.local.valkey import Valkey
from tokenization.operations.backup.sealing import new_key

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())
ROLES = ("tokenization_owner", "tokenization_app", *SIGNERS)


@dataclass
class Engine:
    """Stands where Docker would: volumes and secrets are folders, service names are addresses of this machine."""

    place: Path
    postgres: Postgres
    names: dict[str, str]
    passwords: dict[str, str]
    children: list[Child] = field(default_factory=list)

    @property
    def tree(self) -> Path:
        return self.place / "srv"

    def environment(self, service: str, **more: str) -> dict[str, str]:
        """What the compose file gives the service, with the addresses of here."""
        folder = str(self.secrets(service))
        words = COMPOSE["services"][service]["environment"].items()
        given = {name: self._filled(str(value)).replace("/run/secrets", folder) for name, value in words}
        here = {
            "PATH": f"{ROOT}/.venv/bin:{self.postgres.bin}:{os.environ['PATH']}",
            "SECRETS": folder,
            "KEYS": str(self.place / "keys" / service.removeprefix("backup-").removeprefix("signer-")),
            "BACKUPS": str(self.place / "backups"),
            "BEAT_SCHEDULE": str(self.place / "beat"),
            "STATIC_ROOT": str(self.place / "static"),
            "DJANGO_SETTINGS_MODULE": "tokenization.settings",
            "PYTHONUNBUFFERED": "1",
        }
        return here | given | more

    def _filled(self, text: str) -> str:
        text = re.sub(r"\$\{(\w+):-([^}]*)\}", lambda m: m[2], text)
        text = re.sub(r"\$\{(\w+)\}", lambda m: self.passwords[m[1]], text)
        for name, address in self.names.items():
            text = text.replace(name, address)
        return text

    def secrets(self, service: str) -> Path:
        """The service's own secrets under the names that it reads, and no other."""
        folder = self.place / "secrets" / service
        folder.mkdir(parents=True, exist_ok=True)
        for secret in COMPOSE["services"][service].get("secrets", []):
            source, target = (secret, secret) if isinstance(secret, str) else (secret["source"], secret["target"])
            shutil.copy(self.place / "secrets" / source, folder / target)
        return folder

    def command(self, service: str, *words: str) -> list[str]:
        return ["sh", "docker/entrypoint", *(words or COMPOSE["services"][service]["command"])]

    def run(self, service: str, *words: str, **more: str) -> str:
        """To its end; what it said. The secrets lie where the compose file has them mounted."""
        folder = str(self.secrets(service))
        told = {
            name: value.replace("/run/secrets", folder) for name, value in self.environment(service, **more).items()
        }
        done = subprocess.run(  # noqa: S603
            self.command(service, *words), cwd=self.tree, env=told, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self, service: str, ready: Callable[[Path], bool], **more: str) -> Child:
        folder = str(self.secrets(service))
        told = {
            name: value.replace("/run/secrets", folder) for name, value in self.environment(service, **more).items()
        }
        hidden = dict.fromkeys(name for name in os.environ if name not in told)
        log = self.place / f"{service}.log"
        child = Child(service, self.command(service), log=log, environment={**hidden, **told}, cwd=self.tree)
        self.children.append(child)
        child.wait_until(lambda: ready(log), 120)
        return child

    def sql(self, role: str, database: str, password: str) -> psycopg.Connection:
        address = f"postgresql://{role}:{password}@127.0.0.1:{self.postgres.port}/{database}"
        return psycopg.connect(address, autocommit=True, connect_timeout=5)


def image(tree: Path) -> None:
    """What `COPY . .` takes of a clean checkout, less what .dockerignore and the Dockerfile leave out."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )  # noqa: S607
    left_out = ("tokenization/local/", "tokenization/rehearsal/", "tests/", "docker/secrets/")
    for name in listed.stdout.splitlines():
        if not name.startswith(left_out) and (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tree / name)


def said(words: str) -> Callable[[Path], bool]:
    return lambda log: words in log.read_text()


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    place = scratch("tokenization-containers-")
    postgres = Postgres(place / "postgres", settings=THROWAWAY)
    postgres.launch()
    assert postgres.child is not None
    postgres.child.wait_until(postgres.answers, 60)
    valkey, node = Valkey(place / "valkey"), Anvil(place / "anvil")
    valkey.start()
    node.start()
    wanted = set(re.findall(r"\$\{(\w+_PASSWORD)\}", (ROOT / "docker" / "compose.yaml").read_text()))
    passwords = {name: secrets.token_hex(12) for name in wanted}
    passwords["POSTGRES_PASSWORD"] = postgres.passwords["postgres"]
    names = {
        "postgres:5432": f"127.0.0.1:{postgres.port}",
        "redis://valkey:6379/0": valkey.url,
        "http://node:8545": node.url,
        "signer-issuer:8600": f"127.0.0.1:{free_port()}",
    }
    made = Engine(place, postgres, names, passwords)
    image(made.tree)
    (place / "secrets").mkdir(mode=0o700)
    for secret in COMPOSE["secrets"]:
        if secret == "backup_key":  # noqa: S105 a name
            new_key(place / "secrets" / secret)
        else:
            (place / "secrets" / secret).write_text(secrets.token_urlsafe(32))
    yield made
    for child in reversed(made.children):
        child.stop(signal.SIGTERM, 10)
    node.stop()
    valkey.stop()
    postgres.stop()
    remove(place)


def test_1_roles_are_made_on_an_empty_server_and_nobody_enters_anothers_database(engine: Engine) -> None:
    told = {name: engine.passwords[name] for name in engine.passwords}
    where = {"PGHOST": "127.0.0.1", "PGPORT": str(engine.postgres.port), "PGPASSWORD": told["POSTGRES_PASSWORD"]}
    path = f"{engine.postgres.bin}:{os.environ['PATH']}"
    done = subprocess.run(  # noqa: S603
        ["sh", "docker/roles.sh"], cwd=engine.tree, env={**told, **where, "POSTGRES_USER": "postgres", "PATH": path},  # noqa: S607
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    keys = ("OWNER", "APP", "SIGNER_ISSUER", "SIGNER_REGISTRAR", "SIGNER_FISCAL")
    homes = ("tokenization", "tokenization", *SIGNERS)
    for role, key, home in zip(ROLES, keys, homes, strict=True):
        password = engine.passwords[f"{key}_PASSWORD"]
        for database in ("tokenization", *SIGNERS):
            if database == home:
                with engine.sql(role, database, password) as connection:
                    assert connection.execute("SELECT current_user").fetchone() == (role,)
            else:
                with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                    engine.sql(role, database, password)


def test_2_migrate_runs_as_the_owner_and_the_application_gets_its_rights_and_no_more(engine: Engine) -> None:
    engine.run("migrate")
    with engine.sql("tokenization_app", "tokenization", engine.passwords["APP_PASSWORD"]) as connection:
        assert connection.execute("SELECT count(*) FROM identity_auditentry").fetchone() == (0,)
        for statement in ("DELETE FROM identity_auditentry", "CREATE TABLE mine (id int)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


@pytest.mark.parametrize("name", ["issuer", "registrar", "fiscal"])
def test_3_each_signer_answers_for_its_own_keys(engine: Engine, name: str) -> None:
    service = f"signer-{name}"
    listen = engine.names.get(f"{service}:8600") or f"127.0.0.1:{free_port()}"

    def healthy(_: Path) -> bool:
        try:
            return httpx.get(f"http://{listen}/health", timeout=2, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    engine.start(service, healthy, SIGNER_LISTEN=listen)
    assert httpx.get(f"http://{listen}/keys", timeout=5, trust_env=False).status_code == 401
    token = (engine.secrets(service) / "signer_token").read_text()
    told = httpx.get(f"http://{listen}/keys", headers={"Authorization": f"Bearer {token}"}, trust_env=False).json()
    assert {path.stem for path in (engine.place / "keys" / name).iterdir()} == set(told)


def test_4_web_workers_and_scheduler_are_ready_and_every_part_is_named(engine: Engine) -> None:
    assert "static files" in engine.run("web", "python", "manage.py", "collectstatic", "--no-input")
    for service in ("worker-send", "worker-index", "worker-books"):
        engine.start(service, said(" ready."))
    engine.start("scheduler", said("beat: Starting"))
    listen = f"127.0.0.1:{free_port()}"

    def alive(_: Path) -> bool:
        try:
            return httpx.get(f"http://{listen}/health/live", timeout=5, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    engine.start("web", alive, WEB_LISTEN=listen)
    token = (engine.secrets("web") / "metrics_token").read_text()
    asked = {"Authorization": f"Bearer {token}"}
    end, found = time.monotonic() + 60, {}
    while time.monotonic() < end and found.get("behind") != []:
        found = httpx.get(f"http://{listen}/health/ready", headers=asked, timeout=20, trust_env=False).json()
        time.sleep(1)
    assert (found["status"], found["behind"]) == ("ready", []), found
    assert {part["name"] for part in found["parts"]} >= {"database", "broker", "node", "signer", "sending", "indexer"}
    figures = httpx.get(f"http://{listen}/metrics", headers=asked, timeout=20, trust_env=False).text
    assert 'tokenization_part_up{part="signer"} 1.0' in figures
    # Nothing else is served without TLS, and no cookie of a session travels without it.
    answer = httpx.get(f"http://{listen}/sign-in/", timeout=20, trust_env=False)
    assert (answer.status_code, answer.headers["location"]) == (301, f"https://{listen}/sign-in/")


def test_5_a_backup_is_taken_verified_and_restored_by_the_same_entrypoint(engine: Engine) -> None:
    (engine.place / "backups").mkdir()
    assert "Taken and read again: 1 parts" in engine.run("backup-platform", "backup", "platform", "first")
    assert "Taken and read again" in engine.run("backup-issuer", "backup", "issuer", "first")
    assert "Whole and unaltered" in engine.run("backup-platform", "verify", "first-platform")
    with engine.postgres.connect("postgres") as superuser:
        for name, owner in (("tokenization", "tokenization_owner"), ("signer_issuer", "signer_issuer")):
            superuser.execute(f"CREATE DATABASE {name}_again OWNER {owner}")
    owner = engine.environment("backup-platform")["OWNER_DATABASE_URL"]
    store = engine.environment("backup-issuer")["SIGNER_STORE_URL"]
    new_keys = str(engine.place / "keys" / "issuer-again")
    engine.run("backup-platform", "restore", "platform", "first", OWNER_DATABASE_URL=f"{owner}_again")
    engine.run("backup-issuer", "restore", "issuer", "first", SIGNER_STORE_URL=f"{store}_again", KEYS=new_keys)
    old = sorted(path.name for path in (engine.place / "keys" / "issuer").iterdir())
    assert sorted(path.name for path in Path(new_keys).iterdir()) == old
    with psycopg.connect(f"{owner}_again") as connection:
        row = connection.execute("SELECT count(*) > 50 FROM django_migrations").fetchone()
        assert row == (True,)
