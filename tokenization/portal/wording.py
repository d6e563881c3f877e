"""Purchases, payments, prices and costs in an investor's words."""

from __future__ import annotations

from datetime import date

from issuance.allotment.models import Allotment
from issuance.allotment.pricing import unit_price_words
from tokenization.kernel.writing import day, money, units
from tokenization.portal.positions import Holding
from tokenization.portal.worth import Cost, LastPrice, Worth

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
# An allotment whose settlement nobody has opened yet.
UNOPENED = {
    "ALLOTTED": "Allotted: payment details follow",
    "LAPSED": "The allotment has lapsed",
    "WITHDRAWN": "The allotment was withdrawn",
}
PAYMENT = {
    "PREPARED": "Recorded: will be released for the payment date",
    "DUE": "Due: will be paid on the payment date",
    "RESERVED": "Kept for you: neither wallet nor bank account could take it",
    "PAID": "Paid",
}
_MOVEMENT = {
    "ISSUE": "Bought and delivered",
    "REDEEM": "Redeemed",
    "ANNUL": "Removed: created by nobody's order",
    "FORCED_TRANSFER": "Moved by order",
    "RECOVERY": "Moved to a new wallet",
    "UNEXPLAINED": "Created by nobody's order, in dispute",
}


def movement(cause: str, moved: int) -> str:
    """Why units came or went."""
    own = "Received from another holder" if moved > 0 else "Sent to another holder"
    return _MOVEMENT.get(cause, own)


def source_words(allotment: Allotment) -> str:
    """Where an allotment came from: 'the offer of 2 Jul 2026 at a fixed price', 'auction 3 of XXTEST000016'."""
    if allotment.bid is not None:
        return f"auction {allotment.bid.auction.number} of {allotment.series.isin}"
    return f"the offer of {day(allotment.settlement_date)} at a fixed price"


def price_words(price: LastPrice | None) -> str:
    """Which price a value is taken at: '97.4168 of 2 Jul 2026, offer at a fixed price'."""
    if price is None:
        return "no price yet"
    return f"{price.quoted:f}{' a unit' if price.per_unit else ''} of {day(price.on)}, {price.source}"


def price_facts(allotment: Allotment) -> list[tuple[str, str]]:
    """What was bought and at what price: face and interest of debt, or the backing and the price of a unit."""
    series = allotment.series
    if series.is_reserve:
        return [("Quantity", money(allotment.face_minor, series.currency)), *unit_price_words(series, allotment.price)]
    return [
        ("Face value", money(allotment.face_minor, series.currency)),
        ("Price per 100 of face", f"{allotment.price:f}"),
        ("Accrued interest", money(allotment.accrued_minor, series.payment_currency)),
    ]


def cost_words(cost: Cost | None, holding: Holding) -> str:
    """What the units cost, and how many of them it is known for."""
    if cost is None:
        return "not bought here"
    said = money(cost.minor, holding.series.payment_currency)
    return said if cost.units == holding.units else f"{said} for {units(cost.units)} of {units(holding.units)} units"


def accrued_words(row: Holding, known: Worth, on: date) -> str:
    """Interest run so far, or why there is none."""
    if known.accrued_minor is not None:
        return money(known.accrued_minor, row.series.payment_currency)
    if row.series.is_reserve:
        return "none: a commodity bears no interest"
    ended = row.series.coupon_pct and on >= row.series.maturity_date
    return "none: interest ended at maturity" if ended else "none: this paper pays no interest"
