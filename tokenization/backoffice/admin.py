"""Django finds the office's records through this module."""

from __future__ import annotations

from tokenization.backoffice.records import (
    bank,
    cash,
    chain,
    custody,
    issuance,
    people,
    reconciliation,
    register,
    reserves,
    servicing,
    trades,
)

__all__ = [
    "bank",
    "cash",
    "chain",
    "custody",
    "issuance",
    "people",
    "reconciliation",
    "register",
    "reserves",
    "servicing",
    "trades",
]
