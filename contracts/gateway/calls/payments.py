"""Calls of the PayingAgent: events, payments and what was not claimed. Amounts are minor units of the currency.

Whose numbers. The agent keeps a bitmap of numbers per token beside the controller's: a number burns at most once there
and pays at most once here, in either order or together. The outbox, like the instructions, knows a number only by the
token that counted it, so:

- `pay`, `pay_computed`, `redeem_and_pay` carry numbered items of the *security token*: one live intent per number, and
  the outcome is found by (token, number) like that of an issue. `redeem_and_pay` uses the number in both bitmaps.
- `retire` names numbers without carrying them as its own: the number goes on to its burn (`redeem`), whose intent must
  still be possible. Retiring twice is refused by the agent itself.
- `draw_for` is counted by the *cash token*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from contracts.gateway import abi
from contracts.gateway.calls.types import Call, Item
from contracts.gateway.orders import Order

_AGENT = "PayingAgent"


class PaymentKind(IntEnum):
    """IPayingAgent.PaymentKind: only a redemption burns."""

    COUPON = 0
    REDEMPTION = 1


class Rounding(IntEnum):
    """IPayingAgent.Rounding: how a computed amount becomes whole minor units."""

    DOWN = 0
    HALF_UP = 1
    HALF_EVEN = 2
    UP = 3


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment; `to_reserve` where it is known that the wallet cannot take it."""

    number: int
    wallet: str
    amount: int
    to_reserve: bool = False


@dataclass(frozen=True, slots=True)
class Redemption:
    """One burn and the payment for it. `units` may be a part of what the wallet holds."""

    number: int
    wallet: str
    units: int
    amount: int


@dataclass(frozen=True, slots=True)
class Rate:
    """Minor units per unit of the security, as a fraction."""

    numerator: int
    denominator: int
    rounding: Rounding


def open_event(agent: str, event: str, token: str, cash: str, kind: PaymentKind, treasury: str) -> Call:
    """Open a payment event; `event` (0x bytes32) is never used again."""
    text = f"Open the payment event {event} ({kind.name.lower()} of {token} in {cash})"
    args = (_bytes32(event), token.lower(), cash.lower(), int(kind), treasury.lower())
    return _call(agent, "openEvent", args, text)


def fund_event(agent: str, event: str, amount: int) -> Call:
    """Pull exactly `amount` from the event's treasury, by its allowance."""
    return _call(
        agent, "fund", (_bytes32(event), amount), f"Fund the payment event {event} with {amount:,} minor units"
    )


def close_event(agent: str, event: str) -> Call:
    """Return what is neither paid nor reserved to the treasury; nothing is paid afterwards."""
    return _call(agent, "closeEvent", (_bytes32(event),), f"Close the payment event {event}")


def pay(agent: str, event: str, token: str, payments: Sequence[Payment], valid_until: int) -> Call:
    """Pay amounts computed outside; a wallet that refuses is reserved for. `token` is the security of the event."""
    rows = [(p.number, p.wallet.lower(), p.amount, p.to_reserve) for p in payments]
    total = sum(p.amount for p in payments)
    text = f"Pay {total:,} minor units on {token} in {len(rows)} payments (event {event})"
    items = tuple(Item(p.number, p.wallet.lower(), 0) for p in payments)
    return _numbered(agent, "pay", (_bytes32(event), rows, valid_until), text, token, items)


def pay_computed(
    agent: str, event: str, token: str, payments: Sequence[tuple[int, str]], rate: Rate, valid_until: int
) -> Call:
    """Pay balance x rate to each (number, wallet), while dealing in the series is closed."""
    numbers, wallets = [n for n, _ in payments], [w.lower() for _, w in payments]
    fraction = (rate.numerator, rate.denominator, int(rate.rounding))
    text = f"Pay {rate.numerator:,}/{rate.denominator:,} minor units a unit of {token} to {len(numbers)} wallets"
    items = tuple(Item(n, w, 0) for n, w in zip(numbers, wallets, strict=True))
    args = (_bytes32(event), numbers, wallets, fraction, valid_until)
    return _numbered(agent, "payComputed", args, f"{text} (event {event})", token, items)


def redeem_and_pay(agent: str, event: str, token: str, redemptions: Sequence[Redemption], valid_until: int) -> Call:
    """Burn each item at the controller and pay for it, together."""
    rows = [(r.number, r.wallet.lower(), r.units) for r in redemptions]
    amounts = [r.amount for r in redemptions]
    units = sum(r.units for r in redemptions)
    text = f"Redeem {units:,} units of {token} for {sum(amounts):,} minor units in {len(rows)} items (event {event})"
    items = tuple(Item(*row) for row in rows)
    return _numbered(agent, "redeemAndPay", (_bytes32(event), rows, amounts, valid_until), text, token, items)


def retire(agent: str, token: str, numbers: Sequence[int], order: Order) -> Call:
    """Use up payment numbers unpaid, because bank rails pay them."""
    text = f"Use up {len(numbers)} payment numbers of {token}: bank rails pay them"
    data = abi.encode_call(_AGENT, "retire", (token.lower(), list(numbers), order.as_tuple()))
    # Items without numbers: thinned with the batch, and no claim on the number's burn.
    items = tuple(Item(0, "", 0) for _ in numbers)
    return Call(agent.lower(), data, _AGENT, "retire", text, items=items)


def draw_for(agent: str, cash: str, *, wallet: str, to: str, amount: int, number: int, order: Order) -> Call:
    """Pay out of a holder's reserve by order, to him or to whom it names; `number` is one of the cash token's."""
    text = f"Draw {amount:,} minor units of {cash} reserved for {wallet}, to {to} (number {number})"
    args = (cash.lower(), wallet.lower(), to.lower(), amount, number, order.as_tuple())
    return _numbered(agent, "drawFor", args, text, cash, (Item(number, to.lower(), 0),))


def _call(agent: str, function: str, args: Sequence[Any], text: str) -> Call:
    return Call(agent.lower(), abi.encode_call(_AGENT, function, args), _AGENT, function, text)


def _numbered(
    agent: str, function: str, args: Sequence[Any], text: str, counted_by: str, items: tuple[Item, ...]
) -> Call:
    data = abi.encode_call(_AGENT, function, args)
    return Call(agent.lower(), data, _AGENT, function, text, numbered_by=counted_by.lower(), items=items)


def _bytes32(text: str) -> bytes:
    raw = bytes.fromhex(text.removeprefix("0x"))
    if len(raw) != 32 or not any(raw):
        raise ValueError("a payment event is named by 32 bytes that are not all zero")
    return raw
