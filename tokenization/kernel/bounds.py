"""How large an amount and how far away a day may be: one bound for forms, services and columns.

The columns hold 2**63 - 1. The bound leaves room for the sums that are made of such amounts; no market comes near it.
"""

from __future__ import annotations

from datetime import date

from tokenization.kernel.errors import Refused

# In minor units: below 10 quadrillion of a currency with two decimals.
LARGEST_MINOR = 10**18 - 1
LARGEST_UNITS = 10**15 - 1
# What a BIGINT holds.
BIGINT_MAX = 2**63 - 1
# QuantLib counts days from 1901 to 2199; paper, its rolls and its years of notice stay inside.
FIRST_DAY = date(1901, 1, 1)
LAST_DAY = date(2150, 12, 31)
DAYS = f"from {FIRST_DAY:%-d %b %Y} to {LAST_DAY:%-d %b %Y}"


def fits(minor: int) -> bool:
    """Whether the amount (minor units, either sign) is one that the platform keeps."""
    return abs(minor) <= LARGEST_MINOR


def check_minor(minor: int, *, field: str) -> None:
    """Refused when the amount in minor units is larger than the platform keeps."""
    if not fits(minor):
        raise Refused(
            f"This amount has {len(str(abs(minor)))} digits in the smallest unit; 18 are kept.",
            field=field,
            rule="amount.bound",
            next_step="Check the number of zeros.",
        )


def check_units(units: int, *, field: str) -> None:
    """Refused when there are more units than the platform counts."""
    if abs(units) > LARGEST_UNITS:
        raise Refused(
            f"At most {LARGEST_UNITS:,} units are counted, not {units:,}.",
            field=field,
            rule="units.bound",
            next_step="Check the number of zeros.",
        )


def is_day(day: date) -> bool:
    return FIRST_DAY <= day <= LAST_DAY


def check_day(day: date, *, field: str) -> None:
    """Refused when the day is so far away that it can only be a slip of the pen."""
    if not is_day(day):
        raise Refused(
            f"{day:%-d %b} {day.year} is outside the days that are kept, {DAYS}.",
            field=field,
            rule="day.bound",
            next_step="Check the year.",
        )
