"""Reads of series for the rooms above."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from issuance.calendar.selectors import business_calendar
from issuance.maths.calendars import Calendar
from issuance.series.models import Series, TermSheet
from issuance.series.quotes import (
    Quote,
    coupon_per_hundred,
    coupon_schedule,
    series_convention,
    series_paper,
    series_quote,
    unit_convention,
)
from tokenization.kernel.errors import Refused

__all__ = [
    "Quote",
    "coupon_per_hundred",
    "coupon_schedule",
    "latest_term_sheet",
    "live_series",
    "series_by_isin",
    "series_calendar",
    "series_convention",
    "series_paper",
    "series_quote",
    "unit_convention",
]


def series_by_isin(isin: str) -> Series:
    """Refused when there is no such series."""
    row = Series.objects.select_related("programme__envelope__authority").filter(isin=isin).first()
    if row is None:
        raise Refused(f"There is no series {isin}.", field="isin", rule="series.exists")
    return row


def latest_term_sheet(series: Series) -> TermSheet | None:
    return series.term_sheets.select_related("file").order_by("-version").first()


def live_series(*, on: date) -> QuerySet[Series]:
    """Approved or live and not yet matured on that date."""
    return Series.objects.filter(state__in=["APPROVED", "LIVE"], maturity_date__gt=on)


def series_calendar(series: Series) -> Calendar:
    """The series' calendar with the registrar's overrides."""
    return business_calendar(series.calendar)
