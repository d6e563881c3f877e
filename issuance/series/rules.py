"""What the terms of a series must satisfy on their own, before any ceiling is looked at."""

from __future__ import annotations

from zoneinfo import ZoneInfo, available_timezones

from issuance.maths.calendars import CALENDARS
from issuance.maths.conventions import CONVENTIONS
from issuance.maths.identifiers import isin_valid
from issuance.series.models import Kind, LegalRecord, Series
from tokenization.kernel.errors import Refused
from tokenization.kernel.money import minor_digits


def check_terms(series: Series) -> None:
    """Refused on the first broken rule, with the field it is about."""
    for holds, field, words in _rules(series):
        if not holds:
            raise Refused(words, field=field, rule=f"series.{field}", next_step="Correct the draft.")
    minor_digits(series.currency)
    if not CALENDARS[series.calendar].is_business(series.issue_date):
        raise Refused(
            f"{series.issue_date} is not a business day of calendar {series.calendar}.",
            field="issue_date",
            rule="series.issue_date",
            next_step=f"Use {CALENDARS[series.calendar].following(series.issue_date)}.",
        )
    tenors = CONVENTIONS[series.convention].tenors
    if series.tenor_days not in tenors:
        raise Refused(
            f"{series.convention} has tenors {', '.join(map(str, tenors))}, not {series.tenor_days} days.",
            field="maturity_date",
            rule="series.tenor",
        )


def zone(series: Series) -> ZoneInfo:
    """The zone of the record instant."""
    return ZoneInfo(series.record_zone)


def _rules(series: Series) -> list[tuple[bool, str, str]]:
    tenor = (series.maturity_date - series.issue_date).days
    return [
        (isin_valid(series.isin), "isin", f"{series.isin!r} is not an ISIN with a right check digit."),
        (bool(series.name.strip()), "name", "The series needs a name."),
        (0 < len(series.short_name) <= 35, "short_name", "The short name has 1 to 35 characters."),
        (series.kind in Kind.values, "kind", f"{series.kind!r} is not a kind of series."),
        (series.denomination_minor > 0, "denomination_minor", "The denomination must be above 0."),
        (series.ceiling_units > 0, "ceiling_units", "The ceiling must be above 0 units."),
        (tenor > 0, "maturity_date", f"Maturity {series.maturity_date} is not after issue {series.issue_date}."),
        (series.tenor_days == tenor, "tenor_days", f"The dates give {tenor} days, not {series.tenor_days}."),
        (series.convention in CONVENTIONS, "convention", f"No price convention {series.convention!r}."),
        (series.calendar in CALENDARS, "calendar", f"No calendar {series.calendar!r}."),
        (series.record_zone in available_timezones(), "record_zone", f"No time zone {series.record_zone!r}."),
        (series.legal_record in LegalRecord.values, "legal_record", f"No legal record {series.legal_record!r}."),
        (bool(series.legal_instrument.strip()), "legal_instrument", "Name the instrument of law."),
    ]
