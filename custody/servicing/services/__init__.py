"""Redemption at maturity: record, approve, then burn and payment as legs that do not wait for each other."""

from __future__ import annotations

from custody.servicing.services.advance import redemption_advance
from custody.servicing.services.opening import redemption_open
from custody.servicing.services.payment import payment_confirm, payment_suspend

__all__ = ["payment_confirm", "payment_suspend", "redemption_advance", "redemption_open"]
