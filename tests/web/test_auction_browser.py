"""The auction room in a real browser, with 44 bids: on a desk and in a hand, by keyboard alone, and with no script."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, Page, expect

from issuance.allotment.models import Allotment
from issuance.auction.models import Auction
from tests.factories import auction as make
from tests.factories import issuance as made
from tests.support.browser import legible, picture
from tests.support.browser import site as site
from tests.support.people import person
from tests.web.test_office_browser import sign_in
from tokenization.identity.models import Approval
from tokenization.identity.roles import Role
from tokenization.local.processes import wait_for

pytest_plugins = ["tests.support.browser"]
pytestmark = pytest.mark.browser
M = make.MILLION


def large(people: made.Office) -> Auction:
    """40 bids with a price at 23 levels for 25.5 bn, and 4 without, against a target of 15 bn."""
    authority = made.authority(people, ceiling_minor=10**14)
    series = made.series(people, made.programme(people, made.envelope(people, authority)), ceiling_units=10**9)
    book = [
        ((300 + 25 * (at * 7 % 28)) * M, f"{Decimal('97.6500') - Decimal('0.0125') * (at * 5 % 23)}")
        for at in range(40)
    ]
    others = [((1 + at) * M, None) for at in range(4)]
    return make.booked(people, series, [*book, *others], target_minor=15_000 * M * 100)


def test_the_room_before_the_close_counts_down(site: str, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    people = made.office()
    row = make.announced(people)
    make.placed(row, make.dealer(people), 2 * M, "97.6123")
    now = make.CLOSES - timedelta(seconds=4)
    maker = person(Role.DEBT_MAKER)
    sign_in(page, site, maker)
    monkeypatch.setattr("tokenization.kernel.clock.now", lambda: now)
    page.goto(f"{site}/office/auctions/{row.pk}/")
    # `expect` looks about once in a second, and "2 s" stands no longer than that.
    assert wait_for(lambda: page.locator("[data-countdown]").inner_text() == "2 s", 30)
    picture(page, "auction-open")
    expect(page.get_by_text("Bidding has ended: load this page again.")).to_be_visible(timeout=30_000)
    assert "97.6123" not in page.content()


def test_the_cut_off_is_moved_and_proposed_by_keyboard(site: str, page: Page) -> None:
    people = made.office()
    row = large(people)
    maker, agent = person(Role.DEBT_MAKER), person(Role.FISCAL_AGENT_OFFICER)
    sign_in(page, site, maker)
    page.goto(f"{site}/office/auctions/")
    picture(page, "auctions")
    page.get_by_role("link", name=str(row)).click()
    expect(page.get_by_role("img", name="Demand curve")).to_be_visible()
    picture(page, "auction-closed")
    page.get_by_label("Lowest price accepted").focus()
    page.keyboard.type("97.4750")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Try a decision")).to_be_visible()
    expect(page.get_by_text("accepted", exact=True)).to_have_count(15)
    expect(page.get_by_text("Who gets what, if this is decided")).to_be_visible()
    picture(page, "auction-tried")
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert legible(page) == 1
    page.get_by_label("announced is taken").focus()
    page.keyboard.type("The budget of the quarter.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Proposed. It now waits for a second person.")).to_be_visible()
    picture(page, "auction-proposed")
    proposal = Approval.objects.get(state="PENDING", action="issuance.allotment.allot_auction")
    page.goto(f"{site}/office/decisions/{proposal.pk}/")
    page.context.clear_cookies()
    checker = person(Role.DEBT_CHECKER)
    sign_in(page, site, checker)
    page.goto(f"{site}/office/decisions/{proposal.pk}/")
    expect(page.get_by_role("heading", name="Who gets what")).to_be_visible()
    picture(page, "auction-decision")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved, and in effect. Whose turn comes next stands on Today.")).to_be_visible()
    page.goto(f"{site}/office/auctions/{row.pk}/result/")
    expect(page.get_by_role("heading", name="Who got what")).to_be_visible()
    picture(page, "auction-result")
    page.context.clear_cookies()
    sign_in(page, site, agent)
    page.goto(f"{site}/office/auctions/{row.pk}/")
    expect(page.get_by_role("columnheader", name="Bidder")).to_have_count(0)
    picture(page, "auction-agent")
    row.refresh_from_db()
    assert (row.state, Allotment.objects.exists()) == ("ALLOTTED", True)


def test_it_works_with_no_script_at_all(site: str, browser: Browser) -> None:
    row = large(made.office())
    maker = person(Role.DEBT_MAKER)
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800})
    page = context.new_page()
    sign_in(page, site, maker)
    page.wait_for_url("**/office/")
    page.goto(f"{site}/office/auctions/{row.pk}/")
    page.get_by_role("link", name="97.5500", exact=True).click()
    expect(page.get_by_text("Cut-off price", exact=True)).to_be_visible()
    page.get_by_role("button", name="Propose this decision").click()
    context.close()
    assert Approval.objects.filter(state="PENDING").count() == 1
