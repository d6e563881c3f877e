"""The real door: password, second factor, enrolment, and what a session opens before it has shown one."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from tests.support.people import APP_SECRET, PASSWORD, app_code, enrol, person, rested
from tokenization.identity.factors import code_give
from tokenization.identity.factors.codes import code_at, step_of
from tokenization.identity.models import AuditEntry, FactorUse, User
from tokenization.identity.roles import Role
from tokenization.theme.entry import given

pytestmark = pytest.mark.django_db
HOUSES = [role for role in Role if role is not Role.INVESTOR]


def password(client: Client, user: User, **more: Any) -> Any:
    return client.post("/sign-in/", {"username": user.username, "password": PASSWORD}, **more)


def code(client: Client, text: str, **more: Any) -> Any:
    return client.post("/sign-in/code/", {"factor_code": text}, **more)


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def audited(user: User) -> list[str]:
    rows = AuditEntry.objects.filter(subject=f"identity.user:{user.pk}", action__startswith="factor.")
    return list(rows.order_by("pk").values_list("action", flat=True))


@pytest.mark.parametrize("role", HOUSES)
def test_who_has_a_factor_is_signed_in_after_it_and_not_before(client: Client, role: Role) -> None:
    user = enrol(person(role))
    half = password(client, user)
    assert (half.status_code, half["Location"]) == (302, "/sign-in/code/")
    assert not signed_in(client)
    assert client.get("/")["Location"] == "/sign-in/?next=/"
    assert client.get("/api/v1/auctions").status_code == 401
    whole = code(client, app_code())
    assert (whole.status_code, whole["Location"]) == (302, "/")
    assert client.session["_auth_user_id"] == str(user.pk)
    assert given.ever(client.session)
    assert client.get("/", follow=True).status_code == 200


@pytest.mark.parametrize("role", HOUSES)
def test_an_officer_without_one_is_led_to_set_it_up_and_opens_nothing_else(client: Client, role: Role) -> None:
    user = person(role)
    assert password(client, user)["Location"] == "/"
    face = {Role.AUDITOR: "/assurance/", Role.SUPERVISOR: "/assurance/", Role.EXAMINER: "/examiner/"}.get(
        role, "/office/"
    )
    for path in ("/", face, f"{face}nothing/", "/office/authority/legalauthority/", "/portal/"):
        for method in (client.get, client.post):
            assert method(path)["Location"].startswith("/second-factor/?next="), path
    told = client.get("/api/v1/auctions")
    assert (told.status_code, told["Content-Type"]) == (403, "application/problem+json")
    assert told.json()["detail"] == "This session has given no second factor."
    page = client.get("/", follow=True).content.decode()
    assert "Your work needs a second factor beside the password" in page
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert not signed_in(client)


def test_setting_up_an_app_opens_the_rest_and_shows_recovery_codes_once(client: Client) -> None:
    user = person(Role.DEBT_MAKER)
    password(client, user)
    page = client.get("/second-factor/app/").content.decode()
    secret = re.search(r"<code>([A-Z2-7 ]{39})</code>", page)
    assert secret is not None
    told = secret[1].replace(" ", "")
    assert "<svg" in page
    wrong = client.post("/second-factor/app/", {"code": "000000"})
    assert "That code is not right." in wrong.content.decode()
    assert secret[1] in wrong.content.decode()
    assert not Authenticator.objects.exists()
    assert client.get("/office/").status_code == 302
    right = client.post("/second-factor/app/", {"code": code_at(told, step_of(datetime.now(UTC)))})
    assert right["Location"] == "/second-factor/recovery/"
    codes = re.findall(r"<li><code>(\d{8})</code></li>", client.get("/second-factor/recovery/").content.decode())
    assert len(set(codes)) == 10
    assert client.post("/second-factor/recovery/")["Location"] == "/"
    assert client.get("/second-factor/recovery/")["Location"] == "/second-factor/"
    assert client.get("/office/").status_code == 200
    assert audited(user) == ["factor.enrol"]


def test_an_investor_may_set_one_up_and_is_not_forced_to(client: Client) -> None:
    user = person(Role.INVESTOR)
    assert password(client, user)["Location"] == "/"
    assert client.get("/portal/").status_code == 200
    client.post("/sign-out/")
    enrol(user)
    assert password(client, user)["Location"] == "/sign-in/code/"
    assert client.get("/portal/")["Location"] == "/sign-in/?next=/portal/"
    assert code(client, app_code())["Location"] == "/"
    assert client.get("/portal/").status_code == 200


def test_a_session_without_the_factor_is_asked_for_it_before_anything(client: Client) -> None:
    """As after a way in that forgot to ask: the gate asks, whatever the door did."""
    user = enrol(person(Role.AUDITOR))
    client.force_login(user)
    session = client.session
    del session["factor_given"]
    session.save()
    assert client.get("/assurance/?x=1")["Location"] == "/second-factor/again/?next=%2Fassurance%2F%3Fx%3D1"
    assert client.get("/second-factor/app/")["Location"] == "/second-factor/again/"
    assert client.post("/second-factor/recovery/renew/")["Location"] == "/second-factor/again/"
    assert client.post("/second-factor/again/", {"next": "/assurance/"}).status_code == 200
    done = client.post("/second-factor/again/", {"next": "/assurance/", "factor_code": app_code()})
    assert done["Location"] == "/assurance/"
    assert client.get("/assurance/").status_code == 200


def test_it_never_leads_to_another_site(client: Client) -> None:
    user = enrol(person(Role.AUDITOR))
    client.force_login(user)
    away = {"next": "//evil.example/", "factor_code": app_code()}
    assert client.post("/second-factor/again/", away)["Location"] == "/"


def test_a_code_counts_once(client: Client) -> None:
    user = enrol(person(Role.DEBT_MAKER))
    used = app_code()
    password(client, user)
    assert code(client, used).status_code == 302
    other = Client()
    password(other, user)
    again = code(other, used)
    assert again.status_code == 200
    assert "it was used already" in again.content.decode()
    assert not signed_in(other)


def test_a_telephone_may_be_half_a_minute_off_and_no_more() -> None:
    user = enrol(person(Role.DEBT_MAKER))
    now = datetime.now(UTC)
    for seconds, counts in ((-60, False), (-30, True), (0, True), (30, True), (60, False)):
        rested(user)
        text = app_code(now + timedelta(seconds=seconds))
        assert (code_give(user=user, code=text, wall=now, now=now) == "totp") is counts, seconds


def test_an_older_code_does_not_count_after_a_newer_one() -> None:
    user = enrol(person(Role.DEBT_MAKER))
    now = datetime.now(UTC)
    assert code_give(user=user, code=app_code(now + timedelta(seconds=30)), wall=now, now=now) == "totp"
    assert code_give(user=user, code=app_code(now), wall=now, now=now) == ""
    assert FactorUse.objects.get(user=user).wrong == 1


def test_five_wrong_codes_lock_the_door_from_there(client: Client) -> None:
    user = enrol(person(Role.DEBT_MAKER))
    password(client, user)
    for _ in range(4):
        answer = code(client, "000000")
        assert "That code is not right" in answer.content.decode()
    locked = code(client, "000000")
    assert locked.status_code == 429
    assert "5 wrong passwords or codes" in locked.content.decode()
    assert code(client, app_code()).status_code == 429
    assert password(Client(), user).status_code == 429
    assert not signed_in(client)
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    password(elsewhere, user)
    assert code(elsewhere, app_code()).status_code == 302


def test_wrong_passwords_and_wrong_codes_count_together(client: Client) -> None:
    user = enrol(person(Role.DEBT_MAKER))
    for _ in range(3):
        client.post("/sign-in/", {"username": user.username, "password": "wrong"})
    password(client, user)
    assert [code(client, "000000").status_code for _ in range(2)] == [200, 429]


def test_ten_wrong_codes_from_ten_places_lock_the_codes_for_a_quarter_of_an_hour() -> None:
    user = enrol(person(Role.DEBT_MAKER))
    for place in range(10):
        client = Client(REMOTE_ADDR=f"192.0.2.{place}")
        password(client, user)
        code(client, "000000")
    assert audited(user) == ["factor.enrol", "factor.locked"]
    client = Client(REMOTE_ADDR="192.0.2.77")
    password(client, user)
    answer = code(client, app_code())
    assert "There were too many wrong codes. Try again in 15 minutes." in answer.content.decode()
    assert not signed_in(client)
    FactorUse.objects.filter(user=user).update(locked_until=datetime.now(UTC) - timedelta(seconds=1))
    assert code(client, app_code()).status_code == 302


def test_a_recovery_code_opens_once_and_is_noted(client: Client) -> None:
    user = enrol(person(Role.DEBT_MAKER))
    row = Authenticator.objects.get(user=user, type="recovery_codes")
    first = RecoveryCodes(row).get_unused_codes()[0]
    password(client, user)
    assert code(client, first).status_code == 302
    other = Client()
    password(other, user)
    assert code(other, first).status_code == 200
    assert audited(user) == ["factor.enrol", "factor.recovery_used"]


def test_renewed_recovery_codes_replace_the_old_ones(client: Client) -> None:
    user = enrol(person(Role.DEBT_MAKER))
    old = RecoveryCodes(Authenticator.objects.get(user=user, type="recovery_codes")).get_unused_codes()[0]
    client.force_login(user)
    assert client.post("/second-factor/recovery/renew/")["Location"] == "/second-factor/recovery/"
    now = datetime.now(UTC)
    assert code_give(user=user, code=old, wall=now, now=now) == ""


def test_the_half_way_session_ends_after_five_minutes_and_with_the_password(client: Client) -> None:
    user = enrol(person(Role.DEBT_MAKER))
    password(client, user)
    session = client.session
    session["half_signed_in"] = {**session["half_signed_in"], "at": session["half_signed_in"]["at"] - 301}
    session.save()
    assert code(client, app_code())["Location"] == "/sign-in/"
    password(client, user)
    user.set_password("another horse 8 battery")
    user.save()
    assert code(client, app_code())["Location"] == "/sign-in/"
    assert not signed_in(client)


def test_a_dismissed_officer_gets_no_further_than_his_password(client: Client) -> None:
    user = enrol(person(Role.DEBT_MAKER))
    password(client, user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert code(client, app_code())["Location"] == "/sign-in/"


def test_the_last_factor_of_an_officer_stays_and_that_of_an_investor_goes(client: Client) -> None:
    for role, kinds in ((Role.DEBT_MAKER, {"totp", "recovery_codes"}), (Role.INVESTOR, set())):
        user = enrol(person(role))
        client.force_login(user)
        row = Authenticator.objects.get(user=user, type="totp")
        answer = client.post(f"/second-factor/{row.pk}/remove/", follow=True)
        assert ("your work needs one" in answer.content.decode()) is bool(kinds)
        assert set(Authenticator.objects.filter(user=user).values_list("type", flat=True)) == kinds


def test_nobody_removes_the_factor_of_another(client: Client) -> None:
    other = enrol(person(Role.INVESTOR))
    row = Authenticator.objects.get(user=other, type="totp")
    client.force_login(enrol(person(Role.INVESTOR)))
    assert "You have no such factor" in client.post(f"/second-factor/{row.pk}/remove/", follow=True).content.decode()
    assert Authenticator.objects.filter(pk=row.pk).exists()


def test_the_database_holds_no_secret_in_plain_text(client: Client) -> None:
    user = enrol(person(Role.DEBT_MAKER))
    codes = RecoveryCodes(Authenticator.objects.get(user=user, type="recovery_codes"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT data::text FROM mfa_authenticator ORDER BY id")
        kept = " ".join(row[0] for row in cursor.fetchall())
    assert APP_SECRET not in kept
    assert codes.get_unused_codes()[0] not in kept
    assert kept.count("gAAAA") == 2
    newcomer = person(Role.DEBT_CHECKER)
    password(client, newcomer)
    page = client.get("/second-factor/app/").content.decode()
    secret = re.search(r"<code>([A-Z2-7 ]{39})</code>", page)
    assert secret is not None
    for session in Session.objects.all():
        assert secret[1].replace(" ", "") not in str(session.get_decoded())


@pytest.mark.parametrize(
    "path", ["/sign-in/code/", "/second-factor/", "/second-factor/app/", "/second-factor/passkey/"]
)
def test_the_pages_are_strict(client: Client, path: str) -> None:
    user = person(Role.DEBT_MAKER)
    if path == "/sign-in/code/":
        enrol(user)
    password(client, user)
    answer = client.get(path)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "script-src 'self';" in answer["Content-Security-Policy"]
    assert re.search(r"<script(?! src=)(?! id=\"[a-z-]+\" type=\"application/json\")", page) is None
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page)
    assert "no-store" in answer["Cache-Control"]
