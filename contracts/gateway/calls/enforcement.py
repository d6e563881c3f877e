"""Calls on an order of law: each names its legal basis (contracts/gateway/orders.py) and its reference."""

from __future__ import annotations

from typing import Any

from contracts.gateway.calls.builders import call, numbered
from contracts.gateway.calls.types import Call, Item
from contracts.gateway.orders import BY_CODE, Order


def recover(controller: str, token: str, *, number: int, lost: str, replacement: str, units: int, order: Order) -> Call:
    """Everything that the lost wallet holds goes to another wallet of the same investor; `units` is what that is."""
    args = (token.lower(), number, lost.lower(), replacement.lower(), order.as_tuple())
    text = f"Recover {units:,} units of {token} from {lost} to {replacement} (number {number}): {_basis(order)}"
    return numbered(controller, "recover", args, text, token, (Item(number, replacement.lower(), units),))


def pause(controller: str, token: str, order: Order) -> Call:
    return _order(controller, "pause", (token.lower(),), order, f"Pause {token}")


def unpause(controller: str, token: str, order: Order) -> Call:
    return _order(controller, "unpause", (token.lower(),), order, f"Let {token} move again")


def set_wallet_frozen(controller: str, token: str, wallet: str, frozen: bool, order: Order) -> Call:
    text = f"{'Freeze' if frozen else 'Unfreeze'} the wallet {wallet} in {token}"
    return _order(controller, "setWalletFrozen", (token.lower(), wallet.lower(), frozen), order, text)


def freeze_units(controller: str, token: str, wallet: str, units: int, order: Order) -> Call:
    text = f"Freeze {units:,} more units of {token} in {wallet}"
    return _order(controller, "freezeUnits", (token.lower(), wallet.lower(), units), order, text)


def unfreeze_units(controller: str, token: str, wallet: str, units: int, order: Order) -> Call:
    text = f"Free {units:,} frozen units of {token} in {wallet}"
    return _order(controller, "unfreezeUnits", (token.lower(), wallet.lower(), units), order, text)


def set_frozen_units(controller: str, token: str, wallet: str, units: int, order: Order) -> Call:
    """The figure is replaced, and may be more than the wallet holds: what still comes in is frozen too."""
    text = f"Freeze {units:,} units of {token} in {wallet}, whatever it holds"
    return _order(controller, "setFrozenUnits", (token.lower(), wallet.lower(), units), order, text)


def deactivate(controller: str, token: str, order: Order) -> Call:
    """For ever, after the last redemption."""
    return _order(controller, "deactivate", (token.lower(),), order, f"Close {token} for ever")


def upgrade(controller: str, token: str, implementation: str, data: bytes = b"") -> Call:
    """New code for one token; a delayed power."""
    args = (token.lower(), implementation.lower(), data)
    return call("Controller", controller, "upgrade", args, f"Give {token} the code of {implementation}")


def _order(controller: str, function: str, args: tuple[Any, ...], order: Order, text: str) -> Call:
    return call("Controller", controller, function, (*args, order.as_tuple()), f"{text}: {_basis(order)}")


def _basis(order: Order) -> str:
    return BY_CODE[order.basis].words.lower()
