"""Giving a supervisor a mandate, and ending it before its last day: each decided by two."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils import timezone

from custody.reconciliation.mandates.models import Mandate, MandateEnding
from issuance.programme.models import Programme
from issuance.series.models import Series
from tokenization.identity import audit
from tokenization.identity.approvals import ApprovalItemDraft, Payload, Preview
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power, Role
from tokenization.kernel.bounds import DAYS, is_day
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import Refused


class MandateGive:
    """Payload: {"supervisor": id, "scope", "programme": id or null, "series": id or null, "first_day", "last_day"}."""

    name = "custody.reconciliation.MandateGive"
    title = "Give a supervisor a mandate"
    maker_power = Power.MANDATE_DRAFT
    checker_power = Power.MANDATE_APPROVE
    two_houses = False

    def check(self, payload: Payload, *, now: datetime) -> None:
        row = _drafted(payload)
        if not row.supervisor.is_active or not row.supervisor.role_grants.filter(role=Role.SUPERVISOR).exists():
            raise Refused("Only a supervisor sees by mandate.", field="supervisor", rule="role of a supervisor")
        named = {"PROGRAMME": row.programme, "SERIES": row.series}
        if row.scope not in Mandate.Scope.values:
            raise Refused("Choose what the mandate is for.", field="scope", rule="known scope")
        for scope, chosen in named.items():
            if (row.scope == scope) != (chosen is not None):
                raise Refused(
                    f"Choose the {scope.lower()}." if row.scope == scope else f"Leave the {scope.lower()} empty.",
                    field=scope.lower(),
                    rule="one scope",
                )
        if not row.first_day <= row.last_day:
            raise Refused("The last day lies before the first.", field="last_day", rule="days in order")
        if row.last_day < timezone.localdate(now):
            raise Refused("The last day is over.", field="last_day", rule="days ahead")

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        row = _drafted(payload)
        who = row.supervisor.get_full_name() or row.supervisor.username
        return Preview(
            rows=[
                (f"{who} sees", "by this mandate nothing", row.covers),
                ("First day", "none", f"{row.first_day:%-d %b %Y}"),
                ("Last day", "none", f"{row.last_day:%-d %b %Y}"),
            ],
            warnings=["He reads runs, breaks, figures and reports; each look is noted. He changes nothing."],
        )

    def items(self, payload: Payload) -> list[ApprovalItemDraft]:
        return _items(payload)

    def subject(self, payload: Payload) -> str:
        return f"supervisor:{_drafted(payload).supervisor.username}"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        row = _drafted(payload)
        row.approval, row.given_at = approval, now
        row.save()
        audit.record(actor=actor, action="mandate.give", subject=f"mandate:{row.pk}", body=dict(payload), now=now)


class MandateEnd:
    """Payload: {"mandate": id, "reason": text}."""

    name = "custody.reconciliation.MandateEnd"
    title = "End a supervisor's mandate"
    maker_power = Power.MANDATE_DRAFT
    checker_power = Power.MANDATE_APPROVE
    two_houses = False

    def check(self, payload: Payload, *, now: datetime) -> None:
        row = _mandate(payload)
        if not 0 < len(str(payload.get("reason", "")).strip()) <= 500:
            raise Refused("Say why, in at most 500 characters.", field="reason", rule="a reason for every ending")
        if MandateEnding.objects.filter(mandate=row).exists():
            raise Refused("It was ended already.", field="mandate", rule="ended once")

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        row = _mandate(payload)
        who = row.supervisor.get_full_name() or row.supervisor.username
        return Preview(
            rows=[(f"{who} sees by it", str(row), "nothing"), ("Reason", "", str(payload.get("reason", "")))]
        )

    def items(self, payload: Payload) -> list[ApprovalItemDraft]:
        return _items(payload)

    def subject(self, payload: Payload) -> str:
        return f"supervisor:{_mandate(payload).supervisor.username}"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        row = _mandate(payload)
        reason = str(payload["reason"]).strip()
        MandateEnding.objects.create(mandate=row, reason=reason, approval=approval, ended_at=now)
        audit.record(actor=actor, action="mandate.end", subject=f"mandate:{row.pk}", body=dict(payload), now=now)


def _items(payload: Payload) -> list[ApprovalItemDraft]:
    return [ApprovalItemDraft(leaf=sha256_hex(canonical_json(dict(payload))), body=dict(payload))]


def _drafted(payload: Payload) -> Mandate:
    """The mandate that is asked for, not saved."""
    supervisor = _row(User, payload, "supervisor")
    if supervisor is None:
        raise Refused("There is no such user.", field="supervisor", rule="existing user")
    return Mandate(
        supervisor=supervisor,
        scope=str(payload.get("scope", "")),
        programme=_row(Programme, payload, "programme"),
        series=_row(Series, payload, "series"),
        first_day=_day(payload, "first_day"),
        last_day=_day(payload, "last_day"),
    )


def _row(model: Any, payload: Payload, field: str) -> Any:
    if payload.get(field) is None:
        return None
    found = model.objects.filter(pk=int(payload[field])).first()
    if found is None:
        raise Refused(f"There is no such {field}.", field=field, rule=f"existing {field}")
    return found


def _day(payload: Payload, field: str) -> date:
    try:
        day = date.fromisoformat(str(payload.get(field)))
    except ValueError:
        raise Refused(f"{payload.get(field)!r} is not a date.", field=field, rule="a day") from None
    if not is_day(day):
        raise Refused(f"Write a day {DAYS}.", field=field, rule="a day")
    return day


def _mandate(payload: Payload) -> Mandate:
    found = Mandate.objects.select_related("supervisor", "programme", "series").filter(
        pk=int(payload.get("mandate") or 0)
    )
    row = found.first()
    if row is None:
        raise Refused("There is no such mandate.", field="mandate", rule="existing mandate")
    return row
