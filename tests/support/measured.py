"""Gas of whole transactions of both suites on one node: ours and T-REX 4.1.6 with ONCHAINID 2.2.1, kind by kind.

A kind of batch is measured at two sizes; base and gas per item follow, and from them the largest batch that fits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from eth_account import Account
from eth_utils.crypto import keccak

from tests.support.cash import COUPON, REDEMPTION, Cash, deploy_cash
from tests.support.evm import TRANSACTION_GAS, Call, Contract, Evm, gas, wallet
from tests.support.suites import Suite, deploy_suite
from tests.support.trex import AGENT, COUNTRY, Trex, TrexToken, deploy_trex
from tests.support.trex import trex as trex_code

BATCH, SMALL = 100, 20
# T-REX with a balance limit mints at 165,000 a holder: 100 of them do not fit into one transaction.
PEER_BATCH = 50
LIMIT, CEILING = 10**9, 10**12
UNITS = 20


def holders(count: int) -> list[str]:
    return [wallet(n) for n in range(count)]


HOLDERS = holders(BATCH)


@dataclass(frozen=True)
class Fit:
    """gas(n) = base + per_item * n, through two measured sizes."""

    base: float
    per_item: float

    @property
    def largest(self) -> int:
        """The most items whose transaction stays within the limit of one (EIP-7825)."""
        return int((TRANSACTION_GAS - self.base) // self.per_item)

    def at(self, size: int) -> float:
        return self.base + self.per_item * size


def cost(evm: Evm, call: Call) -> int:
    """Gas of this transaction, which has not happened afterwards."""
    with evm.undone():
        return gas(evm.send(call)[0])


def fitted(evm: Evm, batch: Callable[[int], Call]) -> Fit:
    small, large = cost(evm, batch(SMALL)), cost(evm, batch(BATCH))
    per_item = (large - small) / (BATCH - SMALL)
    return Fit(small - per_item * SMALL, per_item)


@dataclass
class Ours:
    """Our suite with two series: the rules of every row, and the same with a holding limit counted per investor."""

    evm: Evm
    suite: Suite
    plain: Contract
    limited: Contract

    @classmethod
    def deploy(cls, evm: Evm) -> Ours:
        suite = deploy_suite(evm)
        evm.send(suite.register_call(HOLDERS))
        plain = suite.series("plain", CEILING, suite.rules(country=True))
        limited = suite.series("limited", CEILING, suite.rules(country=True, units_per_investor=LIMIT))
        return cls(evm, suite, plain, limited)

    def onboard(self, count: int) -> Call:
        return self.suite.register_call([wallet(10_000 + n) for n in range(count)])

    def allot(self, count: int, token: Contract | None = None) -> Call:
        self.suite.numbers = 10_241
        return self.suite.issue_call(token or self.plain, holders(count), UNITS)

    def allot_scattered(self, count: int) -> Call:
        """Every number in a word of its own: the dearest batch there is."""
        items = [(20_000 + 256 * n, to, UNITS) for n, to in enumerate(holders(count))]
        return self.suite.controller.call(self.allot(1).sender, "issue", self.plain.address, items)

    def confirm(self, count: int) -> Call:
        self.suite.numbers = 30_721
        return self.suite.confirm_call(self.plain, [1] * count)

    def redeem(self, count: int, units: int = UNITS, token: Contract | None = None) -> Call:
        self.suite.numbers = 41_217
        return self.suite.redeem_call(token or self.plain, holders(count), units)

    def one_more_series(self) -> Call:
        return self.suite.series_call("one more", CEILING, self.suite.rules(country=True, units_per_investor=LIMIT))


@dataclass
class Peer:
    """T-REX with tokens that share investors: without a rule; countries and supply limit; these and a balance limit."""

    evm: Evm
    trex: Trex
    bare: TrexToken
    plain: TrexToken
    limited: TrexToken
    onboarding: float
    one_more_series: int

    @classmethod
    def deploy(cls, evm: Evm) -> Peer:
        trex = deploy_trex(evm)
        plain = trex.series("plain", CEILING)
        bare = trex.series("bare", 0, storage=plain.storage.address)
        another = trex.series_call("limited", CEILING, max_balance=LIMIT, storage=plain.storage.address)
        series = cost(evm, another)
        limited = trex.series("limited", CEILING, max_balance=LIMIT, storage=plain.storage.address)
        receipts = trex.investors(HOLDERS)
        registration = plain.registry.send(
            AGENT,
            "batchRegisterIdentity(address[],address[],uint16[])",
            HOLDERS,
            [trex.identity_of(holder) for holder in HOLDERS],
            [COUNTRY] * BATCH,
        )
        onboarding = sum(gas(receipt) for receipt in [*receipts, registration]) / BATCH
        return cls(evm, trex, bare, plain, limited, onboarding, series)

    def allot(self, count: int, made: TrexToken | None = None) -> Call:
        return (made or self.plain).token.call(AGENT, "batchMint", HOLDERS[:count], [UNITS] * count)

    def burn(self, count: int, units: int = UNITS) -> Call:
        return self.plain.token.call(AGENT, "batchBurn", HOLDERS[:count], [units] * count)


@dataclass
class Payments:
    """Coupons, redemptions and settlement in our own permissioned cash; every holder has `UNITS` of the security."""

    evm: Evm
    ours: Ours
    cash: Cash

    @classmethod
    def deploy(cls, ours: Ours) -> Payments:
        """For use inside `undone`: the plain series is allotted, both events are funded."""
        cash = deploy_cash(ours.suite)
        ours.evm.send(ours.allot(BATCH))
        for event in (COUPON, REDEMPTION):
            cash.fund(event, ours.plain)
        return cls(ours.evm, ours, cash)

    def figures(self) -> dict[str, float]:
        figures: dict[str, float] = {"coupon without cash": cost(self.evm, self.pay(BATCH)) / BATCH}
        self.cash.give(HOLDERS, 1)
        figures["coupon supplied"] = cost(self.evm, self.pay(BATCH)) / BATCH
        figures["redemption full"] = cost(self.evm, self.redeem(BATCH, UNITS)) / BATCH
        figures["redemption part"] = cost(self.evm, self.redeem(BATCH, UNITS // 4)) / BATCH
        with self.evm.undone():
            self.ours.suite.close_dealing(self.ours.plain)
            figures["coupon computed"] = cost(self.evm, self.compute(BATCH)) / BATCH
        figures["primary"] = self._primary()
        figures["trade"] = self._trade()
        return figures

    def pay(self, count: int) -> Call:
        return self.cash.pay_call(50_177, holders(count), 1_234_567)

    def compute(self, count: int) -> Call:
        return self.cash.pay_computed_call(60_161, holders(count), 61_728)

    def redeem(self, count: int, units: int = UNITS) -> Call:
        return self.cash.redeem_call(70_145, holders(count), units, 1_234_567)

    def primary(self, count: int) -> Call:
        return self.cash.primary_call(self.ours.limited, 80_129, holders(count), UNITS, 1)

    def approvals(self, count: int) -> None:
        """Buyers let settlement pull their cash."""
        approve = [self.cash.token.call(to, "approve", self.cash.dvp.address, 2**256 - 1) for to in holders(count)]
        self.evm.send(*approve)

    def _primary(self) -> float:
        with self.evm.undone():
            self.approvals(BATCH)
            return cost(self.evm, self.primary(BATCH)) / BATCH

    def _trade(self) -> int:
        """A seller with units and a buyer with cash who is new to the security; both signed, a third one submits."""
        seller, buyer = (Account.from_key(keccak(text=name)) for name in ("seller", "buyer"))
        with self.evm.undone():
            self.evm.send(self.ours.suite.register_call([seller.address.lower(), buyer.address.lower()]))
            self.evm.send(self.ours.suite.issue_call(self.ours.plain, [seller.address.lower()], 1_000))
            self.cash.give([buyer.address.lower(), seller.address.lower()], 1_000)
            self.evm.send(
                self.ours.plain.call(seller.address.lower(), "approve", self.cash.dvp.address, 1_000),
                self.cash.token.call(buyer.address.lower(), "approve", self.cash.dvp.address, 1_000),
            )
            return cost(self.evm, self.cash.trade_call(self.ours.plain, seller, buyer, 100, 990))


def exchanged(evm: Evm, peer: Peer) -> int:
    """T-REX's delivery versus delivery between two of its tokens: offered by the seller, taken by the buyer."""
    seller, buyer = HOLDERS[0], HOLDERS[1]
    security, cash = peer.plain.token, peer.bare.token
    with evm.undone():
        evm.send(peer.allot(1), cash.call(AGENT, "batchMint", HOLDERS[:2], [UNITS, UNITS]))
        dvd = evm.create(AGENT, trex_code("DVD/DVDTransferManager"))
        evm.send(security.call(seller, "approve", dvd.address, 5), cash.call(buyer, "approve", dvd.address, 5))
        offered = gas(dvd.send(seller, "initiateDVDTransfer", security.address, 5, buyer, cash.address, 5))
        identifier = dvd.read("calculateTransferID", 0, seller, security.address, 5, buyer, cash.address, 5)
        return offered + gas(dvd.send(buyer, "takeDVDTransfer", identifier))


def paid(evm: Evm, peer: Peer) -> tuple[float, float]:
    """T-REX's own token, without a rule, as cash: one payer's batch to holders without and with some before."""
    token, payer, to = peer.bare.token, HOLDERS[-1], HOLDERS[:PEER_BATCH]
    with evm.undone():
        evm.send(token.call(AGENT, "mint", payer, 10**6))
        call = token.call(payer, "batchTransfer", to, [5] * PEER_BATCH)
        first = cost(evm, call)
        evm.send(token.call(AGENT, "batchMint", to, [1] * PEER_BATCH))
        return first / PEER_BATCH, cost(evm, call) / PEER_BATCH


def transfers(evm: Evm, token: Contract, issue: Call) -> tuple[int, int]:
    """A holder's transfer of a part of his units, to an existing and to a new holder."""
    with evm.undone():
        evm.send(issue)
        existing = cost(evm, token.call(HOLDERS[0], "transfer", HOLDERS[1], 5))
        return existing, cost(evm, token.call(HOLDERS[0], "transfer", HOLDERS[SMALL], 5))
