"""What a holding cost, what interest has run on it, and what it is worth at the last price the state sold at."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Sum
from django.utils.translation import gettext as _

from custody.settlement.trades.models import Trade
from issuance.allotment.models import Allotment, AuctionDecision, Offer
from issuance.maths.bills import proceeds_minor
from issuance.maths.rounding import half_up_ratio
from issuance.series.models import Series
from issuance.series.selectors import coupon_schedule, series_paper
from tokenization.identity.models import Party
from tokenization.kernel import clock
from tokenization.kernel.money import minor_digits
from tokenization.portal.positions import Holding


@dataclass(frozen=True)
class Cost:
    """What was paid for `units` of the paper, without the accrued interest bought along."""

    units: int
    minor: int


@dataclass(frozen=True)
class LastPrice:
    """Per 100 face, clean, or per unit of a reserve-backed series; `on` is the settlement date it was for."""

    quoted: Decimal
    on: date
    source: str
    per_unit: bool = False

    def value_minor(self, holding: Holding) -> int:
        """What the holding is worth at it, in the payment currency, half up."""
        if not self.per_unit:
            return proceeds_minor(holding.face_minor, self.quoted)
        numerator, denominator = self.quoted.as_integer_ratio()
        minor = numerator * 10 ** minor_digits(holding.series.payment_currency)
        return half_up_ratio(holding.units * minor, denominator)


@dataclass(frozen=True)
class Worth:
    """None stands for what nobody knows: no purchase here, no interest on this paper, no price yet."""

    cost: Cost | None
    accrued_minor: int | None
    price: LastPrice | None
    value_minor: int | None


def worth(holding: Holding, *, on: date) -> Worth:
    """`value_minor`: face (units of a reserve) at the last price, accrued interest not included."""
    price = last_price(holding.series, on=on)
    value = price.value_minor(holding) if price else None
    return Worth(
        cost=cost_of(holding.party, holding.series, holding.units, on=on),
        accrued_minor=accrued_minor(holding.series, holding.face_minor, on=on),
        price=price,
        value_minor=value,
    )


def cost_of(party: Party, series: Series, units: int, *, on: date) -> Cost | None:
    """At the average of all that the party was allotted and paid, or bought in a trade, by that day.

    Units that came otherwise have none. A trade's price includes its accrued interest, which nobody told apart.
    """
    allotted = Allotment.objects.filter(party=party, series=series, state="SETTLED", settlement_date__lte=on)
    sums = allotted.aggregate(units=Sum("units"), paid=Sum("proceeds_minor"), accrued=Sum("accrued_minor"))
    traded = Trade.objects.filter(token__series=series, sides__party=party, sides__role="BUYER", state="SETTLED")
    trades = traded.filter(settled_log__block__timestamp__lte=end_of(on)).aggregate(
        units=Sum("units"), paid=Sum("amount_minor")
    )
    bought = int(sums["units"] or 0) + int(trades["units"] or 0)
    if not bought:
        return None
    paid = int(sums["paid"] or 0) - int(sums["accrued"] or 0) + int(trades["paid"] or 0)
    counted = min(units, bought)
    return Cost(counted, half_up_ratio(paid * counted, bought))


def end_of(on: date) -> datetime:
    """The last instant of that day where the state keeps its books."""
    midnight = datetime.combine(on + timedelta(days=1), time(0), ZoneInfo(settings.TIME_ZONE))
    return midnight - timedelta(microseconds=1)


def accrued_minor(series: Series, face_minor: int, *, on: date) -> int | None:
    """Interest run since the last coupon date, at the market's printed digits, half up; None for paper without coupons
    and outside its life."""
    if not series.issue_date <= on < series.maturity_date or not coupon_schedule(series):
        return None
    numerator, denominator = series_paper(series, on).accrued.as_integer_ratio()
    return half_up_ratio(face_minor * numerator, 100 * denominator)


def traded_accrued(trade: Trade) -> int | None:
    """The interest that had run on the units of a trade on the day it settled, or today while it has not."""
    series, log = trade.token.series, trade.units_log
    at = log.block.timestamp if log else clock.now()
    return accrued_minor(series, trade.units * series.denomination_minor, on=end_on(at))


def end_on(at: datetime) -> date:
    """The day of an instant where the state keeps its books."""
    return at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def last_price(series: Series, *, on: date) -> LastPrice | None:
    """The price of the latest sale by the state that settled by that day; None before the first; debt has its face
    from maturity on."""
    if on >= series.maturity_date and not series.is_reserve:
        return LastPrice(Decimal(100), series.maturity_date, _("repayment at face"))
    sold = Offer.objects.filter(series=series, state="ALLOTTED", settlement_date__lte=on)
    offer = sold.order_by("-settlement_date", "-id").first()
    held = AuctionDecision.objects.filter(auction__series=series, auction__settlement_date__lte=on)
    held = held.filter(auction__state="ALLOTTED").select_related("auction")
    decision = held.order_by("-auction__settlement_date", "-pk").first()
    if decision and not (offer and offer.settlement_date > decision.auction.settlement_date):
        return _average(decision)
    if offer is None:
        return None
    return LastPrice(offer.price, offer.settlement_date, _("offer at a fixed price"), per_unit=series.is_reserve)


def _average(decision: AuctionDecision) -> LastPrice | None:
    """None where every winner bid without a price, so that there is no average."""
    auction, average = decision.auction, json.loads(decision.result)["weighted_average_price"]
    if average is None:
        return None
    return LastPrice(
        Decimal(average),
        auction.settlement_date,
        _("average of auction %(auction_number)s") % {"auction_number": auction.number},
    )
