"""Calls of DeliveryVersusPayment: units against cash, in one transaction. Amounts are minor units of the currency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.gateway import abi
from contracts.gateway.calls.types import Call, Item
from contracts.gateway.messages import Trade

_DVP = "DeliveryVersusPayment"


@dataclass(frozen=True, slots=True)
class Leg:
    """One buyer of a primary batch: the number of his issue, what he gets and what he pays.

    `follows` is the number of the confirmation that makes room for it; the chain never sees it.
    """

    number: int
    wallet: str
    units: int
    amount: int
    follows: int = 0

    def as_tuple(self) -> tuple[int, str, int, int]:
        """In the order of IDeliveryVersusPayment.PrimaryLeg."""
        return (self.number, self.wallet.lower(), self.units, self.amount)


def settle_primary(dvp: str, token: str, cash: str, treasury: str, legs: Sequence[Leg], valid_until: int) -> Call:
    """Every buyer's cash to the treasury and his units to him, all legs or none; `valid_until` in unix seconds.

    The legs' numbers are those of the ISSUE instructions: the controller uses them up, the token counts them.
    """
    rows = [leg.as_tuple() for leg in legs]
    units, amount = sum(leg.units for leg in legs), sum(leg.amount for leg in legs)
    text = f"Deliver {units:,} units of {token} against {amount:,} minor units of {cash} in {len(rows)} legs"
    args = (token.lower(), cash.lower(), treasury.lower(), rows, valid_until)
    items = tuple(Item(leg.number, leg.wallet.lower(), leg.units, leg.follows) for leg in legs)
    data = abi.encode_call(_DVP, "settlePrimary", args)
    return Call(dvp.lower(), data, _DVP, "settlePrimary", text, numbered_by=token.lower(), items=items)


def settle_trade(dvp: str, trade: Trade, seller_signature: str, buyer_signature: str) -> Call:
    """Relay a trade that both sides signed. Anybody may; the nonces of both make it happen once."""
    signatures = [bytes.fromhex(s.removeprefix("0x")) for s in (seller_signature, buyer_signature)]
    text = (
        f"Settle {trade.units:,} units of {trade.token} from {trade.seller} to {trade.buyer} "
        f"against {trade.amount:,} minor units of {trade.cash}"
    )
    data = abi.encode_call(_DVP, "settle", (trade.as_tuple(), *signatures))
    return Call(dvp.lower(), data, _DVP, "settle", text)
