"""The block producer of the embedded node: `python -m tokenization.local.blocks --rpc URL [--state FILE]`.

It mines while something waits: transactions in the pool, blocks that still need successors to become final, a clock
that was moved. Otherwise a block a minute, so that "the latest block's time" does not stand still. After each new block
it saves the node's state.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from pathlib import Path
from types import FrameType

import httpx

from tokenization.local.anvil import save_state
from tokenization.local.rpc import NodeError, Rpc

# `finalized` is two blocks below the head; one more, so that also what is asked a moment later finds it final.
SUCCESSORS = 3
CLOCK_MOVED = 2


class Producer:
    """Decides, tick by tick, whether a block is due."""

    def __init__(self, rpc: Rpc, state: Path | None, idle: float) -> None:
        self.rpc = rpc
        self.state = state
        self.idle = idle
        self.owed = SUCCESSORS
        self.head = -1
        self.saved: tuple[int, int] | None = None
        self.offset: int | None = None
        self.mined_at = time.monotonic()

    def tick(self) -> None:
        """Mine if due, then save if anything changed."""
        self._notice()
        waiting = int(self.rpc("txpool_status")["pending"], 16)
        if waiting:
            self.owed = SUCCESSORS
            self._mine()
        elif self.owed or time.monotonic() - self.mined_at > self.idle:
            self.owed = max(self.owed - 1, 0)
            self._mine()
        self._save()

    def _notice(self) -> None:
        """Blocks mined by others and moved clocks owe successors too."""
        head = self.rpc.head()
        offset = self.rpc.timestamp("pending") - int(time.time())
        moved = self.offset is not None and abs(offset - self.offset) > CLOCK_MOVED
        if head != self.head or moved:
            self.owed = SUCCESSORS
        self.head, self.offset = head, offset

    def _mine(self) -> None:
        self.rpc("evm_mine")
        self.head = self.rpc.head()
        self.mined_at = time.monotonic()

    def _save(self) -> None:
        if self.state is None or self.offset is None:
            return
        now = (self.rpc.head(), self.offset)
        if self.saved is None or now[0] != self.saved[0] or abs(now[1] - self.saved[1]) > CLOCK_MOVED:
            save_state(self.rpc, self.state)
            self.saved = now


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--rpc", required=True)
    reader.add_argument("--state", type=Path)
    reader.add_argument("--interval", type=float, default=0.3, help="seconds between looks")
    reader.add_argument("--idle", type=float, default=60, help="seconds after which an empty block is mined")
    wish = reader.parse_args()
    stopping = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    producer = Producer(Rpc(wish.rpc), wish.state, wish.idle)
    while not stopping:
        try:
            producer.tick()
        except (httpx.HTTPError, NodeError, ValueError) as error:
            print(f"{time.strftime('%H:%M:%S')} {error}", file=sys.stderr, flush=True)
        time.sleep(wish.interval)
    if wish.state:
        save_state(producer.rpc, wish.state)


if __name__ == "__main__":
    main()
