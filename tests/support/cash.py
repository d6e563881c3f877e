"""Cash for our suite: our own token under a controller and engine of its own, settlement, and the paying agent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from eth_account import Account
from eth_utils.crypto import keccak

from tests.support.evm import Call, Contract, Evm, ours, wallet
from tests.support.suites import ADMIN, BY, PROGRAMME, YEAR, ChainRole, Suite, selectors

TREASURY = wallet(-300)
COUPON, REDEMPTION = keccak(text="coupon"), keccak(text="redemption")
KINDS = {COUPON: 0, REDEMPTION: 1}
AGENT_POWERS = ("pay", "payComputed", "redeemAndPay", "openEvent", "fund", "closeEvent")
CURRENCY, MINOR_DIGITS = b"EUR", 2
HALF_EVEN = 2
PLENTY = 10**15


@dataclass
class Cash:
    """`suite` issues the cash token; `agent` pays events of the securities' suite, `dvp` settles."""

    evm: Evm
    suite: Suite
    token: Contract
    agent: Contract
    dvp: Contract

    def give(self, wallets: Sequence[str], units: int) -> None:
        self.evm.send(self.suite.issue_call(self.token, wallets, units))

    def fund(self, event: bytes, security: Contract) -> None:
        """An event opened and funded with plenty."""
        payer = BY[ChainRole.PAYER]
        self.evm.send(
            self.token.call(TREASURY, "approve", self.agent.address, 2**256 - 1),
            self.agent.call(payer, "openEvent", event, security.address, self.token.address, KINDS[event], TREASURY),
        )
        self.agent.send(payer, "fund", event, 10**12)

    # -- payments, numbered from `first`

    def pay_call(self, first: int, wallets: Sequence[str], amount: int) -> Call:
        payments = [(first + n, to, amount, False) for n, to in enumerate(wallets)]
        return self._pay("pay", COUPON, payments)

    def pay_computed_call(self, first: int, wallets: Sequence[str], per_unit: int) -> Call:
        numbers = [first + n for n in range(len(wallets))]
        return self._pay("payComputed", COUPON, numbers, list(wallets), (per_unit, 1, HALF_EVEN))

    def redeem_call(self, first: int, wallets: Sequence[str], units: int, amount: int) -> Call:
        items = [(first + n, to, units) for n, to in enumerate(wallets)]
        return self._pay("redeemAndPay", REDEMPTION, items, [amount] * len(items))

    def _pay(self, function: str, event: bytes, *lists: Any) -> Call:
        return self.agent.call(BY[ChainRole.PAYER], function, event, *lists, self.evm.now + YEAR)

    # -- settlement

    def primary_call(self, security: Contract, first: int, wallets: Sequence[str], units: int, amount: int) -> Call:
        legs = [(first + n, to, units, amount) for n, to in enumerate(wallets)]
        parts = (security.address, self.token.address, TREASURY, legs, self.evm.now + YEAR)
        return self.dvp.call(BY[ChainRole.SETTLEMENT], "settlePrimary", *parts)

    def trade_call(self, security: Contract, seller: Any, buyer: Any, units: int, amount: int) -> Call:
        """Both sides sign, anybody submits; the keys are accounts."""
        sides = (security.address, seller.address, buyer.address, units)
        trade = (*sides, self.token.address, amount, 7, 300, self.evm.now + YEAR)
        digest = self.dvp.read("hashTrade", trade)
        signatures = [bytes(Account.unsafe_sign_hash(digest, side.key).signature) for side in (seller, buyer)]
        return self.dvp.call(wallet(-301), "settle", trade, *signatures)


def deploy_cash(suite: Suite) -> Cash:
    """A cash token with plenty confirmed, accepted in the book; the treasury and the agent may hold it."""
    evm, manager = suite.evm, suite.manager
    controller = evm.create(ADMIN, ours("Controller"), manager.address, ChainRole.CASH_CONFIRMER)
    reserve = evm.create(ADMIN, ours("ReserveBook"), manager.address)
    engine = evm.create(ADMIN, ours("Engine"), manager.address, controller.address, reserve.address)
    fiscal_agent = Account.from_key(keccak(text="fiscal agent"))
    issuer = replace(suite, controller=controller, engine=engine, registrar=fiscal_agent, numbers=1)
    book = evm.create(ADMIN, ours("CashBook"), manager.address)
    shared = (manager.address, suite.controller.address)
    dvp = evm.create(ADMIN, ours("DeliveryVersusPayment"), *shared, suite.engine.address, book.address)
    agent = evm.create(ADMIN, ours("PayingAgent"), *shared, book.address, suite.registry.address)
    evm.learn(*(ours(name) for name in ("CashBook", "DeliveryVersusPayment", "PayingAgent")))
    wiring: list[tuple[Contract, str, int]] = [(agent, name, ChainRole.PAYER) for name in AGENT_POWERS]
    wiring += [(dvp, "settlePrimary", ChainRole.SETTLEMENT)]
    wiring += [(controller, "confirm", ChainRole.RELAY), (controller, "issue", ChainRole.ISSUER)]
    wiring += [(engine, "addProgramme", ChainRole.DEPLOYER), (engine, "addSeries", ChainRole.FACTORY)]
    grants = {ChainRole.ISSUER: dvp, ChainRole.SERVICING: agent}
    evm.send(
        *(manager.call(ADMIN, "setTargetFunctionRole", c.address, selectors(c, [f]), role) for c, f, role in wiring),
        *(manager.call(ADMIN, "grantRole", role, contract.address, 0) for role, contract in grants.items()),
        manager.call(ADMIN, "grantRole", ChainRole.CASH_CONFIRMER, fiscal_agent.address, 0),
    )
    evm.send(engine.call(BY[ChainRole.DEPLOYER], "addProgramme", PROGRAMME, 2**110))
    evm.send(suite.register_call([agent.address, TREASURY]))
    token = issuer.series("cash", 2**96, decimals=MINOR_DIGITS)
    book.send(ADMIN, "add", token.address, CURRENCY, MINOR_DIGITS, MINOR_DIGITS)
    cash = Cash(evm, issuer, token, agent, dvp)
    cash.give([TREASURY], PLENTY)
    return cash
