"""Drafting of series and the moves custody asks for. Approving one is an approval (actions.py)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from issuance.authority.drafts import terms_of
from issuance.programme.models import Programme
from issuance.series.models import Series, series_machine
from issuance.series.rules import check_terms
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.identity.roles import Power, require_power


@transaction.atomic
def series_draft(
    *,
    programme: Programme,
    isin: str,
    name: str,
    short_name: str,
    kind: str = "MTB",
    currency: str,
    denomination_minor: int,
    issue_date: date,
    maturity_date: date,
    ceiling_units: int,
    convention: str = "PK-MTB",
    calendar: str = "PK",
    record_zone: str = "Asia/Karachi",
    legal_record: str = "MIRROR",
    legal_instrument: str,
    coupon_pct: Decimal = Decimal(0),
    first_coupon_date: date | None = None,
    actor: User,
    now: datetime,
) -> Series:
    """Draft a series; its tenor follows from the dates. Refused with field and rule when the terms break one.

    `coupon_pct` is percent of face a year, 0 for bills and zero-coupon bonds.
    """
    require_power(actor, Power.SERIES_DRAFT)
    row = Series(
        programme=programme,
        isin=isin,
        name=name,
        short_name=short_name,
        kind=kind,
        currency=currency,
        denomination_minor=denomination_minor,
        issue_date=issue_date,
        maturity_date=maturity_date,
        tenor_days=max((maturity_date - issue_date).days, 0),
        ceiling_units=ceiling_units,
        convention=convention,
        calendar=calendar,
        record_zone=record_zone,
        legal_record=legal_record,
        legal_instrument=legal_instrument,
        coupon_pct=coupon_pct,
        first_coupon_date=first_coupon_date,
    )
    check_terms(row)
    row.save()
    row.refresh_from_db()
    audit.record(actor=actor, action="series.draft", subject=row.isin, body=terms_of(row), now=now)
    return row


@transaction.atomic
def series_mark_live(*, series: Series, actor: User, now: datetime) -> Series:
    """Its token contract exists and is wired."""
    audit.move(series_machine, series, "LIVE", actor=actor, now=now)
    return series


@transaction.atomic
def series_mark_matured(*, series: Series, actor: User, now: datetime) -> Series:
    """Its maturity date has come; headroom was freed by that date, whatever this state says."""
    audit.move(series_machine, series, "MATURED", actor=actor, now=now)
    return series


@transaction.atomic
def series_close(*, series: Series, reason: str, actor: User, now: datetime) -> Series:
    """Nothing of it is left, or it was never issued."""
    audit.move(series_machine, series, "CLOSED", actor=actor, now=now, reason=reason)
    return series
