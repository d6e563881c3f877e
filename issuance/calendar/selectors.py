"""Business days as the registrar has them today: the seed of `maths.calendars` and what was decided since."""

from __future__ import annotations

from datetime import date

from issuance.calendar.models import CalendarOverride
from issuance.maths.calendars import Calendar, calendar


def overrides(name: str) -> dict[date, CalendarOverride]:
    """The word that counts for each overridden day, in the order of the days."""
    rows = CalendarOverride.objects.filter(calendar=name).order_by("day", "id")
    return {row.day: row for row in rows}


def business_calendar(name: str) -> Calendar:
    """The calendar with every override in force; KeyError for a name without a seed."""
    seed, words = calendar(name), overrides(name)
    return seed.overridden(
        closed=[day for day, row in words.items() if not row.is_business],
        opened=[day for day, row in words.items() if row.is_business],
    )
