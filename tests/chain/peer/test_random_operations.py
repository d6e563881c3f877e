"""One random sequence of operations on our token and on T-REX 4.1.6: the same outcome wherever T-REX is right."""

from __future__ import annotations

import os
import time

import pytest

from tests.chain.peer.random_run import WEIGHTS, Run
from tests.chain.peer.world import Op, World

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


# Each kind of operation once as it is meant, so that no run of luck leaves one out.
TOUR = [
    ("mint", "A1", 100),
    ("batch_mint", ["B1", "B1", "C1"], [40, 10, 60]),
    ("transfer", "A1", "B1", 20),
    ("batch_transfer", "B1", ["A1", "C1"], [10, 10]),
    ("approve", "A1", "C1", 30),
    ("transfer_from", "C1", "A1", "B2", 25),
    ("freeze_units", "A1", 40),
    ("unfreeze_units", "A1", 5),
    ("batch_freeze_units", ["B1", "C1"], [30, 50]),
    ("batch_unfreeze_units", ["B1", "C1"], [10, 10]),
    ("pause",),
    # Past the free units: the frozen figure falls by the excess.
    ("forced_transfer", "B1", "A2", 45),
    ("batch_forced_transfer", ["C1", "C1"], ["A2", "B2"], [30, 5]),
    ("burn", "A1", 40),
    ("batch_burn", ["C1", "A2"], [10, 20]),
    ("unpause",),
    ("update_country", "B2", 840),
    ("update_identity", "B2", "B"),
    ("freeze_wallet", "A1", True),
    # The whole wallet, its frozen units and its freeze.
    ("recover_and_move", "A1", "A3", "A"),
    ("freeze_wallet", "A3", False),
    ("batch_freeze_wallet", ["A3", "C1"], [True, False]),
    ("remove", "C1"),
    ("register", "C1", "C", 586),
    ("batch_register", ["B3", "C2"], ["B", "C"], [586, 840]),
    ("lapse", "B"),
    ("renew", "B"),
]


def test_each_kind_of_operation_is_alike_as_it_is_meant(world: World) -> None:
    run = Run(world, 0)
    for kind, *args in TOUR:
        run.step(Op(kind, tuple(args)))
    assert run.seen == {}, run.history
    assert run.refused == {}, run.history
    assert set(run.done) == set(WEIGHTS) - {"recover", "add_revoked_claim_again"}
    state = run.state
    assert (state.accounts["A3"].balance, state.accounts["A3"].frozen, state.accounts["A1"].closed) == (25, 25, True)
    assert state.supply == 100 + 110 - 40 - 30
    assert state.allowances["A1", "C1"] == 5
