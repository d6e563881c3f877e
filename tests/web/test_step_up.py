"""A factor of the last five minutes wherever a person approves something: asked for there, and nothing is lost."""

from __future__ import annotations

import ast
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from custody.reconciliation.conclusions.models import Conclusion
from issuance.authority.models import LegalAuthority
from tests.db.reconciliation.conftest import books, contract
from tests.db.reconciliation.world import run
from tests.factories.ledger import Books
from tests.support.database import ROOT
from tests.support.people import app_code, enrol, person
from tests.web.test_decisions import seen
from tests.web.test_office_browser import proposed_authority
from tests.web.test_reserves import Examined, drawn_up
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Role
from tokenization.theme.entry import given

__all__ = ["books", "contract"]
pytestmark = pytest.mark.django_db


def came_in(client: Client, user: User, *, minutes: int) -> None:
    """Signed in with his factor so many minutes ago, and at work since."""
    client.force_login(user)
    session = client.session
    session["factor_given"] -= minutes * 60
    session.save()


def hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    # The forms of language and figures carry a `next` of their own.
    return {name: unescape(value) for name, value in found if name not in {"csrfmiddlewaretoken", "next"}}


@pytest.fixture
def checker() -> User:
    return enrol(person(Role.DEBT_CHECKER))


@pytest.fixture
def approval() -> Approval:
    return proposed_authority(person(Role.DEBT_MAKER))


def states(approval: Approval) -> tuple[str, str]:
    return Approval.objects.get(pk=approval.pk).state, LegalAuthority.objects.get().state


def approve(client: Client, approval: Approval, **more: str) -> Any:
    body = {**seen(approval), **more}
    return client.post(f"/office/decisions/{approval.pk}/approve/", body, headers={"Referer": "/office/decisions/"})


def test_an_approval_waits_for_the_code_and_goes_on_with_it(client: Client, checker: User, approval: Approval) -> None:
    came_in(client, checker, minutes=6)
    asked = approve(client, approval)
    page = asked.content.decode()
    assert asked.status_code == 200
    assert "Before you approve this, show your second factor once more." in page
    assert states(approval) == ("PENDING", "DRAFT")
    assert hidden(page) == {**seen(approval), "factor_back": "/office/decisions/"}
    done = client.post(asked.wsgi_request.path, {**hidden(page), "factor_code": app_code()}, follow=True)
    assert done.redirect_chain == [(f"/office/decisions/{approval.pk}/", 302)]
    assert "Approved, and in effect. Whose turn comes next stands on Today." in done.content.decode()
    assert states(approval) == ("APPROVED", "IN_FORCE")
    assert given.lately(client.session)


def test_control_without_the_guard_the_old_session_approves(
    client: Client, checker: User, approval: Approval, monkeypatch: pytest.MonkeyPatch
) -> None:
    came_in(client, checker, minutes=6)
    monkeypatch.setattr(given, "lately", lambda session: True)
    approve(client, approval)
    assert states(approval) == ("APPROVED", "IN_FORCE")


def test_within_five_minutes_nothing_is_asked(client: Client, checker: User, approval: Approval) -> None:
    came_in(client, checker, minutes=4)
    assert approve(client, approval)["Location"] == f"/office/decisions/{approval.pk}/"
    assert states(approval) == ("APPROVED", "IN_FORCE")


def test_how_long_is_a_setting(client: Client, checker: User, approval: Approval, settings: Any) -> None:
    settings.FACTOR_FRESH_SECONDS = 30
    came_in(client, checker, minutes=1)
    assert approve(client, approval).status_code == 200
    assert states(approval) == ("PENDING", "DRAFT")


def test_a_wrong_code_approves_nothing_and_keeps_what_was_posted(
    client: Client, checker: User, approval: Approval
) -> None:
    came_in(client, checker, minutes=6)
    for count in range(5):
        answer = approve(client, approval, factor_code="000000", factor_back="/office/decisions/1/")
        assert answer.status_code == (429 if count == 4 else 200)
        if count < 4:
            assert hidden(answer.content.decode()) == {**seen(approval), "factor_back": "/office/decisions/1/"}
            assert "That code is not right" in answer.content.decode()
    assert approve(client, approval, factor_code=app_code()).status_code == 429
    assert states(approval) == ("PENDING", "DRAFT")


def test_an_empty_code_or_a_broken_passkey_is_no_factor(client: Client, checker: User, approval: Approval) -> None:
    came_in(client, checker, minutes=6)
    for more in ({"factor_code": ""}, {"factor_credential": "x"}, {"factor_credential": "[]"}):
        assert approve(client, approval, **more).status_code == 200
    assert approve(client, approval, factor_credential='{"id": "x"}').status_code == 200
    assert states(approval) == ("PENDING", "DRAFT")


def test_the_way_back_leads_to_no_other_site(client: Client, checker: User, approval: Approval) -> None:
    came_in(client, checker, minutes=6)
    page = approve(client, approval, factor_back="https://evil.example/").content.decode()
    assert "evil" not in page
    assert hidden(page)["factor_back"] == "/"


def test_rejecting_needs_no_code(client: Client, checker: User, approval: Approval) -> None:
    """What keeps things as they are is not made harder."""
    came_in(client, checker, minutes=60)
    client.post(f"/office/decisions/{approval.pk}/reject/", {"reason": "not now"})
    assert states(approval)[0] == "REJECTED"


def test_an_auditors_conclusion_needs_it(client: Client, books: Books) -> None:
    made = run(books)
    came_in(client, enrol(person(Role.AUDITOR)), minutes=6)
    said = {"opinion": "QUALIFIED", "words": "Right, but for <one> wallet."}
    page = client.post(f"/assurance/runs/{made.pk}/conclude/", said).content.decode()
    assert "Before you record your conclusion" in page
    assert Conclusion.objects.count() == 0
    client.post(f"/assurance/runs/{made.pk}/conclude/", {**hidden(page), "factor_code": app_code()})
    assert Conclusion.objects.get().words == said["words"]


def test_an_examiners_signature_needs_it(client: Client) -> None:
    case = Examined()
    enrol(case.examiner)
    client.force_login(case.examiner)
    row = drawn_up(client, case)
    signature = case.key.sign_typed_data(client.get(f"/examiner/attestations/{row.pk}/message/").json())
    came_in(client, case.examiner, minutes=6)
    page = client.post(f"/examiner/attestations/{row.pk}/", {"signature": signature}).content.decode()
    row.refresh_from_db()
    assert row.state == "DRAFT"
    client.post(f"/examiner/attestations/{row.pk}/", {**hidden(page), "factor_code": app_code()})
    row.refresh_from_db()
    assert row.state == "RECEIVED"


GUARDED = {
    "approval_approve": ("tokenization/backoffice/pages/decisions.py", "approve"),
    "attestation_receive": ("tokenization/backoffice/pages/examiner.py", "attestation"),
    "run_conclude": ("tokenization/assurance/conclusions.py", "conclude"),
}


@pytest.mark.parametrize("service", sorted(GUARDED))
def test_no_other_page_or_operation_approves(service: str) -> None:
    """A new way to approve through the web stands in GUARDED, behind `asks_again`, or this is red."""
    calls = []
    for room in ("backoffice", "assurance", "portal", "api", "theme", "operations"):
        for path in (ROOT / "tokenization" / room).rglob("*.py"):
            for function in ast.walk(ast.parse(path.read_text())):
                if not isinstance(function, ast.FunctionDef):
                    continue
                names = {getattr(node, "attr", getattr(node, "id", "")) for node in ast.walk(function)}
                if service in names:
                    decorators = " ".join(ast.unparse(entry) for entry in function.decorator_list)
                    assert "asks_again(" in decorators, (path, function.name)
                    calls.append((path.relative_to(ROOT).as_posix(), function.name))
    assert calls == [GUARDED[service]]
