"""A day opened or closed by the registrar, by decision of two."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from django.utils import timezone

from issuance.calendar.models import CalendarOverride
from issuance.calendar.selectors import business_calendar
from issuance.maths.calendars import CALENDARS
from tokenization.identity import audit
from tokenization.identity.approvals import ApprovalItemDraft, Payload, Preview
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import Refused
from tokenization.kernel.locks import advisory_xact_lock


class CalendarOverrideApprove:
    """Payload: {"calendar", "day" (ISO), "is_business", "reason"}. Payment days not yet fixed follow it at once."""

    name: ClassVar[str] = "issuance.calendar.override"
    title: ClassVar[str] = "Open or close a day of a calendar"
    maker_power: ClassVar[Power] = Power.CALENDAR_DRAFT
    checker_power: ClassVar[Power] = Power.CALENDAR_APPROVE
    two_houses: ClassVar[bool] = False

    def check(self, payload: Payload, *, now: datetime) -> None:
        name, reason = payload.get("calendar", ""), str(payload.get("reason", ""))
        if name not in CALENDARS:
            raise Refused(f"No calendar {name!r}.", field="calendar", rule="calendar.known")
        if not 0 < len(reason.strip()) <= 200:
            raise Refused("Say why, in at most 200 characters.", field="reason", rule="calendar.reason")
        day = _day(payload)
        if day <= timezone.localdate(now):
            raise Refused(f"{day} is not ahead.", field="day", rule="calendar.ahead")
        if business_calendar(name).is_business(day) == bool(payload.get("is_business")):
            state = "open" if payload.get("is_business") else "closed"
            raise Refused(f"{day} is {state} in calendar {name} already.", field="day", rule="calendar.changes")

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        day, to = _day(payload), bool(payload.get("is_business"))
        words = ("closed", "open")
        before = business_calendar(str(payload["calendar"]))
        after = before.overridden(**{"opened" if to else "closed": [day]})
        return Preview(
            rows=[
                (f"{day:%A %d %B %Y}, calendar {payload['calendar']}", words[not to], words[to]),
                (
                    "A payment due that day is made on",
                    before.following(day).isoformat(),
                    after.following(day).isoformat(),
                ),
            ],
            warnings=["Dates that auctions, settlements or payment events carry already stay as they are."],
        )

    def items(self, payload: Payload) -> list[ApprovalItemDraft]:
        return [ApprovalItemDraft(leaf=sha256_hex(canonical_json(payload)), body=dict(payload))]

    def subject(self, payload: Payload) -> str:
        return f"calendar {payload.get('calendar')} {payload.get('day')}"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        advisory_xact_lock(f"calendar:{payload['calendar']}")
        self.check(payload, now=now)
        row = CalendarOverride.objects.create(
            calendar=payload["calendar"],
            day=_day(payload),
            is_business=bool(payload["is_business"]),
            reason=payload["reason"],
            decided_at=now,
            approval=approval,
        )
        audit.record(actor=actor, action="calendar.override", subject=str(row), body=dict(payload), now=now)


def _day(payload: Payload) -> date:
    try:
        return date.fromisoformat(str(payload.get("day")))
    except ValueError:
        raise Refused(f"{payload.get('day')!r} is not a date.", field="day", rule="calendar.day") from None
