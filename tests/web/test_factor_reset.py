"""A lost second factor is reset by two others: sessions end, and the password alone opens only the way to a new one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from tests.support.people import PASSWORD, app_code, enrol, person
from tokenization.api.tokens import token_make, token_of
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.identity.factors.actions import SecondFactorReset
from tokenization.identity.models import Approval, AuditEntry, User
from tokenization.identity.roles import Role
from tokenization.kernel.errors import NotAllowed, Refused

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 7, 1, 5, tzinfo=UTC)
WHY = "Telephone and recovery codes were stolen; she was seen at the office."


def asked(user: User, maker: User, reason: str = WHY) -> Approval:
    payload = {"user": user.pk, "reason": reason}
    return approval_propose(action=SecondFactorReset.name, payload=payload, actor=maker, now=NOW)


def factors(user: User) -> int:
    return Authenticator.objects.filter(user=user).count()


def test_two_others_reset_it_and_the_password_leads_to_a_new_one(client: Client) -> None:
    lost = enrol(person(Role.DEBT_CHECKER))
    client.post("/sign-in/", {"username": lost.username, "password": PASSWORD})
    client.post("/sign-in/code/", {"factor_code": app_code()})
    assert client.get("/office/").status_code == 200
    hour = {"now": NOW, "wall": NOW, "valid_for": timedelta(hours=1)}
    kept, secret = token_make(user=lost, name="program", may_write=True, actor=lost, **hour)
    assert token_of(secret, wall=NOW) == kept
    approval = asked(lost, person(Role.COMPLIANCE_OFFICER))
    assert factors(lost) == 2  # an app and its recovery codes, until somebody decides
    approval_approve(approval_id=approval.pk, actor=person(Role.COMPLIANCE_CHECKER), now=NOW)
    assert factors(lost) == 0
    assert token_of(secret, wall=NOW) is None
    lost.refresh_from_db()
    _, later = token_make(user=lost, name="program anew", may_write=True, actor=lost, **hour)
    assert token_of(later, wall=NOW) is not None
    assert client.get("/office/")["Location"].startswith("/sign-in/")
    assert client.post("/sign-in/", {"username": lost.username, "password": PASSWORD})["Location"] == "/"
    assert client.get("/office/")["Location"].startswith("/second-factor/?")
    told = AuditEntry.objects.get(action="factor.reset")
    assert told.subject == f"identity.user:{lost.pk}"
    assert WHY in told.body


def test_nobody_takes_part_in_resetting_his_own() -> None:
    officer, checker = enrol(person(Role.COMPLIANCE_OFFICER)), enrol(person(Role.COMPLIANCE_CHECKER))
    for lost in (officer, checker):
        approval = asked(lost, officer)
        with pytest.raises(NotAllowed, match="his own second factor"):
            approval_approve(approval_id=approval.pk, actor=checker, now=NOW)
        approval.refresh_from_db()
        assert (approval.state, factors(lost)) == ("PENDING", 2)
    assert not AuditEntry.objects.filter(action="factor.reset").exists()


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.COMPLIANCE_OFFICER])
def test_no_other_role_asks_for_it(role: Role) -> None:
    lost = enrol(person(Role.DEBT_MAKER))
    with pytest.raises(NotAllowed):
        asked(lost, person(role))
    assert (factors(lost), Approval.objects.count()) == (2, 0)


def test_a_reason_is_given_and_there_is_something_to_reset() -> None:
    maker = person(Role.COMPLIANCE_OFFICER)
    for user, reason, field in ((enrol(person(Role.AUDITOR)), " ", "reason"), (person(Role.AUDITOR), WHY, "user")):
        with pytest.raises(Refused) as refusal:
            asked(user, maker, reason)
        assert refusal.value.field == field
    assert Approval.objects.count() == 0


def test_it_is_asked_for_from_the_pages_and_read_with_the_persons_name(client: Client) -> None:
    lost = enrol(person(Role.TREASURY_OFFICER))
    client.force_login(person(Role.COMPLIANCE_OFFICER))
    page = client.post("/office/propose/second-factor-reset/", {"user": lost.pk, "reason": WHY}, follow=True)
    words = page.content.decode()
    assert "Proposed. It now waits for a second person." in words
    assert f"Second factors of {lost.get_full_name()}" in words
    assert lost.username in words
