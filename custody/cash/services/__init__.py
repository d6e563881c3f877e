"""Cash tokens: minted on booked credits, burned before they are paid out, swept from the treasury the same day."""

from __future__ import annotations

from custody.cash.services.advance import cash_advance
from custody.cash.services.burn import (
    cash_burn_cancel,
    cash_burn_paid,
    cash_burn_request,
    proceeds_sweep,
    recovery_draft,
)
from custody.cash.services.credit import cash_deposit, cash_mint_give_up, settlement_mint_open

__all__ = [
    "cash_advance",
    "cash_burn_cancel",
    "cash_burn_paid",
    "cash_burn_request",
    "cash_deposit",
    "cash_mint_give_up",
    "proceeds_sweep",
    "recovery_draft",
    "settlement_mint_open",
]
