"""An officer's day in a real browser, at a desk's and at a hand's width: long lists, what is under way, who is next."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from custody.settlement.models import SettlementInstruction
from tests.factories import auction as auctions
from tests.factories import issuance
from tests.factories import ledgerless as world
from tests.factories.servicing import Bond
from tests.support.browser import picture, sign_in
from tests.support.browser import site as site
from tests.support.people import person
from tests.web.test_office_browser import proposed_authority
from tokenization.backoffice.pages import listing
from tokenization.identity.roles import Role
from tokenization.kernel import clock

pytest_plugins = ["tests.support.browser"]
pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("in_july")]
DAY = "2026-07-02"


def test_a_long_list_is_found_in_and_turned_over_and_its_progress_stays_fresh(
    page: Page, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 2)
    rows = world.settlements(world.token(), 30, 10, 50)
    sign_in(page, site, person(Role.DEBT_MAKER))
    page.goto(f"{site}/office/settlement/?on={DAY}")
    purchases = page.locator("#purchases")
    expect(purchases.get_by_text("Rows 1 to 2 of 3")).to_be_visible()
    picture(page, "settlement-long-list")
    purchases.get_by_role("link", name="Next page").press("Enter")
    expect(purchases.get_by_text(rows[2].payment_reference)).to_be_visible()
    purchases.get_by_role("searchbox").fill(rows[1].payment_reference)
    purchases.get_by_role("searchbox").press("Enter")
    expect(purchases.get_by_role("row")).to_have_count(2)
    expect(purchases.get_by_text(rows[1].payment_reference)).to_be_visible()
    expect(page.get_by_text("0 of 3 purchases of this day delivered")).to_be_visible()
    SettlementInstruction.objects.filter(pk=rows[0].pk).update(state="LAPSED")
    # Asked for again after five seconds, with nothing of the page lost but that part.
    expect(page.get_by_text("0 of 2 purchases of this day delivered")).to_be_visible(timeout=20_000)
    expect(purchases.get_by_role("searchbox")).to_have_value(rows[1].payment_reference)


def test_the_pages_of_the_day_read_at_both_widths(page: Page, site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    people = issuance.office()
    room = auctions.booked(people)
    proposed_authority(person(Role.DEBT_MAKER))
    person(Role.DEBT_CHECKER)
    bond = Bond()
    bond.holder(1, 3)
    bond.holder(2, 3, account=False)
    event = bond.recorded(bond.coupon(1))
    bond.released(event)
    (row,) = world.settlements(world.token(), 10)
    world.approve_issue(row.issue_instruction)
    world.pay(row)
    world.cash_token()
    sign_in(page, site, person(Role.FISCAL_AGENT_OFFICER))
    expect(page.get_by_text("Unclaimed, waits for compliance to verify an account")).to_be_visible()
    picture(page, "day-today-fiscal-agent")
    for path, name in (
        ("decisions/", "day-approvals"),
        (f"events/{event.pk}/", "day-payment-run"),
        ("signatures/", "day-signatures"),
        ("events/", "day-events"),
    ):
        page.goto(f"{site}/office/{path}")
        picture(page, name)
    page.goto(f"{site}/public/")
    picture(page, "day-public")
    page.context.clear_cookies()
    sign_in(page, site, person(Role.DEBT_MAKER))
    monkeypatch.setattr(clock, "now", lambda: room.closes_at)
    page.goto(f"{site}/office/auctions/{room.pk}/?amount=5000000&pro_rata=on#effect")
    expect(page.get_by_text("more than the amount that was typed")).to_be_visible()
    picture(page, "day-auction-room")
    page.goto(f"{site}/office/propose/authority/")
    page.get_by_label("Reference").fill("ACT-1")
    page.get_by_role("button", name="Propose").click()
    expect(page.get_by_label("Title")).to_be_focused()
    expect(page.get_by_label("Reference")).to_have_value("ACT-1")
