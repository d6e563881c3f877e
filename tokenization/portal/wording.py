"""Purchases, payments, prices and costs in an investor's words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from custody.settlement.trades.models import Trade
from issuance.allotment.models import Allotment
from issuance.allotment.pricing import unit_price_words
from issuance.maths.rounding import half_up
from tokenization.kernel.money import minor_digits
from tokenization.portal.positions import Holding
from tokenization.portal.worth import Cost, LastPrice, Worth
from tokenization.theme.figures import day, money, price, units

SETTLEMENT = {
    "AWAITING_CASH": lazy("Please pay, quoting the reference"),
    "CASH_CONFIRMED": lazy("Paid: being reserved at the depository"),
    "IMMOBILISED": lazy("Paid: about to be delivered"),
    "ISSUING": lazy("Paid: being delivered"),
    "DELIVERED": lazy("Delivered to your wallet"),
    "UNDELIVERABLE": lazy("Could not be delivered: your money will be returned"),
    "WITHDRAWN": lazy("Could not be delivered: your money is being returned"),
    "REFUNDED": lazy("Your money was returned"),
    "LAPSED": lazy("Not paid in time: the allotment has lapsed"),
}
# An allotment whose settlement nobody has opened yet.
UNOPENED = {
    "ALLOTTED": lazy("Allotted: payment details follow"),
    "LAPSED": lazy("The allotment has lapsed"),
    "WITHDRAWN": lazy("The allotment was withdrawn"),
}
PAYMENT = {
    "PREPARED": lazy("Recorded: will be released for the payment date"),
    "DUE": lazy("Due: will be paid on the payment date"),
    "RESERVED": lazy("Kept for you: neither wallet nor bank account could take it"),
    "PAID": lazy("Paid"),
}
_MOVEMENT = {
    "ISSUE": lazy("Bought and delivered"),
    "REDEEM": lazy("Redeemed"),
    "ANNUL": lazy("Removed: created by nobody's order"),
    "FORCED_TRANSFER": lazy("Moved by order"),
    "RECOVERY": lazy("Moved to a new wallet"),
    "UNEXPLAINED": lazy("Created by nobody's order, in dispute"),
}


def movement(cause: str, moved: int) -> str:
    """Why units came or went."""
    own = _("Received from another holder") if moved > 0 else _("Sent to another holder")
    return str(_MOVEMENT.get(cause, own))


def source_words(allotment: Allotment) -> str:
    """Where an allotment came from: 'the offer of 2 Jul 2026 at a fixed price', 'auction 3 of XXTEST000016'."""
    if allotment.bid is not None:
        return _("auction %(auction_number)s of %(isin)s") % {
            "auction_number": allotment.bid.auction.number,
            "isin": allotment.series.isin,
        }
    return _("the offer of %(day)s at a fixed price") % {"day": day(allotment.settlement_date)}


def price_words(price: LastPrice | None) -> str:
    """Which price a value is taken at: '97.4168 of 2 Jul 2026, offer at a fixed price'."""
    if price is None:
        return _("no price yet")
    said = {"quoted": f"{price.quoted:f}", "day": day(price.on), "source": price.source}
    if price.per_unit:
        return _("%(quoted)s a unit of %(day)s, %(source)s") % said
    return _("%(quoted)s of %(day)s, %(source)s") % said


def price_facts(allotment: Allotment) -> list[tuple[str, str]]:
    """What was bought and at what price: face and interest of debt, or the backing and the price of a unit."""
    series = allotment.series
    if series.is_reserve:
        return [
            (_("Quantity"), money(allotment.face_minor, series.currency)),
            *unit_price_words(series, allotment.price),
        ]
    return [
        (_("Face value"), money(allotment.face_minor, series.currency)),
        (_("Price per 100 of face"), f"{allotment.price:f}"),
        (_("Accrued interest"), money(allotment.accrued_minor, series.payment_currency)),
    ]


def traded_price(trade: Trade) -> str:
    """'97.5000 per 100 of face' or 'PKR 1,043.2575 a unit': the amount of a trade over what moved, with interest."""
    series, currency = trade.token.series, trade.cash.currency
    if series.is_reserve:
        each = Decimal(trade.amount_minor) / trade.units / 10 ** minor_digits(currency)
        return _("%(price)s a unit") % {"price": f"{currency} {price(half_up(each, 4))}"}
    hundred = Decimal(100 * trade.amount_minor) / (trade.units * series.denomination_minor)
    return _("%(price)s per 100 of face") % {"price": price(half_up(hundred, 4))}


def cost_words(cost: Cost | None, holding: Holding) -> str:
    """What the units cost, and how many of them it is known for."""
    if cost is None:
        return _("not bought here")
    said = money(cost.minor, holding.series.payment_currency)
    return (
        said
        if cost.units == holding.units
        else _("%(said)s for %(units)s of %(units_2)s units")
        % {"said": said, "units": units(cost.units), "units_2": units(holding.units)}
    )


def accrued_words(row: Holding, known: Worth, on: date) -> str:
    """Interest run so far, or why there is none."""
    if known.accrued_minor is not None:
        return money(known.accrued_minor, row.series.payment_currency)
    ended = row.series.coupon_pct and on >= row.series.maturity_date
    return _("none: interest ended at maturity") if ended else _("none: this paper pays no interest")
