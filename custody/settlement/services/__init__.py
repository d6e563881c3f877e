"""The cash journal, and each allotment's payment against its delivery."""

from __future__ import annotations

from custody.settlement.services.journal import cash_account, cash_balance, journal_post

__all__ = ["cash_account", "cash_balance", "journal_post"]
