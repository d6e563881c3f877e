"""The pages from mandate to delivery in a real browser, at a desk's and at a hand's width, and with the keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from custody.tokenisation.actions import SeriesTokenise
from custody.tokenisation.models import Wallet
from tests.factories import auction as auctions
from tests.factories import issuance
from tests.factories import ledgerless as world
from tests.support.browser import picture, sign_in
from tests.support.browser import site as site
from tests.support.people import person
from tokenization.identity.approvals import approval_propose
from tokenization.identity.roles import Role
from tokenization.kernel import clock

pytest_plugins = ["tests.support.browser"]
pytestmark = pytest.mark.browser


def test_a_maker_walks_from_the_steps_to_a_refusal_and_opens_what_was_allotted(
    page: Page, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: issuance.NOW)
    people, maker = issuance.office(), person(Role.DEBT_MAKER)
    series = issuance.series(people)
    party = issuance.party(people)
    Wallet.objects.filter(pk=world.wallet(party).pk).update(chain_state="REGISTERED")
    issuance.allot(people, issuance.offer(people, series), (party, 1_000))
    world.contracts_live()
    # The wiring is a transaction, and there is no chain here.
    monkeypatch.setattr("custody.tokenisation.actions.deployment_is_live", lambda: True)
    tokenise = approval_propose(
        action=SeriesTokenise.name,
        payload={"series": issuance.series(people).pk},
        actor=people.maker,
        now=issuance.NOW,
    )
    announced = auctions.announced(people)
    sign_in(page, site, maker)
    picture(page, "today-next-steps")
    expect(page.get_by_role("heading", name="Next, from allotment to delivery")).to_be_visible()
    page.get_by_role("link", name="Sell a new bill or bond").click()
    picture(page, "sell-steps")
    page.goto(f"{site}/office/propose/auction/")
    picture(page, "propose-auction-form")
    page.goto(f"{site}/office/propose/series/")
    page.get_by_label("ISIN").fill(series.isin)
    page.get_by_role("button", name="Propose").click()
    picture(page, "propose-series-refused")
    page.goto(f"{site}/office/decisions/{tokenise.pk}/")
    picture(page, "decision-tokenise")
    page.goto(f"{site}/office/settlement/?on={series.issue_date.isoformat()}")
    picture(page, "settlement-unopened")
    world.token(series=series)
    page.goto(f"{site}/office/propose/settlements/")
    picture(page, "open-settlements")
    page.get_by_label("Security").select_option(str(series.pk))
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_text("Opened: 1 purchase of")).to_be_visible()
    page.goto(f"{site}/office/programmes/?on=2028-01-03")
    expect(page.get_by_text("nothing new can settle under it").first).to_be_visible()
    picture(page, "programmes-ended")
    assert announced.state == "ANNOUNCED"
