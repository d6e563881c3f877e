"""Redemption at maturity: record, approval, then burn and payment as legs that never wait for each other."""

from __future__ import annotations

from custody.servicing.services.advance import redemption_advance
from custody.servicing.services.pay import payment_confirm, redemption_fund
from custody.servicing.services.record import redemption_open, redemption_record

__all__ = ["payment_confirm", "redemption_advance", "redemption_fund", "redemption_open", "redemption_record"]
