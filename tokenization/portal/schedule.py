"""What a holding will pay until the paper is repaid, by today's calendar and before tax."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from issuance.maths.rounding import half_up_ratio
from issuance.series.models import Series
from issuance.series.selectors import coupon_per_hundred, coupon_schedule, series_calendar
from tokenization.portal.positions import Holding


@dataclass(frozen=True)
class Expected:
    """`gross_minor` as if the units held now were held then; `on` is the business day of payment."""

    holding: Holding
    on: date
    what: str
    gross_minor: int


def repayment_day(series: Series) -> date:
    return series_calendar(series).following(series.maturity_date)


def expected(holding: Holding, *, after: date) -> list[Expected]:
    """Coupons and the repayment due after that day, in order; none for what is redeemed in kind."""
    series, face = holding.series, holding.face_minor
    found = []
    for coupon in coupon_schedule(series):
        if coupon.paid > after:
            share = coupon_per_hundred(series, coupon)
            gross = half_up_ratio(face * share.numerator, 100 * share.denominator)
            found.append(Expected(holding, coupon.paid, _("Coupon"), gross))
    if not series.is_reserve and (last := repayment_day(series)) > after:
        found.append(Expected(holding, last, _("Repayment at maturity"), face))
    return found
