"""Locked doors after wrong passwords, sessions that end, and what `check --deploy` says of a served platform."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Any

import pytest
from django.test import Client

from tests.support.database import ROOT
from tests.support.people import PASSWORD, person
from tokenization.identity.roles import Role
from tokenization.theme.entry.address import client_address

pytestmark = pytest.mark.django_db


def attempt(client: Client, name: str, word: str, **more: Any) -> Any:
    return client.post("/sign-in/", {"username": name, "password": word}, **more)


def test_five_wrong_passwords_lock_that_name_from_that_place_alone(client: Client) -> None:
    user, other = person(Role.DEBT_MAKER), person(Role.DEBT_CHECKER)
    for _ in range(4):
        assert attempt(client, user.username, "wrong").status_code == 200
    locked = attempt(client, user.username, "wrong")
    assert locked.status_code == 429
    assert "5 wrong passwords" in locked.content.decode()
    assert attempt(client, user.username, PASSWORD).status_code == 429
    assert "_auth_user_id" not in client.session
    assert attempt(Client(), user.username, PASSWORD, REMOTE_ADDR="192.0.2.7").status_code == 302
    assert attempt(Client(), other.username, PASSWORD).status_code == 302


def test_a_right_password_clears_the_count(client: Client) -> None:
    user = person(Role.DEBT_MAKER)
    for _ in range(2):
        for _ in range(4):
            attempt(Client(), user.username, "wrong")
        assert attempt(Client(), user.username, PASSWORD).status_code == 302


def test_a_session_ends_after_a_working_day_however_busy(client: Client, settings: Any) -> None:
    user = person(Role.AUDITOR)
    client.force_login(user)
    assert client.get("/assurance/").status_code == 200
    session = client.session
    session["began"] = int(time.time()) - settings.SESSION_LONGEST - 1
    session.save()
    answer = client.get("/assurance/", follow=True)
    assert answer.redirect_chain == [("/sign-in/?next=/assurance/", 302)]
    assert "signed out after a working day" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_work_prolongs_a_session_and_idleness_ends_it(client: Client, settings: Any) -> None:
    client.force_login(person(Role.AUDITOR))
    client.get("/assurance/")
    first = client.session["noted"]
    session = client.session
    session["noted"] = first - 6 * 60
    session.save()
    answer = client.get("/assurance/")
    assert client.session["noted"] >= first
    assert answer.cookies["sessionid"]["max-age"] == settings.SESSION_COOKIE_AGE == 1800
    assert client.get("/assurance/").cookies.get("sessionid") is None


def check_deploy(keys: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("REHEARSAL", "DEBUG")}
    environment |= {"SERVING": "1", "SECRET_KEY": "".join(chr(33 + n) for n in range(64))}
    environment |= {"FIELD_KEYS": keys}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_check_deploy_finds_nothing_on_a_served_platform() -> None:
    done = check_deploy("a" * 32 + "," + "b" * 43)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no issues" in done.stdout + done.stderr


def test_check_deploy_says_what_is_wrong_with_the_keys() -> None:
    for keys, words in (("", "FIELD_KEYS is empty"), ("a" * 32 + ",b", "Key 2 of FIELD_KEYS has fewer than 32")):
        done = check_deploy(keys)
        assert (done.returncode, words in done.stderr) == (1, True), done.stderr


def forwarded(text: str) -> dict[str, str]:
    """As a proxy at 10.0.0.1 hands a request on: what the caller wrote, and last the address that it saw itself."""
    return {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": text}


def test_behind_a_proxy_a_forged_address_does_not_evade_the_lock(client: Client, settings: Any) -> None:
    settings.BEHIND_PROXY = True
    user = person(Role.INVESTOR)
    for place in range(5):
        attempt(client, user.username, "wrong", **forwarded(f"192.0.2.{place}, 203.0.113.9"))
    assert attempt(Client(), user.username, PASSWORD, **forwarded("192.0.2.99, 203.0.113.9")).status_code == 429


def test_behind_a_proxy_one_mans_guessing_does_not_lock_the_others_out(client: Client, settings: Any) -> None:
    """All come from the proxy's socket; nobody can point at another's address either."""
    settings.BEHIND_PROXY = True
    user = person(Role.INVESTOR)
    for _ in range(5):
        attempt(client, user.username, "wrong", **forwarded("203.0.113.77, 203.0.113.9"))
    assert attempt(Client(), user.username, PASSWORD, **forwarded("203.0.113.77")).status_code == 302


def test_without_a_proxy_the_header_is_not_believed(client: Client) -> None:
    user = person(Role.INVESTOR)
    for place in range(5):
        attempt(client, user.username, "wrong", HTTP_X_FORWARDED_FOR=f"192.0.2.{place}")
    assert attempt(Client(), user.username, PASSWORD, HTTP_X_FORWARDED_FOR="192.0.2.99").status_code == 429


@pytest.mark.parametrize("told", ["", "unknown", "x, y", "1.2.3", "192.0.2.1:80"])
def test_a_header_that_is_no_address_gives_the_sockets(rf: Any, settings: Any, told: str) -> None:
    settings.BEHIND_PROXY = True
    assert client_address(rf.get("/", **forwarded(told))) == "10.0.0.1"
    assert client_address(rf.get("/", **forwarded("spoofed, 2001:DB8::1"))) == "2001:db8::1"
