"""Cash in, units out: the journal, and each allotment's payment against its delivery, pulled forward by one bell."""

from __future__ import annotations

from custody.settlement.services.advance import settlements_advance
from custody.settlement.services.allotted import Opened, settlements_open
from custody.settlement.services.cash import cash_confirm, cash_receive
from custody.settlement.services.journal import cash_account, cash_balance, journal_post
from custody.settlement.services.matching import FileTaken, Outcome, bank_file_take, statement_match
from custody.settlement.services.opening import settlement_lapse, settlement_open
from custody.settlement.services.suspense import suspense_hold

__all__ = [
    "Opened",
    "FileTaken",
    "Outcome",
    "bank_file_take",
    "cash_account",
    "cash_balance",
    "cash_confirm",
    "cash_receive",
    "journal_post",
    "settlement_lapse",
    "settlement_open",
    "settlements_open",
    "settlements_advance",
    "statement_match",
    "suspense_hold",
]
