"""The canonical text of a series' terms: the same terms give the same bytes, so that their hash can be compared."""

from __future__ import annotations

from issuance.authority.drafts import money
from issuance.maths.bond_conventions import BondConvention
from issuance.maths.conventions import BillConvention
from issuance.series.models import Series
from issuance.series.quotes import coupon_schedule, series_convention, unit_convention
from tokenization.kernel.canonical import sha256_hex
from tokenization.kernel.measures import MEASURES
from tokenization.kernel.money import minor_digits


def term_sheet_text(series: Series, *, version: int) -> str:
    """Plain UTF-8 text, one term a line, LF endings. Everything that is binding is on it; nothing else is."""
    face = series.ceiling_units * series.denomination_minor
    lines = [
        ("Term sheet, version", str(version)),
        ("ISIN", series.isin),
        ("Name", series.name),
        ("Short name", series.short_name),
        ("Instrument", series.get_kind_display()),
        ("Programme", series.programme.reference),
        *_counted(series),
        ("Ceiling in units", f"{series.ceiling_units:,}"),
        ("Ceiling in quantity" if series.is_reserve else "Ceiling in face", money(face, series.currency)),
        ("Issue date", series.issue_date.isoformat()),
        ("Long-stop date" if series.is_reserve else "Maturity date", series.maturity_date.isoformat()),
        ("Tenor in days", str(series.tenor_days)),
        *_price_rule(series),
        ("Calendar", series.calendar),
        ("Zone of the record instant", series.record_zone),
        ("Legal record", f"{series.legal_record}: {series.get_legal_record_display()}"),
        ("Instrument of law", series.legal_instrument),
    ]
    lines += _coupons(series)
    return "".join(f"{label}: {value}\n" for label, value in lines)


def _counted(series: Series) -> list[tuple[str, str]]:
    """What one unit is, and what is paid for it."""
    if not series.is_reserve:
        return [
            ("Currency", series.currency),
            ("Denomination of one unit", money(series.denomination_minor, series.currency)),
        ]
    return [
        ("Measure", f"{series.currency}: {MEASURES[series.currency].words(10 ** minor_digits(series.currency))}"),
        ("Backing of one unit", money(series.denomination_minor, series.currency)),
        ("Nature of the claim", f"{series.claim}: {series.get_claim_display()}"),
        ("Held back from what is attested", f"{series.margin_bps:,} of 10,000 parts"),
        ("Payment currency", series.payment_currency),
    ]


def _price_rule(series: Series) -> list[tuple[str, str]]:
    if series.is_reserve:
        unit = unit_convention(series)
        return [
            ("Price convention", f"{unit.name}: {series.payment_currency} for one unit, price {unit.price_places} dp"),
            ("Redemption", "in kind, asked on or before the long-stop date, on which transfers close"),
        ]
    rule = series_convention(series)
    how = f"{rule.quotation}, {rule.day_count.name}" if isinstance(rule, BillConvention) else _bond_rule(rule)
    return [
        ("Price convention", f"{rule.name}: {how}, price {rule.price_places} dp"),
        ("Rule published by", rule.source),
    ]


def _bond_rule(rule: BondConvention) -> str:
    return f"{rule.frequency} a year, stub {rule.stub}, accrued by {rule.accrual}"


def _coupons(series: Series) -> list[tuple[str, str]]:
    """The due dates are terms; the day of payment follows the calendar of its time, so it is not one."""
    schedule = coupon_schedule(series)
    if not schedule:
        return []
    ends = ", ".join(coupon.end.isoformat() for coupon in schedule)
    return [
        ("Coupon, percent of face a year", f"{series.coupon_pct.normalize():f}"),
        (f"Coupons due, {len(schedule)} in all", ends),
        ("Paid on", "the due date or the next business day of the calendar"),
    ]


def term_sheet_hash(series: Series, *, version: int) -> str:
    """SHA-256 of the text's bytes, 0x and 64 digits."""
    return sha256_hex(term_sheet_text(series, version=version))
