"""The embedded EVM node: anvil from npm, which mines only when told, with a state file that survives every way to die.

What was tried with anvil 1.7.1: `anvil_dumpState` without history keeps blocks, hashes, receipts and logs and takes
about 50 ms, with history it grows by the whole state per block. After a load only the tip's state can be read, so the
block producer mines three blocks at once, which puts `finalized` on readable ground. A load forgets a time warp unless
`--timestamp` is given; unknown keys in the file are ignored, so the warp is kept in it. The transaction pool is not
kept: the outbox sends again.
"""

from __future__ import annotations

import gzip
import os
import platform
import signal
import time
from pathlib import Path
from typing import Any

import orjson

from tokenization.local.ports import free_port
from tokenization.local.processes import Child, PartFailed
from tokenization.local.rpc import Rpc

ROOT = Path(__file__).resolve().parents[2]
SYSTEMS = {"linux": "linux", "darwin": "darwin"}
MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
OFFSET = "tokenizationOffset"


def binary() -> Path:
    """The node's own executable, not its Node.js wrapper (which would leave an orphan). Raises PartFailed."""
    system = SYSTEMS.get(platform.system().lower(), "unknown")
    package = f"anvil-{system}-{MACHINES.get(platform.machine().lower(), 'unknown')}"
    path = ROOT / "contracts/solidity/node_modules/@foundry-rs" / package / "bin" / "anvil"
    if not path.exists():
        raise PartFailed("anvil", f"{path} is missing: run `npm ci` in contracts/solidity (the Makefile does)")
    return path


def save_state(rpc: Rpc, path: Path) -> None:
    """Write the node's state and its time warp to `path`, whole or not at all."""
    offset = rpc.timestamp("pending") - int(time.time())
    content = orjson.loads(gzip.decompress(bytes.fromhex(rpc("anvil_dumpState")[2:])))
    content["blocks"] = _with_one_genesis(content["blocks"], rpc)
    content[OFFSET] = offset
    draft = path.with_suffix(".new")
    with draft.open("wb") as file:
        file.write(orjson.dumps(content))
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)


def _with_one_genesis(blocks: list[dict[str, Any]], rpc: Rpc) -> list[dict[str, Any]]:
    """Every start of anvil makes a genesis block, and a dump carries them all: keep the one the chain grew from.

    With several in the file it is chance which of them the node shows as block 0 after the next load.
    """
    first = rpc("eth_getBlockByNumber", "0x1", False)
    genesis = rpc("eth_getBlockByHash", first["parentHash"], False) if first else None
    if genesis is None:
        return blocks
    return [
        block
        for block in blocks
        if int(block["header"]["number"], 16) or block["header"]["timestamp"] == genesis["timestamp"]
    ]


def resume_time(path: Path, now: float) -> int:
    """The clock to start with: as far ahead of wall time as when the state was saved, and later than its last block."""
    content = orjson.loads(path.read_bytes())
    last = max((int(block["header"]["timestamp"], 16) for block in content["blocks"]), default=0)
    return max(last + 1, int(now) + int(content.get(OFFSET, 0)))


class Anvil:
    """One node with its files in `folder`."""

    name = "anvil"

    def __init__(self, folder: Path, *, port: int = 0, log: Path | None = None) -> None:
        self.folder = folder.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.state = self.folder / "state.json"
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.rpc = Rpc(self.url)
        self.log = log or self.folder / "anvil.log"
        self.child: Child | None = None

    def command(self) -> list[str]:
        command = [str(binary()), "--port", str(self.port), "--no-mining", "--slots-in-an-epoch", "1"]
        command += ["--enable-tx-gas-limit", "--cache-path", str(self.folder / "cache"), "--quiet"]
        if self.state.exists():
            command += ["--load-state", str(self.state), "--timestamp", str(resume_time(self.state, time.time()))]
        return command

    def start(self, seconds: float = 30) -> None:
        """Start and wait until it answers. Raises PartFailed."""
        self.launch()
        self.wait_ready(seconds)

    def launch(self) -> None:
        self.child = Child(self.name, self.command(), log=self.log, cwd=self.folder, death_signal=signal.SIGKILL)

    def wait_ready(self, seconds: float = 30) -> None:
        if self.child:
            self.child.wait_until(self.rpc.answers, seconds)

    def alive(self) -> bool:
        return self.child is not None and self.child.alive()

    def ask_to_stop(self) -> None:
        if self.child:
            self.child.ask(signal.SIGTERM)

    def stop(self) -> None:
        if self.child:
            self.child.stop(signal.SIGTERM, 10)
