"""Interest as the US Treasury prints it: by the day per $1,000, nine decimals (31 CFR 356 App. B, section I, Table 2).

Amounts of money follow the printed daily decimal; prices (`flows`) use the exact share of the half-year.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from issuance.maths.rounding import EXACT, half_up
from issuance.maths.schedules import grid

DAILY_PLACES = 9
Spell = tuple[int, int]  # days of interest, days of the half-year they lie in


def daily_decimal(rate_pct: Decimal, half_year_days: int) -> Decimal:
    """One day's interest on $1,000 in a half-year of so many days."""
    return half_up(EXACT.divide(EXACT.multiply(rate_pct, Decimal(5)), Decimal(half_year_days)), DAILY_PLACES)


def spells(start: date, end: date, maturity: date) -> tuple[Spell, ...]:
    """The regular half-years that [start, end) crosses, with the days it has in each."""
    dates = grid(start, maturity, 2, True)
    crossed = (
        ((min(closes, end) - max(opens, start)).days, (closes - opens).days)
        for opens, closes in zip(dates, dates[1:], strict=False)
    )
    return tuple((days, length) for days, length in crossed if days > 0)


def per_thousand(rate_pct: Decimal, parts: tuple[Spell, ...]) -> Decimal:
    """Interest on $1,000: half the rate for a whole half-year, days times the daily decimal for a part of one."""
    total = Decimal(0)
    for days, length in parts:
        whole = EXACT.multiply(rate_pct, Decimal(5))
        part = whole if days == length else EXACT.multiply(daily_decimal(rate_pct, length), Decimal(days))
        total = EXACT.add(total, part)
    return total


def payment(par: Decimal, thousandth: Decimal) -> Decimal:
    """Dollars and cents on a par amount, at so much per $1,000."""
    return half_up(EXACT.divide(EXACT.multiply(par, thousandth), Decimal(1000)), 2)
