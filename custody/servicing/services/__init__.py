"""Coupons and redemptions: what is due as of the record block, funded, released by two, paid, burned, extinguished."""

from __future__ import annotations

from custody.servicing.services.advance import servicing_advance
from custody.servicing.services.fund import event_fund, event_fund_in_tokens
from custody.servicing.services.pay import payment_confirm, payments_confirm
from custody.servicing.services.prepare import payments_prepare
from custody.servicing.services.record import event_record
from custody.servicing.services.schedule import coupon_open, events_open_due, redemption_open
from custody.servicing.services.tax import tax_deposit

__all__ = [
    "coupon_open",
    "event_fund",
    "event_fund_in_tokens",
    "event_record",
    "events_open_due",
    "payment_confirm",
    "payments_confirm",
    "payments_prepare",
    "redemption_open",
    "servicing_advance",
    "tax_deposit",
]
