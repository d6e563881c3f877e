"""Recording a condition precedent: the document first, under its hash."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from issuance.authority.instruments import check_carries
from issuance.conditions.models import WHOLE_BP, ConditionPrecedent, Kind
from issuance.conditions.selectors import conditions_in_force, percent
from issuance.series.models import Series
from tokenization.files.services import file_store
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.errors import Conflict, Refused
from tokenization.kernel.locks import lock_rows


@transaction.atomic
def condition_record(
    *,
    series: Series,
    kind: str,
    holder: str,
    words: str,
    instrument: str,
    document: bytes,
    document_name: str,
    media_type: str = "application/pdf",
    share_bp: int | None = None,
    replaces: ConditionPrecedent | None = None,
    actor: User,
    now: datetime,
) -> ConditionPrecedent:
    """Put one document of a draft on file. `share_bp` is the holder's part of the title in ten-thousandths.

    Refused with the field when the series is no draft of a reserve, when a document of that kind carries no such thing
    (a memorandum carries none), or when titles would exceed the whole; Conflict when `replaces` was replaced already.
    """
    require_power(actor, Power.SERIES_DRAFT)
    lock_rows(Series.objects.filter(pk=series.pk))
    series.refresh_from_db()
    _check_series(series)
    if kind not in Kind.values:
        raise Refused(f"{kind!r} is not a kind of condition.", field="kind", rule="conditions.kind")
    for field, text in (("holder", holder), ("words", words)):
        if not text.strip():
            raise Refused("Say who and what.", field=field, rule="conditions.said")
    check_carries(kind, instrument)
    _check_replaced(series, replaces)
    _check_share(series, kind, holder, share_bp, replaces)
    file = file_store(name=document_name, content=document, media_type=media_type, actor=actor, now=now)
    row = ConditionPrecedent.objects.create(
        series=series,
        kind=kind,
        holder=holder.strip(),
        share_bp=share_bp,
        words=words.strip(),
        instrument=instrument,
        document=file,
        replaces=replaces,
        recorded_by=actor,
        recorded_at=now,
    )
    body = {"kind": kind, "holder": row.holder, "share_bp": share_bp, "document": file.sha256, "instrument": instrument}
    body |= {"replaces": replaces.pk} if replaces else {}
    audit.record(actor=actor, action="condition.record", subject=series.isin, body=body, now=now)
    return row


def _check_series(series: Series) -> None:
    if not series.is_reserve:
        raise Refused(f"{series.isin} is debt: nothing is held for it.", field="series", rule="conditions.reserve")
    if series.state != "DRAFT":
        raise Refused(
            f"{series.isin} is {series.state.lower()}: its conditions were settled before.",
            field="series",
            rule="conditions.draft",
        )


def _check_replaced(series: Series, replaced: ConditionPrecedent | None) -> None:
    if replaced is None:
        return
    if replaced.series_id != series.pk:
        raise Refused(f"{replaced} is of another series.", field="replaces", rule="conditions.replaces")
    if ConditionPrecedent.objects.filter(replaces=replaced).exists():
        raise Conflict(f"{replaced} is no longer in force.", field="replaces", rule="conditions.replaces")


def _check_share(
    series: Series, kind: str, holder: str, share_bp: int | None, replaced: ConditionPrecedent | None
) -> None:
    if kind != Kind.TITLE:
        if share_bp is not None:
            raise Refused("Only a title has a share.", field="share_bp", rule="conditions.share")
        return
    if share_bp is None or not 0 < share_bp <= WHOLE_BP:
        raise Refused("A share lies above 0 and up to 100.00 %.", field="share_bp", rule="conditions.share")
    others = [row for row in conditions_in_force(series) if row.kind == Kind.TITLE and row != replaced]
    if any(row.holder.casefold() == holder.strip().casefold() for row in others):
        raise Refused(f"The title of {holder} is on file.", field="holder", rule="conditions.holder_once")
    over = sum(row.share_bp or 0 for row in others) + share_bp - WHOLE_BP
    if over > 0:
        raise Refused(
            f"Titles would exceed the whole by {percent(over)}.",
            field="share_bp",
            rule="conditions.share",
            next_step="Correct the share, or record it as replacing another.",
        )
