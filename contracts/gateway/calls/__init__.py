"""Typed calls: every function the platform sends, encoded, named and described in words."""

from __future__ import annotations

from contracts.gateway.calls.authority import (
    cancel,
    execute,
    grant_role,
    multicall,
    operations,
    renounce_role,
    revoke_role,
    schedule,
    set_function_role,
    set_grant_delay,
    set_guardian,
)
from contracts.gateway.calls.builders import (
    Registration,
    annul,
    call,
    confirm,
    create_token,
    deploy,
    forced_transfer,
    issue,
    redeem,
    register_wallets,
    remove_wallets,
    withdraw,
)
from contracts.gateway.calls.enforcement import (
    deactivate,
    freeze_units,
    pause,
    recover,
    set_frozen_units,
    set_wallet_frozen,
    unfreeze_units,
    unpause,
    upgrade,
)
from contracts.gateway.calls.subset import splittable, subset
from contracts.gateway.calls.types import Call, Item
from contracts.gateway.orders import Order
from contracts.gateway.typed_data import Confirmation

__all__ = [
    "Call",
    "Confirmation",
    "Item",
    "Order",
    "Registration",
    "annul",
    "call",
    "cancel",
    "confirm",
    "create_token",
    "deactivate",
    "deploy",
    "execute",
    "forced_transfer",
    "freeze_units",
    "grant_role",
    "issue",
    "multicall",
    "operations",
    "pause",
    "recover",
    "redeem",
    "register_wallets",
    "remove_wallets",
    "renounce_role",
    "revoke_role",
    "schedule",
    "set_frozen_units",
    "set_function_role",
    "set_grant_delay",
    "set_guardian",
    "set_wallet_frozen",
    "splittable",
    "subset",
    "unfreeze_units",
    "unpause",
    "upgrade",
    "withdraw",
]
