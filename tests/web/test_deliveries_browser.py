"""Bars for units on a desk and in the hand: chosen, checked, asked for, and seen to the release order."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from custody.reserves.models import PhysicalRedemption
from custody.reserves.services import redemptions_advance
from tests.db.reserves.test_redemptions import Held, burn
from tests.factories.examined import NOW
from tests.support.browser import picture, sign_in
from tests.support.browser import site as site
from tests.support.people import PASSWORD, person
from tokenization.identity.roles import Role
from tokenization.kernel import clock

pytest_plugins = ["tests.support.browser"]
pytestmark = pytest.mark.browser


def test_a_holder_asks_for_two_bars(site: str, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    case = Held()
    case.user.set_password(PASSWORD)
    case.user.save()
    sign_in(page, site, case.user)
    page.goto(f"{site}/portal/holdings/{case.token.pk}/deliver/")
    page.get_by_label("TEST REFINER A/TS00000/2018 in VLT-ONE").check()
    page.get_by_label("TEST REFINER C/TS00002/2020 in VLT-ONE").check()
    page.get_by_label("Collecting agent").fill("Security carrier for tests, letter 17")
    page.get_by_role("button", name="Check the delivery").click()
    expect(page.get_by_role("heading", name="Please check")).to_be_visible()
    picture(page, "portal-deliver")
    page.get_by_role("button", name="Ask for this delivery").click()
    expect(page.get_by_text("Two persons of the issuer approve it")).to_be_visible()
    row = PhysicalRedemption.objects.get()
    case.approve(row)
    redemptions_advance(now=NOW)
    burn(row)
    redemptions_advance(now=NOW)
    page.reload()
    expect(page.get_by_role("link", name="Release order (PDF)")).to_be_visible()
    picture(page, "portal-delivery")
    page.context.clear_cookies()
    sign_in(page, site, person(Role.REGISTRAR_OFFICER))
    page.goto(f"{site}/office/reserves/")
    expect(page.get_by_role("link", name="PDF", exact=True)).to_be_visible()
    picture(page, "office-reserves-ordered")
