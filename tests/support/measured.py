"""Gas of whole transactions of both suites on one node: ours and T-REX 4.1.6 with ONCHAINID 2.2.1, kind by kind.

A kind of batch is measured at two sizes; base and gas per item follow, and from them the largest batch that fits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.support.evm import TRANSACTION_GAS, Call, Contract, Evm, gas, wallet
from tests.support.suites import Suite, deploy_suite
from tests.support.trex import AGENT, COUNTRY, Trex, TrexToken, deploy_trex

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


def transfers(evm: Evm, token: Contract, issue: Call) -> tuple[int, int]:
    """A holder's transfer of a part of his units, to an existing and to a new holder."""
    with evm.undone():
        evm.send(issue)
        existing = cost(evm, token.call(HOLDERS[0], "transfer", HOLDERS[1], 5))
        return existing, cost(evm, token.call(HOLDERS[0], "transfer", HOLDERS[SMALL], 5))
