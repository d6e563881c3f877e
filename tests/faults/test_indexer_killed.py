"""SIGKILL of the indexing process at random moments changes nothing in what is stored."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts.indexer.models import Block, Log, Tip
from contracts.indexer.services import watch
from tests.support.emitter import Emitter
from tests.support.parts import Chain

pytestmark = pytest.mark.chain
ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
FOLLOW = """
import django; django.setup()
from django.conf import settings
from contracts.gateway.client import Node
from contracts.indexer.models import Tip
from contracts.indexer.services import index_once
from tokenization.kernel import clock
print("up", flush=True)
node = Node(settings.CHAIN_RPC_URL)
while True:
    Tip.objects.update(range_size=2)
    index_once(node, now=clock.now(), seconds=0.05)
"""


def start() -> subprocess.Popen[str]:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tokenization.settings", "CHAIN_FINALITY": "3"}
    made = subprocess.Popen(
        [sys.executable, "-c", FOLLOW], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert made.stdout is not None
    assert made.stdout.readline() == "up\n"
    return made


def test_killed_at_random_moments(fresh_db: str, chain: Chain) -> None:
    seed = int(os.environ.get("KILL_SEED", random.SystemRandom().randrange(10**6)))
    print(f"KILL_SEED={seed}")
    dice = random.Random(seed)
    emitter = Emitter(chain)
    watch(address=emitter.address, artifact="Emitter", name="emitter", now=NOW, from_block=emitter.block)
    for number in range(60):
        emitter.emit(number)
    for _ in range(4):
        process = start()
        try:
            time.sleep(dice.uniform(0.0, 0.25))
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait(10)
        blocks = list(Block.objects.order_by("number"))
        assert all(a.hash == b.parent_hash for a, b in zip(blocks, blocks[1:], strict=False))
        if blocks:
            assert (Tip.objects.get().number, Tip.objects.get().hash) == (blocks[-1].number, blocks[-1].hash)
            below = [int(n, 16) for n in Log.objects.order_by("pk").values_list("topics__2", flat=True)]
            assert below == list(range(len(blocks) - 1)), seed
    head = chain.mine(4)
    process = start()
    try:
        deadline = time.monotonic() + 60
        while not Tip.objects.filter(number=head, final_number=head - 3).exists():
            assert time.monotonic() < deadline, f"not there after a minute, seed {seed}"
            assert process.poll() is None
            time.sleep(0.05)
    finally:
        process.kill()
        process.wait(10)
    logs = Log.objects.order_by("block_id", "log_index")
    assert [int(log.topics[2], 16) for log in logs] == list(range(60))
    assert Block.objects.filter(final=True).count() == head - 3 - emitter.block + 1
