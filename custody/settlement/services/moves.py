"""One move of a settlement with its audit entry, and the intents that make room for its issue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from contracts.outbox.models import Intent
from custody.reserves.selectors import issues_carried
from custody.settlement.models import SettlementInstruction, settlement_machine
from issuance.allotment.models import Allotment
from tokenization.identity import audit
from tokenization.identity.actors import system_user

NOT_CARRIED = "No attestation in force carries these units yet; the issue waits for the examiner."
NEVER_CARRIED = "no attestation in force carried these units by the deadline"


def move(row: SettlementInstruction, to: str, now: datetime, reason: str = "", **fields: object) -> None:
    """Inside the caller's transaction; the reason of before goes, unless one is given."""
    settlement_machine.move(row, to, reason=reason, **fields)
    body = {"to": to, "reference": row.payment_reference, "reason": reason}
    audit.record(actor=system_user(), action="settlement.move", subject=f"settlement:{row.pk}", body=body, now=now)


def issued(rows: Sequence[SettlementInstruction], now: datetime) -> None:
    """Those of one token whose issue goes to the chain in this transaction, on its day or later (trigger)."""
    today = now.astimezone(ZoneInfo(rows[0].token.series.record_zone)).date()
    for row in rows:
        move(row, SettlementInstruction.State.ISSUING, now, issued_on=today)


def due(rows: QuerySet[SettlementInstruction], now: datetime) -> QuerySet[SettlementInstruction]:
    """Those whose settlement day has come in the zone of their series.

    Nothing is issued before: headroom was tested at that day, with what matures on it counted as repaid.
    """
    day_has_come = Q(pk__in=())
    for zone, today in _days(rows, "token__series__record_zone", now):
        day_has_come |= Q(token__series__record_zone=zone, allotment__settlement_date__lte=today)
    return rows.filter(day_has_come)


def overdue(rows: QuerySet[Allotment], now: datetime) -> QuerySet[Allotment]:
    """Those whose settlement day is over in the zone of their series."""
    day_is_over = Q(pk__in=())
    for zone, today in _days(rows, "series__record_zone", now):
        day_is_over |= Q(series__record_zone=zone, settlement_date__lt=today)
    return rows.filter(day_is_over)


def _days(rows: QuerySet[Any], zone: str, now: datetime) -> list[tuple[str, date]]:
    """Each zone of these rows with its calendar day now."""
    zones = set(rows.order_by().values_list(zone, flat=True).distinct())
    return [(name, now.astimezone(ZoneInfo(name)).date()) for name in sorted(zones)]


def carried(rows: Sequence[SettlementInstruction]) -> list[SettlementInstruction]:
    """Those of one token whose units a reserve carries now, where one backs them; the others wait and say so."""
    if not rows:
        return []
    found = issues_carried([row.issue_instruction for row in rows])
    for row in rows:
        if row.issue_instruction_id not in found and row.reason != NOT_CARRIED:
            SettlementInstruction.objects.filter(pk=row.pk, state=row.state).update(reason=NOT_CARRIED)
    return [row for row in rows if row.issue_instruction_id in found]


def confirm_intents(rows: Sequence[SettlementInstruction]) -> list[Intent]:
    """The intents that raise the cap for these settlements of one token."""
    # Any intent that ever carried the number will do: a split adds its parts to the prerequisites by itself.
    numbers = [row.confirm_instruction.number for row in rows]
    address = rows[0].token.address
    found = Intent.objects.filter(items__contract=address, items__number__in=numbers, items__live=True)
    return list(found.distinct().order_by("pk"))
