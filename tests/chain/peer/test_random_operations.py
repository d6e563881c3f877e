"""One random sequence of operations on our token and on T-REX 4.1.6: the same outcome wherever T-REX is right."""

from __future__ import annotations

import os
import time

import pytest

from tests.chain.peer.random_run import WEIGHTS, Run
from tests.chain.peer.world import World

pytestmark = [pytest.mark.chain, pytest.mark.timeout(600)]


def test_the_same_operations_have_the_same_outcome_but_for_the_listed_differences(world: World) -> None:
    """DIFFERENTIAL_SEED to have a failed run again, DIFFERENTIAL_STEPS for a longer one."""
    seed = int(os.environ.get("DIFFERENTIAL_SEED") or time.time_ns() % 10**9)
    count = int(os.environ.get("DIFFERENTIAL_STEPS") or 500)
    print(f"DIFFERENTIAL_SEED={seed} DIFFERENTIAL_STEPS={count}")
    run = Run(world, seed)
    run.steps(count)
    met = run.done.total() + run.refused.total() + run.seen.total()
    assert met == count
    print(f"done alike: {run.done}\nrefused alike: {run.refused}\ndifferences: {run.seen}")
    # The run must not be made of refusals: many operations, of most kinds, happen on both sides.
    if count >= 500:
        assert run.done.total() > count / 4
        assert len(run.done) > len(WEIGHTS) / 2
