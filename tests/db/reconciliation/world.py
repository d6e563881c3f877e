"""Books beside a contract whose state the test tells, for every test of reconciliation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from contracts.gateway.views import Call, Cap, ReserveShown, TokenSnapshot
from custody.reconciliation import attested, observe
from custody.reconciliation.models import Run
from custody.reconciliation.services import reconcile
from tests.factories.ledger import CONTROLLER, NOW, Books, address, wallet

A, B = address(0xA), address(0xB)


@dataclass
class Contract:
    """What the token, the engine and the controller would answer at the block."""

    balances: dict[str, int] = field(default_factory=dict)
    confirmed: int = 0
    withdrawn: int = 0
    issued: int = 0
    redeemed: int = 0
    annulled: int = 0
    used: set[int] = field(default_factory=set)
    supply_lie: int = 0
    shown: ReserveShown = ReserveShown(0, 0, 0, 0, 0)
    calls: dict[str, Call] = field(default_factory=dict)

    def called(self, mined: dict[str, str]) -> dict[str, Call]:
        return {one: self.calls[one] for one in mined if one in self.calls}

    def snapshot(self, node: Any, block_hash: str, token: str, wallets: Any, *, engine: str) -> TokenSnapshot:
        supply = sum(self.balances.values()) + self.supply_lie
        cap = Cap(self.confirmed, self.withdrawn, self.issued, self.redeemed, self.annulled)
        shown = {wallet: self.balances.get(wallet, 0) for wallet in wallets}
        return TokenSnapshot(block_hash, supply, shown, dict.fromkeys(wallets, 0), cap)


@pytest.fixture
def contract(monkeypatch: pytest.MonkeyPatch) -> Contract:
    made = Contract()
    monkeypatch.setattr(observe.views, "snapshot", made.snapshot)
    monkeypatch.setattr(observe.views, "numbers_used", lambda *asked: made.used & set(asked[-1]))
    monkeypatch.setattr(observe.views, "reserve", lambda *asked: made.shown)
    monkeypatch.setattr(observe.views, "calls_made", lambda *asked: made.called(asked[-1]))
    monkeypatch.setattr(attested, "contract_address", lambda name: address(2))
    monkeypatch.setattr(observe, "contract_address", lambda name: address(1))
    return made


@pytest.fixture
def books(contract: Contract) -> Books:
    """30 units minted at A, 20 immobilised for B and not yet minted."""
    made = Books()
    issue = made.issue(30, wallet(0xA))
    raised(made, contract, issue)
    made.mint(A, 30, issue.number)
    waiting = made.issue(20, wallet(0xB))
    raised(made, contract, waiting)
    made.mine_and_post()
    contract.balances, contract.issued = {A: 30}, 30
    contract.used.add(issue.number)
    return made


def raised(books: Books, contract: Contract, issue: Any) -> None:
    confirm = issue.links.get(kind="CONFIRM")
    books.log("CapRaised", [books.token.address, confirm.number], [issue.number, issue.units, 1, 1], where=CONTROLLER)
    contract.confirmed += issue.units
    contract.used.add(confirm.number)


def run(books: Books, phase: str = "") -> Run:
    return reconcile(token=books.token, now=NOW, phase=phase, node=object())  # type: ignore[arg-type]


def failed(made: Run) -> list[str]:
    return list(made.equations.filter(holds=False).values_list("name", flat=True))


def sabotage(books: Books, contract: Contract, units: int = 10) -> Any:
    log = books.mint(A, units)
    books.mine_and_post()
    contract.balances[A] += units
    contract.issued += units
    return log
