"""What a holding cost, what interest has run on it, and what it is worth at the last price the state sold at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from issuance.allotment.models import Allotment, Offer
from issuance.maths.bills import proceeds_minor
from issuance.maths.rounding import half_up_ratio
from issuance.series.models import Series
from issuance.series.selectors import coupon_schedule, series_paper
from tokenization.identity.models import Party
from tokenization.portal.positions import Holding


@dataclass(frozen=True)
class Cost:
    """What was paid for `units` of the paper, without the accrued interest bought along."""

    units: int
    minor: int


@dataclass(frozen=True)
class LastPrice:
    """Per 100 face, clean; `on` is the settlement date it was for."""

    per_hundred: Decimal
    on: date
    source: str


@dataclass(frozen=True)
class Worth:
    """None stands for what nobody knows: no purchase here, no interest on this paper, no price yet."""

    cost: Cost | None
    accrued_minor: int | None
    price: LastPrice | None
    value_minor: int | None


def worth(holding: Holding, *, on: date) -> Worth:
    """`value_minor`: face at the last price, accrued interest not included."""
    price = last_price(holding.series, on=on)
    value = proceeds_minor(holding.face_minor, price.per_hundred) if price else None
    return Worth(
        cost=cost_of(holding.party, holding.series, holding.units, on=on),
        accrued_minor=accrued_minor(holding.series, holding.face_minor, on=on),
        price=price,
        value_minor=value,
    )


def cost_of(party: Party, series: Series, units: int, *, on: date) -> Cost | None:
    """At the average of all that the party was allotted and paid by that day; units that came otherwise have none."""
    bought = Allotment.objects.filter(party=party, series=series, state="SETTLED", settlement_date__lte=on)
    sums = bought.aggregate(units=Sum("units"), paid=Sum("proceeds_minor"), accrued=Sum("accrued_minor"))
    if not sums["units"]:
        return None
    counted = min(units, int(sums["units"]))
    return Cost(counted, half_up_ratio((int(sums["paid"]) - int(sums["accrued"])) * counted, int(sums["units"])))


def accrued_minor(series: Series, face_minor: int, *, on: date) -> int | None:
    """Interest run since the last coupon date, at the market's printed digits, half up; None for paper without coupons
    and outside its life."""
    if not series.issue_date <= on < series.maturity_date or not coupon_schedule(series):
        return None
    numerator, denominator = series_paper(series, on).accrued.as_integer_ratio()
    return half_up_ratio(face_minor * numerator, 100 * denominator)


def last_price(series: Series, *, on: date) -> LastPrice | None:
    """The price of the latest sale by the state that settled by that day; None before the first, face from maturity."""
    if on >= series.maturity_date:
        return LastPrice(Decimal(100), series.maturity_date, "repayment at face")
    sold = Offer.objects.filter(series=series, state="ALLOTTED", settlement_date__lte=on)
    row = sold.order_by("-settlement_date", "-id").first()
    return LastPrice(row.price, row.settlement_date, "offer at a fixed price") if row else None
