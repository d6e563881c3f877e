"""Cash in, units out: every step is pulled forward by one bell."""

from __future__ import annotations

from custody.settlement.services.advance import settlements_advance
from custody.settlement.services.cash import cash_confirm, cash_receive
from custody.settlement.services.journal import cash_account, cash_entry_record
from custody.settlement.services.opening import settlement_lapse, settlement_open

__all__ = [
    "cash_account",
    "cash_confirm",
    "cash_entry_record",
    "cash_receive",
    "settlement_lapse",
    "settlement_open",
    "settlements_advance",
]
