"""The pages about money that waits, on a desk and in a hand: no figure is cut off, and each line leads on."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from custody.cash.services import cash_advance
from tests.factories import bank
from tests.factories import cashless as desk
from tests.factories import ledgerless as world
from tests.factories.servicing import Bond
from tests.support.browser import picture, sign_in
from tests.support.browser import site as site
from tests.support.people import person
from tests.web.test_money_told import out, ran
from tokenization.identity.models import Approval
from tokenization.identity.roles import Role
from tokenization.kernel import clock

pytest_plugins = ["tests.support.browser"]
pytestmark = pytest.mark.browser


def test_the_fiscal_agent_sees_what_waits_and_links_two_lines_that_are_one(
    site: str, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: world.NOW)
    bank.account()
    bond = Bond()
    party = bond.holder(1, 3, account=False)
    bond.released(bond.recorded(bond.coupon()))
    bond.account(party)
    world.cash_token()
    desk.minted(desk.treasury(), desk.fiscal_agent(), 900)
    desk.paid_by_bank_instead(400)
    cash_advance(now=world.NOW)
    out("tax:1", 16_332_660_034_667, "TAX-20261127-PROCEEDS")
    line = bank.debit("SWEEP-20261127-ANOTHER-REFERENCE", 16_332_660_034_667, "ANOTHER-END-TO-END-ID-1")
    bank.take(bank.statement(line, opening=0))
    sign_in(page, site, person(Role.FISCAL_AGENT_OFFICER))
    page.goto(f"{site}/office/")
    expect(page.get_by_text("Day of business: ")).to_be_visible()
    picture(page, "today-money")
    page.get_by_role("link", name="open lines with the bank").click()
    expect(page.get_by_role("table")).to_have_count(2)
    for shown in page.get_by_role("table").all():
        box = shown.locator("xpath=..").evaluate("e => [e.scrollWidth, e.clientWidth]")
        assert box[0] <= box[1], f"the table is cut off at its right edge: {box}"
    picture(page, "bank-open-lines")
    page.get_by_role("link", name="two persons link the two lines").first.click()
    page.get_by_label("At the bank, not in the journal").select_option(index=1)
    page.get_by_label("In the journal, not at the bank").select_option(label=_journal_choice(page))
    page.get_by_role("button", name="Propose").click()
    assert Approval.objects.get(action="custody.settlement.BankLineLink").state == "PENDING"
    page.goto(f"{site}/office/events/")
    expect(page.get_by_role("link", name="The fiscal agent pays it, by two persons")).to_be_visible()
    picture(page, "unclaimed")


def test_an_auditor_sees_in_amber_what_stands_behind_cash(
    site: str, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: world.NOW)
    run = ran(world.cash_token(), cash_tokens=16_054_481_883_000, recoverable=-11_067_639_383_000)
    sign_in(page, site, person(Role.AUDITOR))
    page.goto(f"{site}/assurance/")
    expect(page.get_by_text("not every token has money behind it").first).to_be_visible()
    picture(page, "assurance-cash")
    page.goto(f"{site}/assurance/runs/{run.pk}/")
    picture(page, "assurance-cash-run")


def _journal_choice(page: Page) -> str:
    options = page.get_by_label("In the journal, not at the bank").locator("option").all_text_contents()
    return next(text for text in options if "tax tax:1" in text)
