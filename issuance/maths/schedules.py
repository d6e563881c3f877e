"""Coupon dates: the regular grid counted back from maturity, odd first coupons, and the dates on which cash is paid.

QuantLib moves the months (and knows the end-of-month rule); the grid itself is ours, because QuantLib has no notion of
the notional periods inside a long first coupon (DOMAIN.md, section 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

import QuantLib as ql

from issuance.maths.calendars import Calendar
from issuance.maths.faults import Fault

FREQUENCIES = (1, 2, 4, 12)
LONGEST_YEARS = 100
# QuantLib counts days as spreadsheets do; its first day is 1 January 1901.
_SERIAL_ZERO = date(1899, 12, 30).toordinal()
_EVERY_DAY = ql.NullCalendar()


class Roll(StrEnum):
    """What becomes of a payment that falls on a closed day."""

    NONE = "NONE"
    FOLLOWING = "FOLLOWING"
    MODIFIED_FOLLOWING = "MODIFIED_FOLLOWING"
    PRECEDING = "PRECEDING"


@dataclass(frozen=True, slots=True)
class Coupon:
    """One period: interest runs [start, end), also when `paid`, its business day, is later."""

    start: date
    end: date
    paid: date


def ql_date(day: date) -> ql.Date:
    return ql.Date(day.toordinal() - _SERIAL_ZERO)


def py_date(day: ql.Date) -> date:
    return date.fromordinal(day.serialNumber() + _SERIAL_ZERO)


@lru_cache(maxsize=8192)
def grid(start: date, maturity: date, frequency: int, end_of_month: bool = False) -> tuple[date, ...]:
    """Unadjusted regular dates up to `maturity`, the first of them on or before `start`.

    `end_of_month`: if maturity is the last day of a month, so is every date. Fault on a frequency no bond has, a start
    on or after maturity, and more than 100 years.
    """
    if frequency not in FREQUENCIES:
        raise Fault("frequency", f"one of {', '.join(map(str, FREQUENCIES))} a year")
    if start >= maturity:
        raise Fault("maturity", f"after {start}")
    if maturity.year - start.year > LONGEST_YEARS or start.year < 1910 or maturity.year > 2190:
        raise Fault("maturity", f"within {LONGEST_YEARS} years, between 1910 and 2190")
    last, months = ql_date(maturity), 12 // frequency
    dates = [maturity]
    while dates[-1] > start:
        back = _EVERY_DAY.advance(last, -months * len(dates), ql.Months, ql.Unadjusted, end_of_month)
        dates.append(py_date(back))
    return tuple(reversed(dates))


def first_coupon_date(
    dated: date, maturity: date, frequency: int, end_of_month: bool = False, first_coupon: date | None = None
) -> date:
    """The date of the first coupon of a bond whose interest runs from `dated`: the next regular date unless named.

    A named date must be a regular date after `dated`; a later one makes a long first coupon.
    """
    regular = grid(dated, maturity, frequency, end_of_month)[1:]
    if first_coupon is None:
        return regular[0]
    if first_coupon not in regular:
        raise Fault("first_coupon", f"a regular coupon date after {dated}, counted back from {maturity}")
    return first_coupon


def coupons(
    dated: date,
    maturity: date,
    frequency: int,
    *,
    end_of_month: bool = False,
    first_coupon: date | None = None,
    calendar: Calendar,
    roll: Roll = Roll.FOLLOWING,
) -> tuple[Coupon, ...]:
    """Every coupon of the bond in order, with the date on which each is paid under that calendar."""
    first = first_coupon_date(dated, maturity, frequency, end_of_month, first_coupon)
    ends = [day for day in grid(dated, maturity, frequency, end_of_month) if day >= first]
    starts = [dated, *ends[:-1]]
    return tuple(Coupon(start, end, paid_on(end, calendar, roll)) for start, end in zip(starts, ends, strict=True))


def paid_on(day: date, calendar: Calendar, roll: Roll) -> date:
    """The business day on which a payment due on `day` is made."""
    if roll is Roll.NONE:
        return day
    if roll is Roll.PRECEDING:
        return calendar.preceding(day)
    later = calendar.following(day)
    if roll is Roll.MODIFIED_FOLLOWING and later.month != day.month:
        return calendar.preceding(day)
    return later
