"""Whole lives on the whole stack, while every worker is killed at random moments."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tokenization.local.accounts import scratch
from tokenization.local.parts import ROOT
from tokenization.local.stack import Stack

VICTIMS = (
    "worker-send",
    "worker-index",
    "worker-books",
    "beat",
    "signer-issuer",
    "signer-registrar",
    "signer-fiscal",
    "blocks",
)
# Denser in `make faults`; here each part dies at least once, and CI ends in time.
PAUSE = (4.0, 12.0) if os.environ.get("FAULT_ROUNDS") else (7.0, 14.0)
AFTERWARDS = PAUSE if os.environ.get("FAULT_ROUNDS") else (20.0, 40.0)


class Killer:
    """SIGKILLs one part after another; every victim once before any of them a second time."""

    def __init__(self, stack: Stack, seed: int) -> None:
        self.stack, self.random = stack, random.Random(seed)
        self.next = time.monotonic() + self.random.uniform(*PAUSE)
        self.waiting: list[str] = []
        self.killed: list[str] = []

    def __call__(self) -> None:
        if time.monotonic() < self.next:
            return
        if not self.waiting:
            self.waiting = self.random.sample(VICTIMS, len(VICTIMS))
        name = self.waiting.pop()
        self.stack.kill(name)
        self.killed.append(name)
        pause = PAUSE if len(self.killed) < len(VICTIMS) else AFTERWARDS
        self.next = time.monotonic() + self.random.uniform(*pause)


# The market takes three years and twice as long: `make faults` lives it.
CASES = ("bill", "market") if os.environ.get("FAULT_ROUNDS") else ("bill",)


@pytest.mark.stack
@pytest.mark.timeout(2400 if os.environ.get("FAULT_ROUNDS") else 840)
@pytest.mark.parametrize("case", CASES)
def test_killing_every_worker_changes_nothing_in_the_outcome(case: str) -> None:
    seed = int(os.environ.get("KILL_SEED") or random.SystemRandom().randrange(2**32))
    print(f"KILL_SEED={seed}")
    data = scratch("lifecycle-")
    with Stack(data, rehearsal=True, say=print, outside={}) as stack:
        killer = Killer(stack, seed)
        output = data / "lifecycle.txt"
        with output.open("wb") as out:
            status = stack.run(
                [sys.executable, "manage.py", "lifecycle", "--case", case],
                rehearsal=True,
                meanwhile=killer,
                output=out.fileno(),
            )
        text = output.read_text()
        print(text)
        result = json.loads(text.strip().splitlines()[-1])
        assert (status, result["failed"], result["green"]) == (0, [], True), f"KILL_SEED={seed}"
        assert set(killer.killed) == set(VICTIMS), f"too short a life to kill everybody: {killer.killed}"
        # One slot per intent, one receipt per instruction, balanced books; and no personal datum on the chain.
        for questions in ("exactly_once.py", "privacy.py"):
            _asked(stack, questions, case)
        if case == "bill":
            # What a visitor of `make demo` finds afterwards.
            command = [sys.executable, "manage.py", "lifecycle", "--case", "open"]
            assert stack.run(command, rehearsal=True) == 0
            _asked(stack, "tour.py", case)


def _asked(stack: Stack, script: str, case: str) -> None:
    """Asked of database and chain themselves, in the stack's own environment."""
    questions = Path(__file__).with_name(script)
    environment = {**os.environ, **stack.env(rehearsal=True), "PYTHONPATH": str(ROOT)}
    answer = subprocess.run(
        [sys.executable, str(questions), case], env=environment, capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
