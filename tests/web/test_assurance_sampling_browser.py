"""A figure of a gold token's run taken apart in a real browser, down to the bar, its file and its approval."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.db.reconciliation.conftest import contract
from tests.db.reconciliation.test_attested import case, gold
from tests.db.reconciliation.world import Contract, run
from tests.factories.examined import Examined
from tests.factories.ledger import Books
from tests.support.browser import picture, sign_in
from tests.support.people import person
from tests.web.test_assurance_sampling import ounce
from tokenization.identity.roles import Role

pytest_plugins = ["tests.support.browser"]
__all__ = ["case", "contract", "gold"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def test_an_auditor_goes_from_the_equation_to_the_bar_and_draws_a_sample(
    fresh_db: str, site: str, page: Page, case: Examined, gold: Books, contract: Contract
) -> None:
    ounce(gold, contract)
    made = run(gold)
    sign_in(page, site, person(Role.AUDITOR))
    page.goto(f"{site}/assurance/")
    picture(page, "assurance-overview")
    page.goto(f"{site}/assurance/runs/{made.pk}/")
    picture(page, "assurance-run-terms")
    page.get_by_role("link", name="vault, items behind it").first.click()
    expect(page.get_by_text("Agrees.")).to_be_visible()
    picture(page, "assurance-figure-vault")
    page.get_by_label("Seed").fill("third quarter")
    page.get_by_label("How many rows").fill("2")
    page.get_by_role("button", name="Draw").press("Enter")
    expect(page.get_by_text("third quarter").first).to_be_visible()
    picture(page, "assurance-sample")
    page.get_by_role("link", name="list line").first.click()
    expect(page.get_by_role("heading", name="Moves")).to_be_visible()
    picture(page, "assurance-item")
    page.get_by_role("table").get_by_role("link", name="approval").first.click()
    expect(page.get_by_text("the same root")).to_be_visible()
    picture(page, "assurance-approval")
    page.goto(f"{site}/assurance/runs/{made.pk}/")
    page.get_by_role("link", name="register, positions").first.click()
    picture(page, "assurance-figure-register")
    page.get_by_role("link", name="No. 1").first.click()
    picture(page, "assurance-instruction")
