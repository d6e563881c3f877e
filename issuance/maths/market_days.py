"""Business days of foreign markets, from QuantLib's own calendars. Pakistan's calendar is ours (`calendars`)."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import QuantLib as ql

from issuance.maths.schedules import py_date, ql_date

MARKETS = {
    "UK": ql.UnitedKingdom(ql.UnitedKingdom.Settlement),
    "BRAZIL": ql.Brazil(ql.Brazil.Settlement),
    "US-SOFR": ql.UnitedStates(ql.UnitedStates.SOFR),
}


@lru_cache(maxsize=8192)
def business_days_before(day: date, count: int, market: str) -> date:
    """The business day of that market `count` business days before `day`."""
    return py_date(MARKETS[market].advance(ql_date(day), -count, ql.Days))


def business_days(start: date, end: date, market: str) -> tuple[date, ...]:
    """The business days of that market in [start, end)."""
    days = MARKETS[market].businessDayList(ql_date(start), ql_date(end) - 1)
    return tuple(py_date(day) for day in days)
