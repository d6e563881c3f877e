"""Long random runs beside T-REX: a new seed each round, 20 rounds of 500 operations in `make faults`."""

from __future__ import annotations

import os

import pytest

from tests.chain.peer.conftest import built, world  # noqa: F401
from tests.chain.peer.differences import DIFFERENCES
from tests.chain.peer.random_run import Run
from tests.chain.peer.world import World
from tests.support.outbox import fault_rounds, fault_seed

pytestmark = [pytest.mark.chain, pytest.mark.timeout(3600)]


def test_rounds_of_random_operations_differ_as_listed_alone(world: World) -> None:  # noqa: F811
    """FAULT_SEED to have a failed round again. In `make test` one short round."""
    rounds = fault_rounds()
    met: set[str] = set()
    steps = 500 if len(rounds) > 1 or os.environ.get("FAULT_SEED") else 60
    for n in rounds:
        memory = world.memory()
        with world.evm.undone():
            run = Run(world, fault_seed(n))
            run.steps(steps)
            met |= set(run.seen)
        world.forget(memory)
    print(f"{len(rounds)} rounds of {steps} operations met {len(met)} of the listed differences")
    assert len(rounds) == 1 or len(met) > len(DIFFERENCES) / 2
