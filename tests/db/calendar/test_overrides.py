"""The registrar's word on a day: two persons, kept for ever, the latest counts, and payment days follow it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError

from issuance.calendar.actions import CalendarOverrideApprove
from issuance.calendar.models import CalendarOverride
from issuance.calendar.selectors import business_calendar
from issuance.maths.calendars import PAKISTAN
from tokenization.identity.approvals import approval_approve, approval_preview, approval_propose
from tokenization.identity.models import User
from tokenization.identity.services import user_create
from tokenization.kernel.errors import NotAllowed, PlatformError, Refused

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 8, 6, tzinfo=UTC)
EID = date(2027, 3, 10)


def registrar(role: str) -> User:
    return user_create(
        username=f"{role.lower()}-{User.objects.count()}",
        password="a long enough sentence 7",
        house="REGISTRAR",
        roles=[role],
        now=NOW,
    )


def decided(day: date, *, is_business: bool, reason: str = "Moon sighted", now: datetime = NOW) -> None:
    payload = {"calendar": "PK", "day": day.isoformat(), "is_business": is_business, "reason": reason}
    maker, checker = registrar("REGISTRAR_OFFICER"), registrar("REGISTRAR_CHECKER")
    proposal = approval_propose(action=CalendarOverrideApprove.name, payload=payload, actor=maker, now=now)
    approval_approve(approval_id=proposal.pk, actor=checker, now=now)


def test_a_declared_holiday_moves_what_is_due_that_day_and_another_word_takes_it_back():
    assert business_calendar("PK") == PAKISTAN
    assert business_calendar("PK").following(EID) == EID
    decided(EID, is_business=False)
    assert business_calendar("PK").following(EID) == date(2027, 3, 11)
    decided(EID, is_business=True, reason="Moon not sighted after all")
    assert business_calendar("PK").following(EID) == EID
    assert list(CalendarOverride.objects.values_list("is_business", flat=True)) == [False, True]


def test_a_working_saturday():
    saturday = date(2027, 3, 13)
    assert not PAKISTAN.is_business(saturday)
    decided(saturday, is_business=True, reason="Bank closing day")
    assert business_calendar("PK").is_business(saturday)
    assert business_calendar("WEEKENDS").is_business(saturday) is False


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"calendar": "MOON"}, "calendar"),
        ({"day": "10 March"}, "day"),
        ({"day": (NOW.date() - timedelta(days=1)).isoformat()}, "day"),
        ({"day": NOW.date().isoformat()}, "day"),
        ({"is_business": True}, "day"),
        ({"reason": "  "}, "reason"),
        ({"reason": "x" * 201}, "reason"),
    ],
)
def test_what_is_no_override_is_refused_by_field(change, field):
    payload = {"calendar": "PK", "day": EID.isoformat(), "is_business": False, "reason": "Eid"} | change
    with pytest.raises(Refused) as refusal:
        approval_propose(
            action=CalendarOverrideApprove.name, payload=payload, actor=registrar("REGISTRAR_OFFICER"), now=NOW
        )
    assert refusal.value.field == field
    assert CalendarOverride.objects.count() == 0


def test_the_maker_alone_closes_nothing_and_the_preview_says_what_moves():
    payload = {"calendar": "PK", "day": EID.isoformat(), "is_business": False, "reason": "Eid"}
    maker = registrar("REGISTRAR_OFFICER")
    proposal = approval_propose(action=CalendarOverrideApprove.name, payload=payload, actor=maker, now=NOW)
    shown = approval_preview(approval=proposal, now=NOW)
    assert shown.rows[0][1:] == ("open", "closed")
    assert shown.rows[1][1:] == ("2027-03-10", "2027-03-11")
    with pytest.raises((NotAllowed, PlatformError)):
        approval_approve(approval_id=proposal.pk, actor=maker, now=NOW)
    assert CalendarOverride.objects.count() == 0


def test_a_word_is_never_edited_or_removed():
    decided(EID, is_business=False)
    for statement in (
        "UPDATE calendar_calendaroverride SET is_business = true",
        "DELETE FROM calendar_calendaroverride",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    approval = CalendarOverride.objects.get().approval
    unsaid = CalendarOverride(calendar="PK", day=EID, is_business=True, decided_at=NOW, approval=approval)
    with pytest.raises(IntegrityError), transaction.atomic():
        unsaid.save()
    assert CalendarOverride.objects.get().is_business is False


def test_a_day_is_ahead_until_midnight_of_the_market_not_of_greenwich() -> None:
    """At 20:00 UTC it is the next day in Karachi: that day has begun and can no longer be declared."""
    evening = datetime(2027, 3, 8, 20, tzinfo=UTC)
    with pytest.raises(Refused, match="2027-03-09 is not ahead"):
        decided(date(2027, 3, 9), is_business=False, now=evening)
    assert CalendarOverride.objects.count() == 0
    decided(date(2027, 3, 9), is_business=False, now=evening - timedelta(hours=2))
    assert CalendarOverride.objects.count() == 1
