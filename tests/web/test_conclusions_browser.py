"""An auditor concludes on a run in a real browser, by keyboard; who looked stands under it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from custody.reconciliation.conclusions.models import Conclusion
from tests.db.reconciliation.conftest import books, contract
from tests.db.reconciliation.world import run
from tests.factories.ledger import Books
from tests.support.browser import picture, sign_in, tab_to
from tests.support.people import person
from tokenization.identity.roles import Role

pytest_plugins = ["tests.support.browser"]
__all__ = ["books", "contract"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def test_an_auditor_concludes_by_keyboard(fresh_db: str, site: str, page: Page, books: Books) -> None:
    made = run(books, "month end")
    sign_in(page, site, person(Role.AUDITOR))
    page.goto(f"{site}/assurance/runs/{made.pk}/")
    tab_to(page, "Opinion")
    page.keyboard.type("unq")
    tab_to(page, "What you conclude, and why")
    page.keyboard.type("Supply is what the registrar immobilised, in all material respects.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("cell", name="unqualified", exact=True)).to_be_visible()
    assert Conclusion.objects.get().opinion == "UNQUALIFIED"
    expect(page.get_by_role("heading", name="Who looked")).to_be_visible()
    picture(page, "assurance-run-concluded")
