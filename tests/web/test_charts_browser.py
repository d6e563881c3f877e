"""The charts in a real browser: on the public page, on the auditor's first page and on the officer's."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.db.reconciliation.conftest import books, contract
from tests.db.reconciliation.world import A, Contract, run, sabotage
from tests.factories.ledger import Books
from tests.support.browser import picture, sign_in, tab_to
from tests.support.people import person
from tokenization.identity.roles import Role

pytest_plugins = ["tests.support.browser"]
__all__ = ["books", "contract"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def test_charts_are_there_for_everybody_and_open_by_keyboard(
    fresh_db: str, site: str, page: Page, books: Books, contract: Contract
) -> None:
    type(books.token).objects.filter(pk=books.token.pk).update(state="LIVE")
    run(books)
    sabotage(books, contract)
    run(books)
    contract.balances[A] += 3
    run(books)
    page.goto(f"{site}/public/")
    expect(page.get_by_role("img", name="Face falling due, PKR")).to_be_visible()
    picture(page, "charts-public")
    tab_to(page, "The same in figures")
    page.keyboard.press("Enter")
    expect(page.get_by_role("columnheader", name="Together")).to_be_visible()
    sign_in(page, site, person(Role.AUDITOR))
    page.goto(f"{site}/assurance/")
    expect(page.get_by_role("img", name="Units by record, run by run")).to_be_visible()
    picture(page, "charts-assurance")
    for name in ("approvals", "audit", "registry", "files"):
        page.goto(f"{site}/assurance/{name}/")
        picture(page, f"assurance-list-{name}")
