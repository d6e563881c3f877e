"""Typed calls: every function the platform sends, encoded, named and described in words."""

from __future__ import annotations

from contracts.gateway.calls.builders import (
    Registration,
    annul,
    call,
    confirm,
    create_token,
    deploy,
    forced_transfer,
    grant_role,
    issue,
    multicall,
    redeem,
    register_wallets,
    remove_wallets,
    set_function_role,
    withdraw,
)
from contracts.gateway.calls.subset import splittable, subset
from contracts.gateway.calls.types import Call, Item
from contracts.gateway.typed_data import Confirmation

__all__ = [
    "Call",
    "Confirmation",
    "Item",
    "Registration",
    "annul",
    "call",
    "confirm",
    "create_token",
    "deploy",
    "forced_transfer",
    "grant_role",
    "issue",
    "multicall",
    "redeem",
    "register_wallets",
    "remove_wallets",
    "set_function_role",
    "splittable",
    "subset",
    "withdraw",
]
