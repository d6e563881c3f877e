"""Two investors deal in the bond: each signs the same order with his own key, units and cash change hands at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from contracts.gateway import abi
from custody.register.selectors import holders
from custody.settlement.trades.models import Trade
from custody.settlement.trades.services import trade_message, trade_propose, trade_sign
from custody.tokenisation.selectors import contract_address
from tokenization.kernel import clock
from tokenization.kernel.errors import Refused
from tokenization.rehearsal import chain
from tokenization.rehearsal.checks import Check, check, refused
from tokenization.rehearsal.market import figures
from tokenization.rehearsal.market.delivery import allow, deposited
from tokenization.rehearsal.market.mandate import token
from tokenization.rehearsal.market.people import BUYER, SELLER
from tokenization.rehearsal.people import Investor, person
from tokenization.rehearsal.phases.books import reconciled, settled_down
from tokenization.rehearsal.phases.investors import party_of, wallet_of

UNITS = 500
# At 101.25 per 100 of face.
PRICE_MINOR = UNITS * figures.BOND_FACE_MINOR * 10_125 // 10_000
DEPOSIT = "DEPOSIT-1"


def bond() -> Sequence[Check]:
    """The buyer turns money into cash tokens; both allow settlement to draw, both sign; anybody may relay."""
    deposited(DEPOSIT, wallet_of(BUYER), PRICE_MINOR)
    before = _held(SELLER), _held(BUYER)
    trade = Trade.objects.filter(token=token(figures.BOND)).first() or _agreed()
    checks = []
    if trade.state == "PROPOSED":
        wrong = lambda: _sign(trade, SELLER, key=BUYER)  # noqa: E731
        checks.append(refused("the other side's key signs for nobody else", wrong, error=Refused))
        for side in (SELLER, BUYER):
            _sign(trade, side, key=side)
    chain.wait_for("the trade settled", lambda: Trade.objects.get(pk=trade.pk).state == "SETTLED")
    return [
        *checks,
        check("seller gave", UNITS, before[0] - _held(SELLER)),
        check("buyer got", UNITS, _held(BUYER) - before[1]),
        *reconciled("secondary trade"),
    ]


def _agreed() -> Trade:
    allow(BUYER, "DELIVERY_VERSUS_PAYMENT", PRICE_MINOR)
    data = abi.encode_call("SecurityToken", "approve", (contract_address("DELIVERY_VERSUS_PAYMENT"), UNITS))
    chain.send(SELLER.key, to=token(figures.BOND).address, data=data)
    settled_down()
    return trade_propose(
        token=token(figures.BOND),
        seller=wallet_of(SELLER),
        buyer=wallet_of(BUYER),
        units=UNITS,
        amount_minor=PRICE_MINOR,
        valid_until=clock.now() + timedelta(days=2),
        party=party_of(SELLER),
        actor=person(SELLER.username),
        now=clock.now(),
    )


def _sign(trade: Trade, side: Investor, *, key: Investor) -> None:
    trade_sign(
        trade=trade,
        signature=key.key.sign_typed_data(trade_message(trade)),
        party=party_of(side),
        actor=person(side.username),
        now=clock.now(),
    )


def _held(member: Investor) -> int:
    return {row.account: int(row.units) for row in holders(token(figures.BOND))}.get(member.key.address, 0)
