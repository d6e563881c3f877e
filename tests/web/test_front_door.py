"""Who gets in, where each role lands, and that strangers see nothing."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.support.people import PASSWORD, person
from tokenization.identity.roles import Role

pytestmark = pytest.mark.django_db

LANDING = {
    Role.AUDITOR: "/assurance/",
    Role.SUPERVISOR: "/assurance/",
    Role.INVESTOR: "/portal/",
    Role.EXAMINER: "/examiner/",
    **{role: "/office/" for role in Role if role not in {Role.AUDITOR, Role.INVESTOR, Role.EXAMINER, Role.SUPERVISOR}},
}


@pytest.mark.parametrize("role", list(Role))
def test_home_sends_each_role_to_its_face(client: Client, role: Role) -> None:
    client.force_login(person(role))
    answer = client.get("/")
    assert (answer.status_code, answer["Location"]) == (302, LANDING[role])


def test_home_sends_strangers_to_sign_in(client: Client) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/?next=/")


def test_somebody_without_a_role_is_told_so_and_gets_nothing(client: Client) -> None:
    client.force_login(person())
    answer = client.get("/")
    assert answer.status_code == 403
    assert "has been given no role yet" in answer.content.decode()


def test_sign_in_opens_a_session_for_the_right_password_only(client: Client) -> None:
    user = person(Role.DEBT_CHECKER)
    wrong = client.post("/sign-in/", {"username": user.username, "password": PASSWORD.upper()})
    assert wrong.status_code == 200
    assert "do not belong together" in wrong.content.decode()
    assert "_auth_user_id" not in client.session
    right = client.post("/sign-in/", {"username": user.username, "password": PASSWORD})
    assert (right.status_code, right["Location"]) == (302, "/")
    assert client.session["_auth_user_id"] == str(user.pk)


def test_a_dismissed_officer_cannot_sign_in(client: Client) -> None:
    user = person(Role.DEBT_CHECKER)
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    answer = client.post("/sign-in/", {"username": user.username, "password": PASSWORD})
    assert answer.status_code == 200
    assert "_auth_user_id" not in client.session


def test_sign_in_never_leads_to_another_site(client: Client) -> None:
    user = person(Role.DEBT_CHECKER)
    answer = client.post(
        "/sign-in/?next=//evil.example/", {"username": user.username, "password": PASSWORD, "next": "//evil.example/"}
    )
    assert answer["Location"] == "/"


def test_sign_out_needs_a_post_and_ends_the_session(client: Client) -> None:
    client.force_login(person(Role.AUDITOR))
    assert client.get("/sign-out/").status_code == 405
    assert "_auth_user_id" in client.session
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert "_auth_user_id" not in client.session


def test_the_offices_own_sign_out_ends_the_session_too(client: Client) -> None:
    client.force_login(person(Role.DEBT_MAKER))
    client.get("/office/logout/")
    assert "_auth_user_id" in client.session
    assert client.post("/office/logout/")["Location"] == "/"
    assert "_auth_user_id" not in client.session


def test_pages_carry_no_inline_script_or_style(client: Client) -> None:
    page = client.get("/sign-in/").content.decode()
    assert "<script>" not in page
    assert "<style" not in page
    assert " style=" not in page
    assert "onclick" not in page
    assert "//" not in page.replace("http://www.w3.org", "").replace("<!doctype", "")


def test_pages_may_run_our_own_files_only_and_the_office_what_unfold_needs(client: Client) -> None:
    strict = client.get("/sign-in/")["Content-Security-Policy"]
    assert "default-src 'none'" in strict
    assert "script-src 'self';" in strict
    assert "unsafe" not in strict
    for role, path in ((Role.AUDITOR, "/assurance/"), (Role.INVESTOR, "/portal/")):
        client.force_login(person(role))
        assert client.get(path)["Content-Security-Policy"] == strict
    assert client.get("/nowhere/")["Content-Security-Policy"] == strict
    client.force_login(person(Role.DEBT_MAKER))
    office = client.get("/office/")["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval';" in office
    assert "script-src-attr 'none'" in office
    assert "default-src 'none'" in office
    assert "http" not in office
