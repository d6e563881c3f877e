"""A real browser sets up an app and a passkey, signs in with them, and is asked again before it approves."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import picture, sign_in
from tests.support.browser import site as site
from tests.support.people import PASSWORD, app_code, enrol, person, rested
from tests.web.test_office_browser import proposed_authority
from tokenization.identity.factors.codes import code_at, step_of
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Role

pytest_plugins = ["tests.support.browser"]
pytestmark = pytest.mark.browser


@pytest.fixture
def key(page: Page) -> Any:
    """A security key in the browser's hand, which answers at once."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    return devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def password(page: Page, site: str, user: User) -> None:
    page.goto(f"{site}/")
    page.get_by_label("User name").fill(user.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_an_officer_sets_up_his_app_on_his_first_day(site: str, page: Page) -> None:
    user = person(Role.DEBT_MAKER)
    password(page, site, user)
    expect(page.get_by_text("nothing else opens before")).to_be_visible()
    picture(page, "factors-none")
    page.get_by_role("link", name="Set up an app").click()
    secret = re.sub(r"\s", "", page.locator("code").inner_text())
    picture(page, "factor-app")
    page.get_by_label("Code of your authenticator app").fill(code_at(secret, step_of(datetime.now(UTC))))
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    picture(page, "factor-recovery")
    page.get_by_role("button", name="I have kept them").click()
    expect(page).to_have_url(f"{site}/office/")
    page.goto(f"{site}/second-factor/")
    expect(page.get_by_text("TOTP")).to_have_count(0)
    picture(page, "factors-own")


def test_a_passkey_signs_in_and_confirms_an_approval(site: str, page: Page, key: Any) -> None:
    approval = proposed_authority(person(Role.DEBT_MAKER))
    user = person(Role.DEBT_CHECKER)
    password(page, site, user)
    page.get_by_role("link", name="Set up a passkey").click()
    picture(page, "factor-passkey")
    page.get_by_label("What you call it").fill("Key on my ring")
    page.get_by_role("button", name="Set up").click()
    page.get_by_role("button", name="I have kept them").click()
    page.context.clear_cookies()
    password(page, site, user)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    picture(page, "second-step-passkey")
    page.get_by_role("button", name="Use your passkey").click()
    expect(page).to_have_url(f"{site}/office/")
    _grow_old(page)
    page.goto(f"{site}/office/decisions/{approval.pk}/")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    assert Approval.objects.get(pk=approval.pk).state == "PENDING"
    picture(page, "step-up")
    page.get_by_role("button", name="Use your passkey").click()
    expect(page.get_by_text("Approved, and in effect. Whose turn comes next stands on Today.")).to_be_visible()
    assert Approval.objects.get(pk=approval.pk).checker_id == user.pk


def test_a_wrong_code_is_said_beside_the_field_and_the_right_one_goes_on(site: str, page: Page) -> None:
    approval = proposed_authority(person(Role.DEBT_MAKER))
    user = enrol(person(Role.DEBT_CHECKER))
    sign_in(page, site, user)
    expect(page).to_have_url(f"{site}/office/")
    _grow_old(page)
    page.goto(f"{site}/office/decisions/{approval.pk}/")
    page.get_by_role("button", name="Approve").click()
    page.get_by_label("Code of your authenticator app").fill("000000")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("alert").first).to_contain_text("That code is not right")
    picture(page, "step-up-wrong")
    rested(user)
    page.get_by_label("Code of your authenticator app").fill(app_code())
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("Approved, and in effect. Whose turn comes next stands on Today.")).to_be_visible()


@pytest.mark.parametrize(
    ("role", "face"), [(Role.INVESTOR, "portal"), (Role.AUDITOR, "assurance"), (Role.EXAMINER, "examiner")]
)
def test_every_face_opens_through_the_same_door(site: str, page: Page, role: Role, face: str) -> None:
    sign_in(page, site, enrol(person(role)))
    expect(page).to_have_url(f"{site}/{face}/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("User name")).to_be_visible()


def _grow_old(page: Page) -> None:
    """The session of this browser, as if its factor had been given ten minutes ago."""
    from django.contrib.sessions.backends.db import SessionStore

    cookie = next(one for one in page.context.cookies() if one.get("name") == "sessionid")
    session = SessionStore(str(cookie.get("value")))
    session["factor_given"] -= 600
    session.save()
