"""Gas beside T-REX 4.1.6 and ONCHAINID 2.2.1, deployed from npm in the same run, on the same node.

Ours twice: as forge measures it against the committed snapshot in this run, and as transactions on anvil.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from contracts.artifacts import build
from tests.bench.conftest import Record
from tests.chain.test_forge import forge
from tests.support.evm import TRANSACTION_GAS, Call, Evm, fresh_evm
from tests.support.measured import (
    BATCH,
    PEER_BATCH,
    SMALL,
    UNITS,
    Ours,
    Payments,
    Peer,
    cost,
    exchanged,
    fitted,
    holders,
    paid,
    transfers,
)

pytestmark = [pytest.mark.chain, pytest.mark.timeout(900)]


THIRD = 0.333


@dataclass(frozen=True)
class Row:
    """One line of the table: names of the figures, and the gas it is meant to take at most (0: a third of the peer's).

    `forge` is a key of snapshots/Gas.json; `ours` and `peer` are names of figures measured here; without a `peer` the
    reference is the aim itself.
    """

    name: str
    aim: int
    forge: str = ""
    ours: str = ""
    peer: str = ""


def _payment(name: str, aim: int, figure: str, peer: str) -> list[Row]:
    """By forge with a plain ERC-20 as cash; and with our own token as cash, which asks who may hold, beside theirs."""
    permissioned = f"{name}, permissioned cash"
    return [Row(name, aim, name), Row(permissioned, 0, permissioned, figure, peer)]


PAYMENTS = [
    *_payment("coupon to one holder of 100, amounts supplied", 16_000, "coupon supplied", "pay"),
    *_payment("coupon to one holder of 100, computed on chain", 19_000, "coupon computed", "pay"),
    *_payment("coupon to one holder of 100 without cash before", 33_000, "coupon without cash", "pay new"),
    *_payment("redeem and pay one holder of 100 in full", 20_000, "redemption full", "burn full and pay"),
    *_payment("redeem and pay one holder of 100 in part", 25_000, "redemption part", "burn part and pay"),
]
ROWS = [
    Row("onboard one investor of 100", 30_000, "register one investor of 100", "onboard", "onboard"),
    Row("allot to one new holder of 100", 36_000, "issue to one new holder of 100", "allot", "allot"),
    Row("allot, holding limit per investor", 60_000, "", "allot limited", "allot limited"),
    Row("transfer to an existing holder", 70_000, "transfer to an existing holder", "existing", "existing"),
    Row("transfer to a new holder", 87_000, "transfer to a new holder", "new", "new"),
    # The hardest comparison: every rule of ours beside T-REX with none.
    Row("allot to one new holder of 100, T-REX without rules", 36_000, "", "allot", "allot bare"),
    Row("transfer to an existing holder, T-REX without rules", 70_000, "", "existing", "existing bare"),
    Row("transfer to a new holder, T-REX without rules", 87_000, "", "new", "new bare"),
    Row("burn one holder of 100 in full", 17_600, "redeem one holder of 100 in full", "redeem full", "burn full"),
    Row("burn one holder of 100 in part", 25_000, "", "redeem part", "burn part"),
    *PAYMENTS,
    # The table names no aim for a delivery: an allotment's and a payment's together.
    Row("deliver against payment to one new holder", 69_000, "deliver against payment to one new holder of 200"),
    Row("deliver against permissioned cash, holding limit", 60_000 + 33_000, "", "primary"),
    # Two permissioned transfers, one of them to a new holder, two signatures and two nonces. (T-REX: two transactions.)
    Row(
        "one trade against payment",
        240_000,
        "settle one trade between two, both new to the other's leg",
        "trade",
        "trade",
    ),
    Row("one more series with its rules", 575_000, "create one more series", "series", "series"),
]


@pytest.fixture(scope="module")
def evm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evm]:
    with fresh_evm(tmp_path_factory.mktemp("gas")) as node:
        yield node


@pytest.fixture(scope="module")
def ours(evm: Evm) -> Ours:
    return Ours.deploy(evm)


@pytest.fixture(scope="module")
def peer(evm: Evm) -> Peer:
    return Peer.deploy(evm)


def our_figures(evm: Evm, ours: Ours) -> dict[str, float]:
    existing, new = transfers(evm, ours.plain, ours.allot(SMALL))
    figures: dict[str, float] = {
        "onboard": cost(evm, ours.onboard(BATCH)) / BATCH,
        "allot": cost(evm, ours.allot(BATCH)) / BATCH,
        "allot limited": cost(evm, ours.allot(BATCH, ours.limited)) / BATCH,
        "existing": existing,
        "new": new,
        "series": cost(evm, ours.one_more_series()),
    }
    with evm.undone():
        figures |= Payments.deploy(ours).figures()
    with evm.undone():
        evm.send(ours.allot(BATCH))
        figures["redeem full"] = cost(evm, ours.redeem(BATCH)) / BATCH
        figures["redeem part"] = cost(evm, ours.redeem(BATCH, UNITS // 2)) / BATCH
    return figures


def peer_figures(evm: Evm, peer: Peer) -> dict[str, float]:
    existing, new = transfers(evm, peer.plain.token, peer.allot(SMALL))
    existing_bare, new_bare = transfers(evm, peer.bare.token, peer.allot(SMALL, peer.bare))
    figures: dict[str, float] = {
        "onboard": peer.onboarding,
        "allot": cost(evm, peer.allot(BATCH)) / BATCH,
        "allot limited": cost(evm, peer.allot(PEER_BATCH, peer.limited)) / PEER_BATCH,
        "existing": existing,
        "new": new,
        "allot bare": cost(evm, peer.allot(BATCH, peer.bare)) / BATCH,
        "existing bare": existing_bare,
        "new bare": new_bare,
        "series": peer.one_more_series,
        "trade": exchanged(evm, peer),
    }
    with evm.undone():
        evm.send(peer.allot(BATCH))
        figures["burn full"] = cost(evm, peer.burn(BATCH)) / BATCH
        figures["burn part"] = cost(evm, peer.burn(BATCH, UNITS // 2)) / BATCH
    figures["pay new"], figures["pay"] = paid(evm, peer)
    figures["burn full and pay"] = figures["burn full"] + figures["pay"]
    figures["burn part and pay"] = figures["burn part"] + figures["pay"]
    return figures


def test_gas_of_every_row_beside_the_peer_in_one_run(evm: Evm, ours: Ours, peer: Peer, record: Record) -> None:
    """forge compares every figure of the snapshot with what it measures in this run, and fails on a difference."""
    run = forge("test", "--match-contract", "Gas")
    assert run.returncode == 0, run.stdout + run.stderr
    snapshot = json.loads((build.SOLIDITY / "snapshots" / "Gas.json").read_text())
    mine, theirs = our_figures(evm, ours), peer_figures(evm, peer)
    for row in ROWS:
        reference = theirs[row.peer] if row.peer else row.aim
        named = "T-REX" if row.peer else "aim"
        if row.forge:
            _record(record, f"gas: {row.name}, by forge / {named}", int(snapshot[row.forge]), reference, row.aim)
        if row.ours:
            _record(record, f"gas: {row.name}, on anvil / {named}", mine[row.ours], reference, row.aim)


def _record(record: Record, name: str, gas: float, reference: float, aim: int) -> None:
    record(name=name, unit="gas", ours=gas, reference=reference, aim=round(aim / reference, 4) if aim else THIRD)


def test_gas_lets_the_largest_batch_of_the_contracts_through(evm: Evm, ours: Ours, record: Record) -> None:
    """Base and gas per item, fitted from two sizes, say how many items fit; the contract's own limit is below that.

    The whole batch of the contract's limit is then sent, and takes what the fit says within two parts in a hundred.
    """
    registry, controller = (contract.read("MAX_BATCH") for contract in (ours.suite.registry, ours.suite.controller))
    evm.send(ours.suite.register_call(holders(max(registry, controller))))
    kinds = {
        "registrations": (ours.onboard, registry),
        "confirmations": (ours.confirm, controller),
        "allotments": (ours.allot, controller),
        "allotments by scattered numbers": (ours.allot_scattered, controller),
        "allotments with a holding limit": (lambda count: ours.allot(count, ours.limited), controller),
    }
    for name, (batch, limit) in kinds.items():
        _largest(evm, record, name, batch, limit)
    with evm.undone():
        evm.send(ours.allot(controller))
        _largest(evm, record, "redemptions", ours.redeem, controller)


def test_gas_lets_the_largest_batch_of_payments_through(evm: Evm, ours: Ours, record: Record) -> None:
    with evm.undone():
        controller = ours.suite.controller.read("MAX_BATCH")
        evm.send(ours.suite.register_call(holders(controller)))
        payments = Payments.deploy(ours)
        payer, settler = payments.cash.agent.read("MAX_BATCH"), payments.cash.dvp.read("MAX_LEGS")
        _largest(evm, record, "coupons to holders without cash", payments.pay, payer)
        payments.cash.give(holders(controller), 1)
        ours.suite.numbers = 90_113
        evm.send(ours.suite.issue_call(ours.plain, holders(payer)[BATCH:], UNITS))
        _largest(evm, record, "redemptions with payment", payments.redeem, payer)
        payments.approvals(settler)
        _largest(evm, record, "deliveries against payment with a holding limit", payments.primary, settler)


def _largest(evm: Evm, record: Record, name: str, batch: Callable[[int], Call], limit: int) -> None:
    fit = fitted(evm, batch)
    whole = cost(evm, batch(limit))
    assert whole < TRANSACTION_GAS
    assert whole == pytest.approx(fit.at(limit), rel=0.02)
    assert limit <= fit.largest, name
    record(
        name=f"gas: {name}, limit of the contract / largest that fits",
        unit="items",
        ours=limit,
        reference=fit.largest,
        aim=1,
    )
