"""Series that a commodity backs: draft, documents, then the proposal to open."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from issuance.conditions.models import ConditionPrecedent
from issuance.conditions.selectors import conditions_missing
from issuance.conditions.services import condition_record
from issuance.series.actions import SeriesApprove, series_payload
from issuance.series.models import Series
from issuance.series.services import series_draft
from tokenization.backoffice.forms import commodities as forms
from tokenization.backoffice.tasks.base import Recorded, Task
from tokenization.identity.approvals import approval_propose
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power


def still_missing(series: Series) -> str:
    """What an officer reads after each step."""
    missing = [row.words for row in conditions_missing(series)]
    return f"Still missing: {'; '.join(missing)}." if missing else "Nothing is missing: propose it to open."


def _draft(*, actor: User, now: datetime, **terms: Any) -> Recorded:
    row = series_draft(**terms, kind="RESERVE", convention="UNIT-PRICE", actor=actor, now=now)
    return Recorded(f"{row.isin} is drafted. {still_missing(row)}")


def _condition(
    *,
    series: Series,
    kind: str,
    holder: str,
    share: Decimal | None,
    words: str,
    instrument: str,
    document: Any,
    replaces: ConditionPrecedent | None,
    actor: User,
    now: datetime,
) -> Recorded:
    row = condition_record(
        series=series,
        kind=kind,
        holder=holder,
        share_bp=None if share is None else int(share * 100),
        words=words,
        instrument=instrument,
        document=document.read(),
        document_name=document.name,
        media_type=document.content_type or "application/octet-stream",
        replaces=replaces,
        actor=actor,
        now=now,
    )
    return Recorded(f"On file for {row.series.isin}: {row}. {still_missing(row.series)}")


def _propose(*, series: Series, actor: User, now: datetime) -> Approval:
    return approval_propose(action=SeriesApprove.name, payload=series_payload(series), actor=actor, now=now)


COMMODITIES = [
    Task(
        "reserve-series",
        "Reserve",
        "Draft a reserve-backed series",
        "A token that a stored commodity backs: its terms first, its documents next, then the proposal to open.",
        Power.SERIES_DRAFT,
        forms.ReserveSeriesForm,
        _draft,
        "Draft",
    ),
    Task(
        "condition",
        "Reserve",
        "Record a condition precedent",
        "Title, consent or a lender's clearance of a draft, with its document.",
        Power.SERIES_DRAFT,
        forms.ConditionForm,
        _condition,
        "Record",
    ),
    Task(
        "reserve-approval",
        "Reserve",
        "Propose a reserve-backed series",
        "Opens the draft once titles to the whole, a consent and a lender's clearance are on file.",
        Power.SERIES_DRAFT,
        forms.ReserveApprovalForm,
        _propose,
    ),
]
