"""A supervisor in a process of its own, so that tests can send it signals and look at what it leaves behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg

from tests.support.database import ROOT
from tokenization.local.folder import DataFolder
from tokenization.local.processes import PartFailed, wait_for
from tokenization.local.rpc import Rpc


def processes_of(folder: Path) -> set[int]:
    """Processes that work in `folder` or were told about it, but for ourselves."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words, place = (entry / "cmdline").read_bytes().decode(errors="replace"), os.readlink(entry / "cwd")
        except OSError:
            continue
        if f"{folder}/" in words or place == str(folder) or place.startswith(f"{folder}/"):
            found.add(int(entry.name))
    return found - {os.getpid()}


class Supervisor:
    """`python -m tokenization.local up` on `folder`. `start` returns when the parts are up."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.folder = folder
        self.words = words
        self.process: subprocess.Popen[str] | None = None
        self.output = folder.parent / f"{folder.name}.output"

    def start(self, seconds: float = 60) -> Supervisor:
        command = [sys.executable, "-m", "tokenization.local", "up", "--data", str(self.folder), *self.words]
        hidden = {"DATABASE_URL", "OWNER_DATABASE_URL", "REDIS_URL", "CHAIN_RPC_URL"}
        environment = {name: value for name, value in os.environ.items() if name not in hidden}
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT, text=True
            )
        assert wait_for(lambda: "ready; Ctrl-C" in self.said() or self.process.poll() is not None, seconds), self.said()
        assert self.process.poll() is None, self.said()
        return self

    def said(self) -> str:
        return self.output.read_text()

    def facts(self) -> dict[str, dict[str, str]]:
        """What the supervisor published; waits over the moment in which the file is replaced."""
        try:
            return DataFolder(self.folder).published()
        except PartFailed as error:
            raise AssertionError(self.said()) from error

    def pid(self, part: str) -> int:
        return int(json.loads(json.dumps(self.facts()))["parts"][part]["pid"])

    def signal(self, number: int, seconds: float = 30) -> int:
        """Send a signal to the supervisor alone and wait for its end; the exit status."""
        assert self.process
        self.process.send_signal(number)
        return self.process.wait(seconds)

    def database(self) -> psycopg.Connection:
        """A connection as the owner (a table of the test's own is enough to see what survives)."""
        passwords = json.loads((self.folder / "postgres" / "passwords.json").read_text())
        address = self.facts()["environment"]["DATABASE_URL"]
        owner = address.replace("tokenization_app", "tokenization_owner")
        owner = owner.replace(passwords["tokenization_app"], passwords["tokenization_owner"])
        return psycopg.connect(owner, connect_timeout=5)

    def node(self) -> Rpc:
        return Rpc(self.facts()["environment"]["CHAIN_RPC_URL"])

    def clean_up(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
