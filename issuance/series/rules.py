"""What the terms of a series must satisfy on their own, before any ceiling is looked at."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo, available_timezones

from issuance.authority import fx
from issuance.calendar.selectors import business_calendar
from issuance.maths.bond_conventions import BOND_CONVENTIONS, BondConvention
from issuance.maths.calendars import CALENDARS
from issuance.maths.conventions import CONVENTIONS, UNIT_CONVENTIONS
from issuance.maths.faults import Fault
from issuance.maths.identifiers import isin_valid
from issuance.maths.schedules import first_coupon_date
from issuance.series.models import Claim, Kind, LegalRecord, Series
from tokenization.kernel.bounds import check_day, check_minor, check_units
from tokenization.kernel.errors import Refused
from tokenization.kernel.measures import MEASURES
from tokenization.kernel.money import check_currency

# Asked of the machine's files, six hundred of them: once.
_ZONES = frozenset(available_timezones())

# A coupon is a share of the face that two decimals of the currency must be able to say for one period.
HIGHEST_COUPON = Decimal(100)
WHOLE_BPS = 10_000


def check_terms(series: Series) -> None:
    """Refused on the first broken rule, with the field it is about."""
    _check_bounds(series)
    for holds, field, words in _rules(series):
        if not holds:
            raise Refused(words, field=field, rule=f"series.{field}", next_step="Correct the draft.")
    _check_counts(series)
    business = business_calendar(series.calendar)
    if not business.is_business(series.issue_date):
        raise Refused(
            f"{series.issue_date} is not a business day of calendar {series.calendar}.",
            field="issue_date",
            rule="series.issue_date",
            next_step=f"Use {business.following(series.issue_date)}.",
        )
    if series.is_reserve:
        _check_reserve(series)
    elif series.convention in CONVENTIONS:
        _check_bill(series)
    else:
        _check_bond(series, BOND_CONVENTIONS[series.convention])


def _check_bounds(series: Series) -> None:
    check_minor(series.denomination_minor, field="denomination_minor")
    check_units(series.ceiling_units, field="ceiling_units")
    check_minor(series.ceiling_units * series.denomination_minor, field="ceiling_units")
    check_day(series.issue_date, field="issue_date")
    check_day(series.maturity_date, field="maturity_date")


def zone(series: Series) -> ZoneInfo:
    """The zone of the record instant."""
    return ZoneInfo(series.record_zone)


def _check_counts(series: Series) -> None:
    """Debt is in a currency and paid in it; a reserve-backed unit counts a commodity and is paid in a currency."""
    check_currency(series.payment_currency, field="payment_currency")
    if not series.is_reserve:
        check_currency(series.currency)
    fx.check_joined(series.currency, series.programme.currency, field="currency")


def _check_reserve(series: Series) -> None:
    for holds, field, words in (
        (series.currency in MEASURES, "currency", f"A reserve is counted in one of {', '.join(sorted(MEASURES))}."),
        (
            series.convention in UNIT_CONVENTIONS,
            "convention",
            f"A reserve-backed unit is priced by {', '.join(UNIT_CONVENTIONS)}.",
        ),
        (series.claim in Claim.values, "claim", f"Say what the holder has: one of {', '.join(Claim.values)}."),
        (0 <= series.margin_bps < WHOLE_BPS, "margin_bps", "The margin lies from 0 to 9,999 ten-thousandths."),
        (not series.coupon_pct and series.first_coupon_date is None, "coupon_pct", "A commodity pays no coupon."),
    ):
        if not holds:
            raise Refused(words, field=field, rule=f"series.{field}", next_step="Correct the draft.")


def _check_bill(series: Series) -> None:
    if series.kind != Kind.MTB:
        raise Refused(f"{series.convention} quotes bills.", field="convention", rule="series.convention")
    tenors = CONVENTIONS[series.convention].tenors
    if series.tenor_days not in tenors:
        raise Refused(
            f"{series.convention} has tenors {', '.join(map(str, tenors))}, not {series.tenor_days} days.",
            field="maturity_date",
            rule="series.tenor",
        )
    if series.coupon_pct or series.first_coupon_date:
        raise Refused("A bill pays no coupon.", field="coupon_pct", rule="series.coupon_pct")


def _check_bond(series: Series, rule: BondConvention) -> None:
    if series.kind != Kind.PIB:
        raise Refused(f"{series.convention} quotes bonds.", field="convention", rule="series.convention")
    if rule.tenor_years and series.maturity_date not in {_years_on(series.issue_date, n) for n in rule.tenor_years}:
        raise Refused(
            f"{rule.name} has tenors of {', '.join(map(str, rule.tenor_years))} years from the issue date.",
            field="maturity_date",
            rule="series.tenor",
            next_step=f"Use {_years_on(series.issue_date, rule.tenor_years[0])}, for example.",
        )
    if rule.clean != (series.coupon_pct > 0) or not 0 <= series.coupon_pct < HIGHEST_COUPON:
        words = "has a coupon above 0 and below 100 %" if rule.clean else "pays no coupon"
        raise Refused(f"A bond quoted by {rule.name} {words}.", field="coupon_pct", rule="series.coupon_pct")
    try:
        first_coupon_date(
            series.issue_date, series.maturity_date, rule.frequency, rule.end_of_month, series.first_coupon_date
        )
    except Fault as fault:
        raise Refused(f"First coupon: {fault}.", field="first_coupon_date", rule="series.first_coupon_date") from fault


def _years_on(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _rules(series: Series) -> list[tuple[bool, str, str]]:
    tenor = (series.maturity_date - series.issue_date).days
    known = series.convention in {*CONVENTIONS, *BOND_CONVENTIONS, *UNIT_CONVENTIONS}
    debt = series.is_reserve or (series.payment_currency, series.claim, series.margin_bps) == (series.currency, "", 0)
    return [
        (isin_valid(series.isin), "isin", f"{series.isin!r} is not an ISIN with a right check digit."),
        (bool(series.name.strip()), "name", "The series needs a name."),
        (0 < len(series.short_name) <= 35, "short_name", "The short name has 1 to 35 characters."),
        (series.kind in Kind.values, "kind", f"{series.kind!r} is not a kind of series."),
        (series.denomination_minor > 0, "denomination_minor", "The denomination must be above 0."),
        (series.ceiling_units > 0, "ceiling_units", "The ceiling must be above 0 units."),
        (tenor > 0, "maturity_date", f"Maturity {series.maturity_date} is not after issue {series.issue_date}."),
        (series.tenor_days == tenor, "tenor_days", f"The dates give {tenor} days, not {series.tenor_days}."),
        (known, "convention", f"No price convention {series.convention!r}."),
        (
            series.is_reserve or series.convention not in UNIT_CONVENTIONS,
            "convention",
            f"{series.convention} prices units backed by a commodity.",
        ),
        (debt, "payment_currency", "Debt is paid in its own currency, is no claim on a commodity and keeps no margin."),
        (series.calendar in CALENDARS, "calendar", f"No calendar {series.calendar!r}."),
        (series.record_zone in _ZONES, "record_zone", f"No time zone {series.record_zone!r}."),
        (series.legal_record in LegalRecord.values, "legal_record", f"No legal record {series.legal_record!r}."),
        (bool(series.legal_instrument.strip()), "legal_instrument", "Name the instrument of law."),
    ]
