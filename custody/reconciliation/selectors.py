"""Runs and breaks for pages, reports and the API."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from custody.reconciliation.models import Break, Run
from custody.tokenisation.models import TokenContract
from issuance.maths.calendars import WEEKENDS
from issuance.series.selectors import series_calendar


def latest_run(token: TokenContract) -> Run | None:
    return Run.objects.filter(token=token).order_by("-id").first()


def open_breaks(token: TokenContract | None = None) -> QuerySet[Break]:
    """Open breaks, newest first, with the runs that first and last saw them."""
    rows = Break.objects.filter(state=Break.State.OPEN).select_related("token__series", "opened_by", "last_seen", "log")
    return rows.filter(token=token) if token is not None else rows


def still_seen(found: Break) -> bool:
    """The latest run still has evidence of the break, or no later run has looked."""
    latest = latest_run(found.token)
    return latest is None or latest.pk <= found.last_seen_id


def business_age(found: Break, now: datetime) -> int:
    """Business days of the series' calendar since the run that first saw it, to now or to its closing.

    Cash is of no series: only its weekends are no business days.
    """
    token = found.token
    days = WEEKENDS if token.is_cash else series_calendar(token.series)
    first, last = (timezone.localdate(at) for at in (found.opened_by.at, found.closed_at or now))
    return sum(days.is_business(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))


def measured_in(token: TokenContract, *, cash: bool) -> str:
    """The code of a figure in minor units: of money the currency paid in, else the currency or measure of the token."""
    return token.series.payment_currency if cash and not token.is_cash else token.currency
