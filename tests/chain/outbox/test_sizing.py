"""Batches sized on a real node whose limit of gas per transaction is on, with the real contracts of settlement.

The views of settlement are asked of the same contracts: what they foresee is what happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pytest

from contracts.gateway import calls, cash_views, views
from contracts.gateway.calls import Call, Leg, Payment, Rate, Redemption, Rounding
from contracts.gateway.client import Node
from contracts.outbox import config
from contracts.outbox.services import batch_size
from contracts.outbox.services.gas import room, with_spare
from tests.support import evm as direct
from tests.support.cash import COUPON, REDEMPTION, TREASURY, Cash, deploy_cash
from tests.support.evm import TRANSACTION_GAS, Contract, Evm, gas, wallet
from tests.support.suites import BY, FOREVER, YEAR, ChainRole, Suite, deploy_suite
from tokenization.local.anvil import Anvil

pytestmark = pytest.mark.chain

SETTLER, PAYER = BY[ChainRole.SETTLEMENT], BY[ChainRole.PAYER]
HOLDERS = [wallet(n) for n in range(250)]
BATCH = 125
# The contract says 80,000; a counted series, permissioned cash and scattered numbers together take 102,000.
MOST_LEGS, WORST_LEG = 200, 110_000
MOST_PAYMENTS, WORST_PAYMENT = 250, 35_000


@dataclass
class Market:
    """A security, cash in every holder's wallet, and his allowance to settlement."""

    suite: Suite
    cash: Cash
    security: Contract
    node: Node

    @property
    def evm(self) -> Evm:
        return self.cash.evm

    def head(self) -> str:
        return views.head(self.node).hash

    def primary(self, legs: Sequence[Leg]) -> Call:
        at = (self.cash.dvp.address, self.security.address, self.cash.token.address, TREASURY)
        return calls.settle_primary(*at, legs, FOREVER)

    def foreseen(self, legs: Sequence[Leg], valid_until: int = FOREVER) -> cash_views.Foreseen:
        return cash_views.primary_failures(
            self.node,
            self.head(),
            self.cash.dvp.address,
            token=self.security.address,
            cash=self.cash.token.address,
            treasury=TREASURY,
            legs=legs,
            valid_until=valid_until,
        )

    def send(self, sender: str, call: Call) -> int:
        """Gas of the transaction, with the limit that the outbox would give it."""
        assert call.to is not None
        return gas(self.evm.send(direct.Call(sender, call.to, call.data))[0])

    def size(self, sender: str, build: Callable[[Sequence[Leg]], Call], items: Sequence[Leg], most: int) -> int:
        return batch_size(node=self.node, sender=sender, build=build, items=items, most=most, worst=WORST_LEG).size


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    anvil = Anvil(tmp_path_factory.mktemp("sizing"))
    anvil.start()
    suite = deploy_suite(Evm(anvil))
    cash = deploy_cash(suite)
    evm = suite.evm
    for part in (HOLDERS[:BATCH], HOLDERS[BATCH:]):
        evm.send(suite.register_call(part))
        cash.give(part, 1_000_000)
    evm.send(*(cash.token.call(to, "approve", cash.dvp.address, 2**256 - 1) for to in HOLDERS))
    security = suite.series("sized", 10**9, suite.rules(units_per_investor=10**6))
    # As production has it: a block holds no more than thirty million, a transaction no more than its own limit.
    evm.rpc("evm_setBlockGasLimit", hex(30_000_000))
    with Node(anvil.url) as node:
        yield Market(suite, cash, security, node)
    anvil.stop()


@pytest.fixture
def market(deployed: Market) -> Iterator[Market]:
    with deployed.evm.undone():
        yield deployed


def legs(count: int, *, first: int = 10_001, apart: int = 1, units: int = 20, amount: int = 1_980) -> list[Leg]:
    return [Leg(first + apart * n, HOLDERS[n % len(HOLDERS)], units, amount) for n in range(count)]


def test_the_node_refuses_what_is_past_the_limit_of_one_transaction(market: Market) -> None:
    """The control: without the limit a size would prove nothing."""
    call = market.primary(legs(2))
    request = {"from": SETTLER, "to": call.to, "data": "0x" + call.data.hex(), "gas": hex(TRANSACTION_GAS + 1)}
    market.evm.rpc("anvil_setBalance", SETTLER, direct.RICH)
    with pytest.raises(direct.Refused):
        market.evm.rpc("eth_sendTransaction", request)


@pytest.mark.parametrize("apart", [1, 256], ids=["numbers in order", "every number in a word of its own"])
def test_a_primary_batch_of_the_size_found_fits_with_its_spare(market: Market, apart: int) -> None:
    plan = legs(300, apart=apart)
    found = batch_size(
        node=market.node, sender=SETTLER, build=market.primary, items=plan, most=MOST_LEGS, worst=WORST_LEG
    )
    assert 120 < found.size <= MOST_LEGS
    used = market.send(SETTLER, market.primary(plan[: found.size]))
    assert used <= room()
    assert with_spare(used) <= config.gas_cap() == TRANSACTION_GAS
    assert abs(used - found.base - found.per_item * found.size) < used // 20, "the line drawn holds far from the sample"


def test_the_size_follows_what_one_item_costs(market: Market, settings: object) -> None:
    plan = legs(300)
    wide = market.size(SETTLER, market.primary, plan, 10_000)
    settings.OUTBOX_GAS_CAP = TRANSACTION_GAS // 4  # type: ignore[attr-defined]
    narrow = market.size(SETTLER, market.primary, plan, 10_000)
    assert (wide > 140, wide // 5 < narrow <= wide // 4) == (True, True), (wide, narrow)
    assert market.size(SETTLER, market.primary, plan[:1], 10_000) < narrow, "one alone bears the whole base"


def test_what_cannot_be_simulated_yet_is_sized_by_the_worst_there_is(market: Market) -> None:
    """Nothing is confirmed for so many units: the sample reverts, as it does before a cap is raised."""
    plan = legs(300, units=10**5)
    blocked = [Leg(leg.number, leg.wallet, 10**10, leg.amount) for leg in plan]
    found = batch_size(
        node=market.node, sender=SETTLER, build=market.primary, items=blocked, most=MOST_LEGS, worst=WORST_LEG
    )
    assert (found.size, found.per_item, found.base) == (room() // WORST_LEG, 0, 0)
    market.send(SETTLER, market.primary(legs(found.size, apart=256)))


def test_payments_and_redemptions_are_sized_by_the_same_function(market: Market) -> None:
    agent, token = market.cash.agent.address, market.security.address
    for part in (HOLDERS[:BATCH], HOLDERS[BATCH:]):
        market.evm.send(market.suite.issue_call(market.security, part, 20))
    market.cash.fund(COUPON, market.security)
    market.cash.fund(REDEMPTION, market.security)
    coupon, redemption = "0x" + COUPON.hex(), "0x" + REDEMPTION.hex()
    payments = [Payment(50_001 + n, to, 1_234) for n, to in enumerate(HOLDERS)]
    burns = [Redemption(60_001 + n, to, 20, 20_000) for n, to in enumerate(HOLDERS)]
    for build, items in (
        (lambda part: calls.pay(agent, coupon, token, part, FOREVER), payments),
        (lambda part: calls.redeem_and_pay(agent, redemption, token, part, FOREVER), burns),
    ):
        found = batch_size(
            node=market.node, sender=PAYER, build=build, items=items, most=MOST_PAYMENTS, worst=WORST_PAYMENT
        )
        assert found.size == MOST_PAYMENTS
        assert market.send(PAYER, build(items)) <= room()
    held = cash_views.payment_numbers_used(market.node, market.head(), agent, token, [50_001, 50_250, 50_251, 60_001])
    assert held == {50_001, 50_250, 60_001}
    event = cash_views.event_view(market.node, market.head(), agent, coupon)
    assert (event.token, event.open, event.paid, event.reserved) == (token, True, 250 * 1_234, 0)
    assert event.remaining == 10**12 - event.paid
    assert cash_views.owed_in(market.node, market.head(), agent, market.cash.token.address) == (
        2 * 10**12 - 250 * (1_234 + 20_000)
    )
    assert cash_views.unclaimed(market.node, market.head(), agent, market.cash.token.address, HOLDERS[:1]) == {
        HOLDERS[0]: 0
    }


def test_failures_are_foreseen_leg_by_leg_and_as_a_whole(market: Market) -> None:
    plan = legs(6)
    poor, silent, lapsed = (leg.wallet for leg in plan[1:4])
    market.evm.send(
        market.cash.token.call(poor, "transfer", TREASURY, 999_000),
        market.cash.token.call(silent, "approve", market.cash.dvp.address, 0),
    )
    market.evm.send(market.suite.register_call([lapsed], expiry=market.evm.now + 1))
    market.evm.rpc("evm_increaseTime", 2)
    market.evm.rpc("evm_mine")
    told = market.foreseen(plan)
    assert told.batch == ""
    assert [bool(words) for words in told.legs] == [False, True, True, True, False, False]
    assert told.legs[1] == f"{poor} holds 1,000 units; 1,980 are needed (980 too few)."
    assert told.legs[2].startswith(f"{market.cash.dvp.address} may still spend 0 units; 1,980 are needed")
    assert told.legs[3].startswith(f"The registration of {lapsed} ended on ")
    good = [leg for leg, words in zip(plan, told.legs, strict=True) if not words]
    with pytest.raises(direct.Refused):
        market.send(SETTLER, market.primary(plan))
    market.send(SETTLER, market.primary(good))
    again = market.foreseen(good)
    assert [words.split(" of ")[0] for words in again.legs] == [f"Number {leg.number}" for leg in good]
    late = market.foreseen(plan, valid_until=market.evm.now - 1)
    assert late.batch.startswith("The order ended on")


def test_a_full_batch_can_be_asked_about_within_the_gas_of_a_call(market: Market) -> None:
    told = market.foreseen(legs(MOST_LEGS))
    assert told == cash_views.Foreseen("", ("",) * MOST_LEGS)


def test_a_computed_coupon_is_sized_while_dealing_is_closed(market: Market) -> None:
    agent, token, coupon = market.cash.agent.address, market.security.address, "0x" + COUPON.hex()
    market.evm.send(market.suite.issue_call(market.security, HOLDERS[:BATCH], 20))
    market.cash.fund(COUPON, market.security)
    market.suite.close_dealing(market.security)
    rows = [(70_001 + n, to) for n, to in enumerate(HOLDERS[:BATCH])]

    def build(part: Sequence[tuple[int, str]]) -> Call:
        return calls.pay_computed(agent, coupon, token, part, Rate(5, 2, Rounding.HALF_EVEN), market.evm.now + YEAR)

    found = batch_size(node=market.node, sender=PAYER, build=build, items=rows, most=MOST_PAYMENTS, worst=WORST_PAYMENT)
    assert found.size == MOST_PAYMENTS
    assert market.send(PAYER, build(rows)) <= room()
    paid = cash_views.event_view(market.node, market.head(), agent, coupon).paid
    assert paid == BATCH * 50
