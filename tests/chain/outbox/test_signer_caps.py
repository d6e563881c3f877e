"""What the signer lets settlement and the paying agent sign: functions by key, units and money by cap."""

from __future__ import annotations

import pytest

from contracts.gateway import calls
from contracts.gateway.addresses import create_address
from contracts.gateway.calls import Leg, Order, Payment, PaymentKind, Rate, Redemption, Rounding
from contracts.gateway.errors import SignerRefused
from contracts.gateway.keys import Transaction
from contracts.gateway.messages import Trade
from contracts.gateway.remote import RemoteSigner, Request
from tests.support.parts import Signers

pytestmark = pytest.mark.chain

TOKEN, WALLET = "0x" + "aa" * 20, "0x" + "bb" * 20


@pytest.fixture
def issuer(signers: Signers) -> RemoteSigner:
    return RemoteSigner(signers.issuer.url, signers.issuer.token)


def created(issuer: RemoteSigner, artifact: str) -> str:
    """A contract that the signer has signed the creation of; both kinds are built with four addresses."""
    bootstrap, data = issuer.addresses()["bootstrap"], calls.deploy(artifact, (WALLET,) * 4).data
    issuer.sign(Request("bootstrap", Transaction(31337, 0, None, data, 0, 1_000_000, 10, 1)))
    return create_address(bootstrap, 0)


MOST_UNITS, MOST_MONEY = 10**14, 10**15


def test_settlement_is_limited_in_units_and_in_money(issuer: RemoteSigner) -> None:
    dvp = created(issuer, "DeliveryVersusPayment")
    signature = "0x" + "11" * 65

    def batch(*pairs: tuple[int, int]) -> bytes:
        legs = [Leg(n, WALLET, units, amount) for n, (units, amount) in enumerate(pairs, 1)]
        return calls.settle_primary(dvp, TOKEN, TOKEN, WALLET, legs, 9).data

    def trade(units: int, amount: int) -> bytes:
        return calls.settle_trade(
            dvp, Trade(TOKEN, WALLET, TOKEN, units, TOKEN, amount, 1, 2, 9), signature, signature
        ).data

    half = (MOST_UNITS // 2, MOST_MONEY // 2)
    for data in (batch(half, half), trade(MOST_UNITS, MOST_MONEY)):
        issuer.check("settlement", dvp, data, 0)
        with pytest.raises(SignerRefused):
            issuer.check("issuer", dvp, data, 0)
    for data, unit in (
        (batch(half, half, (1, 1)), "units"),
        (batch(half, half, (0, 1)), "minor units"),
        (trade(MOST_UNITS + 1, 1), "units"),
        (trade(1, MOST_MONEY + 1), "minor units"),
    ):
        with pytest.raises(SignerRefused, match=f"^[0-9]+ {unit} are more than") as caught:
            issuer.check("settlement", dvp, data, 0)
        assert caught.value.rule == "policy"


def test_payments_are_limited_in_money_and_a_draw_is_not_the_payers(issuer: RemoteSigner) -> None:
    agent, event, order = created(issuer, "PayingAgent"), "0x" + "e1" * 32, Order(7, "0x" + "5a" * 32)
    within = {
        "openEvent": calls.open_event(agent, event, TOKEN, TOKEN, PaymentKind.COUPON, WALLET),
        "fund": calls.fund_event(agent, event, MOST_MONEY),
        "pay": calls.pay(agent, event, TOKEN, [Payment(1, WALLET, MOST_MONEY - 1), Payment(2, WALLET, 1)], 9),
        "redeemAndPay": calls.redeem_and_pay(
            agent, event, TOKEN, [Redemption(1, WALLET, MOST_UNITS, MOST_MONEY - 1), Redemption(2, WALLET, 0, 1)], 9
        ),
        "payComputed": calls.pay_computed(agent, event, TOKEN, [(1, WALLET)], Rate(1, 1, Rounding.DOWN), 9),
        "retire": calls.retire(agent, TOKEN, [1, 2], order),
        "closeEvent": calls.close_event(agent, event),
    }
    for name, call in within.items():
        assert call.function == name
        issuer.check("payer", agent, call.data, 0)
    draw = calls.draw_for(agent, TOKEN, wallet=WALLET, to=WALLET, amount=MOST_MONEY, number=1, order=order)
    issuer.check("enforcement", agent, draw.data, 0)
    too_much = calls.draw_for(agent, TOKEN, wallet=WALLET, to=WALLET, amount=MOST_MONEY + 1, number=1, order=order)
    beyond = [
        ("payer", calls.fund_event(agent, event, MOST_MONEY + 1)),
        ("payer", calls.pay(agent, event, TOKEN, [Payment(1, WALLET, MOST_MONEY), Payment(2, WALLET, 1)], 9)),
        ("payer", calls.redeem_and_pay(agent, event, TOKEN, [Redemption(1, WALLET, MOST_UNITS + 1, 1)], 9)),
        ("payer", calls.redeem_and_pay(agent, event, TOKEN, [Redemption(1, WALLET, 1, MOST_MONEY + 1)], 9)),
        ("payer", draw),
        ("enforcement", too_much),
        ("enforcement", within["pay"]),
    ]
    for key, call in beyond:
        with pytest.raises(SignerRefused) as caught:
            issuer.check(key, agent, call.data, 0)
        assert caught.value.rule == "policy"
