"""The test cluster: one PostgreSQL per session, one migrated template, one clone per run or per test.

Tables of this platform refuse TRUNCATE, so Django's flush between committed tests is impossible: a test that commits
gets a clone of the template instead. Connections are made as the application's role; only migrations run as the owner.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg import sql

from tests.support.template import KeptTemplate
from tokenization.local.accounts import scratch
from tokenization.local.postgres import APP, OWNER, SUPERUSER, THROWAWAY, Postgres
from tokenization.local.processes import reaper

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = "template_migrated"
MEMORY, ROOM = Path("/dev/shm"), 3 * 2**30


class TestCluster:
    """A throw-away server. `url(database, role)` gives an address for any of its roles, superuser included."""

    __test__ = False

    def __init__(self) -> None:
        self.folder = _folder("tokenization-test-")
        self._reaper = reaper(self.folder)
        self._names = itertools.count(1)
        self._kept = KeptTemplate()
        with self._kept.alone():
            self.postgres = self._server()
            if not self._kept.exists:
                self._migrate()
                self.postgres.stop()
                self._kept.keep(data=self.postgres.data, passwords=self._passwords)
                self.postgres.start()

    @property
    def _passwords(self) -> Path:
        return self.folder / "postgres" / "passwords.json"

    def _server(self) -> Postgres:
        """Started; from the kept template if there is one."""
        if self._kept.exists:
            self._passwords.parent.mkdir(parents=True)
            shutil.copy2(self._kept.place / "passwords.json", self._passwords)
        server = Postgres(self.folder / "postgres", settings=THROWAWAY)
        if self._kept.exists:
            self._kept.restore(data=server.data)
        server.start()
        return server

    def url(self, database: str, role: str = APP) -> str:
        return self.postgres.url(database, role)

    def _migrate(self) -> None:
        self._sql("CREATE DATABASE {} OWNER {}", TEMPLATE, OWNER)
        self._manage("migrate", "--no-input", "-v0")
        self._manage("apply_grants")

    def clone(self, original: str = TEMPLATE) -> str:
        """A new database, equal to the template, or to another that nobody is connected to."""
        name = f"test_{os.getpid()}_{next(self._names)}"
        self._sql("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY", name, OWNER, original)
        # As in production; a clone does not inherit them: else the application could create temporary tables.
        self._sql("REVOKE ALL ON DATABASE {} FROM PUBLIC", name)
        self._sql("GRANT CONNECT ON DATABASE {} TO {}", name, APP)
        return name

    def drop(self, name: str) -> None:
        self._sql("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def signer_store(self, role: str) -> str:
        """The address of a new, empty database that belongs to this signer's role."""
        name = f"{role}_{next(self._names)}"
        self._sql("CREATE DATABASE {} OWNER {}", name, role)
        return self.url(name, role)

    def stop(self) -> None:
        self.postgres.stop()
        if self._reaper.stdin:
            self._reaper.stdin.close()
        self._reaper.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _manage(self, *words: str) -> None:
        """Run manage.py as the owner, in a process of its own: this one stays connected as the application's role."""
        address = self.url(TEMPLATE, OWNER)
        environment = {**os.environ, "DATABASE_URL": address, "OWNER_DATABASE_URL": address}
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"manage.py {' '.join(words)} failed:\n{done.stdout}{done.stderr}")

    def _sql(self, statement: str, *names: str) -> None:
        with self.postgres.connect("postgres", SUPERUSER) as connection:
            connection.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)))


def _folder(prefix: str) -> Path:
    """In memory where there is room: a clone is a thousand small files, ten times dearer on a disk with a journal."""
    if not MEMORY.is_dir() or not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < ROOM:
        return scratch(prefix)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=MEMORY))
    folder.chmod(0o711)
    return folder


@contextmanager
def connected_to(cluster: TestCluster, database: str) -> Iterator[None]:
    """Point Django's default connection, and the DATABASE_URL of child processes, at `database` as the application."""
    from django.db import connections

    from tokenization import environment

    keys = ("NAME", "USER", "PASSWORD", "HOST", "PORT")
    facts = connections["default"].settings_dict
    address, before = os.environ.get("DATABASE_URL"), {key: facts[key] for key in keys}
    os.environ["DATABASE_URL"] = cluster.url(database)
    fresh = environment.database("DATABASE_URL", "")
    connections["default"].close()
    facts.update({key: fresh[key] for key in keys})
    try:
        yield
    finally:
        connections["default"].close()
        facts.update(before)
        if address is None:
            os.environ.pop("DATABASE_URL", None)
        else:
            os.environ["DATABASE_URL"] = address
