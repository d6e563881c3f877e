"""Proposing, signing and relaying trades; what became of them is read from final logs."""

from __future__ import annotations

from custody.settlement.trades.services.advance import trades_advance
from custody.settlement.trades.services.agree import trade_decline, trade_message, trade_propose, trade_sign

__all__ = ["trade_decline", "trade_message", "trade_propose", "trade_sign", "trades_advance"]
