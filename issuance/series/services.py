"""Drafting of series and the moves custody asks for. Approving one is an approval (actions.py)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NotRequired, TypedDict, Unpack

from django.db import transaction

from issuance.authority.proposals import draft_save
from issuance.programme.models import Programme
from issuance.series.models import Series, series_machine
from issuance.series.rules import check_terms
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.identity.roles import Power, require_power


class SeriesTerms(TypedDict):
    """What a draft says; what may be left out is in DEFAULTS. The tenor follows from the dates."""

    programme: Programme
    isin: str
    name: str
    short_name: str
    currency: str
    denomination_minor: int
    issue_date: date
    maturity_date: date
    ceiling_units: int
    legal_instrument: str
    kind: NotRequired[str]
    convention: NotRequired[str]
    calendar: NotRequired[str]
    record_zone: NotRequired[str]
    legal_record: NotRequired[str]
    coupon_pct: NotRequired[Decimal]
    first_coupon_date: NotRequired[date | None]
    payment_currency: NotRequired[str]
    claim: NotRequired[str]
    margin_bps: NotRequired[int]


DEFAULTS = {
    "kind": "MTB",
    "convention": "PK-MTB",
    "calendar": "PK",
    "record_zone": "Asia/Karachi",
    "legal_record": "MIRROR",
}


@transaction.atomic
def series_draft(*, actor: User, now: datetime, **terms: Unpack[SeriesTerms]) -> Series:
    """Draft a series; its tenor follows from the dates. Refused with field and rule when the terms break one,
    Conflict when the ISIN is taken.

    `coupon_pct` is percent of face a year, 0 (unless said) for bills and zero-coupon bonds. Debt is paid in its own
    currency; a reserve-backed series says its `payment_currency` and `claim`, and `margin_bps` if it keeps a margin.
    """
    require_power(actor, Power.SERIES_DRAFT)
    days = (terms["maturity_date"] - terms["issue_date"]).days
    known = DEFAULTS | {"payment_currency": terms["currency"]}
    row = Series(**(known | {**terms}), tenor_days=max(days, 0))
    check_terms(row)
    return draft_save(row, action="issuance.series.approve", verb="series.draft", key=["isin"], actor=actor, now=now)


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
