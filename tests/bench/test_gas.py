"""Gas as forge measures it now, beside what the public T-REX 4.1.6 contracts were measured to take."""

from __future__ import annotations

import json

import pytest

from contracts.artifacts import build
from tests.bench.conftest import Record
from tests.chain.test_forge import forge

# name in the snapshot -> (what it is compared with, its gas, aim as a ratio)
PEERS = {
    "register one investor of 100": ("T-REX onboarding", 797_000, 0.038),
    "issue to one new holder of 100": ("T-REX mint", 107_700, 0.335),
    "transfer to an existing holder": ("T-REX transfer", 195_000, 0.359),
    "transfer to a new holder": ("T-REX transfer", 214_000, 0.407),
    "redeem one holder of 100 in full": ("T-REX burn alone", 17_600, 1.0),
    "create one more series": ("T-REX suite", 3_730_000, 0.155),
    "issue to 250 new holders, whole transaction": ("gas of one transaction (EIP-7825)", 16_777_216, 0.6),
}


@pytest.mark.chain
@pytest.mark.timeout(600)
def test_gas_beside_the_peer(record: Record) -> None:
    """forge compares every figure of the snapshot with what it measures in this run, and fails on a difference."""
    run = forge("test", "--match-contract", "Gas")
    assert run.returncode == 0, run.stdout + run.stderr
    measured = json.loads((build.SOLIDITY / "snapshots" / "Gas.json").read_text())
    for name, (peer, gas, aim) in PEERS.items():
        record(name=f"gas: {name} / {peer}", unit="gas", ours=int(measured[name]), reference=gas, aim=aim)
