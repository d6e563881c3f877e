"""The states of a purchase and of a payment in an investor's words."""

from __future__ import annotations

SETTLEMENT = {
    "AWAITING_CASH": "Please pay, quoting the reference",
    "CASH_CONFIRMED": "Paid: being reserved at the depository",
    "IMMOBILISED": "Paid: about to be delivered",
    "ISSUING": "Paid: being delivered",
    "DELIVERED": "Delivered to your wallet",
    "UNDELIVERABLE": "Could not be delivered: your money will be returned",
    "WITHDRAWN": "Could not be delivered: your money is being returned",
    "REFUNDED": "Your money was returned",
    "LAPSED": "Not paid in time: the allotment has lapsed",
}
PAYMENT = {
    "DUE": "Due: will be paid on the payment date",
    "PAID": "Paid",
    "SUSPENSE": "Held for you until a question is settled",
}
_MOVEMENT = {
    "ISSUE": "Bought and delivered",
    "REDEEM": "Redeemed",
    "ANNUL": "Removed: created by nobody's order",
    "FORCED_TRANSFER": "Moved by order",
    "RECOVERY": "Moved to a new wallet",
    "UNEXPLAINED": "Created by nobody's order, in dispute",
}


def movement(cause: str, units: int) -> str:
    """Why units came or went."""
    own = "Received from another holder" if units > 0 else "Sent to another holder"
    return _MOVEMENT.get(cause, own)
