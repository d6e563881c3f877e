"""What the terms of live securities bring, whether opened already or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from custody.servicing.models import ServicingEvent
from custody.servicing.services.schedule import coupon_instant, coupon_rate
from custody.tokenisation.models import TokenContract
from custody.tokenisation.services.tokens import record_instant
from issuance.maths.rounding import half_up_ratio
from issuance.series.models import Series
from issuance.series.selectors import coupon_schedule, series_calendar

AHEAD = timedelta(days=366)


@dataclass(frozen=True)
class Upcoming:
    """One date of the calendar that is not opened yet; `per_unit_minor` is rounded for reading."""

    series: Series
    title: str
    record_at: datetime
    payment_date: date
    per_unit_minor: int


def upcoming(*, now: datetime) -> list[Upcoming]:
    """Coupons and redemptions whose record instant lies within a year and that nobody has opened, by payment date."""
    found: list[Upcoming] = []
    for token in TokenContract.objects.filter(state="LIVE", series__isnull=False).select_related("series"):
        known = set(ServicingEvent.objects.filter(token=token).values_list("kind", "sequence"))
        found += [row for key, row in _dates(token.series) if key not in known and now <= row.record_at <= now + AHEAD]
    return sorted(found, key=lambda row: (row.payment_date, row.series.isin, row.title))


def _dates(series: Series) -> list[tuple[tuple[str, int], Upcoming]]:
    dates = []
    for number, coupon in enumerate(coupon_schedule(series), 1):
        rate = coupon_rate(series, coupon)
        per_unit = half_up_ratio(rate.numerator, rate.denominator)
        row = Upcoming(series, f"Coupon {number}", coupon_instant(series, coupon), coupon.paid, per_unit)
        dates.append((("COUPON", number), row))
    if series.is_reserve:
        return dates
    paid = series_calendar(series).following(series.maturity_date)
    last = Upcoming(series, "Redemption", record_instant(series), paid, series.denomination_minor)
    return [*dates, (("REDEMPTION", 1), last)]
