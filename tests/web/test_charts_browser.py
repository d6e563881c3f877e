"""The charts in a real browser: on the public page, on the auditor's first page and on the officer's."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.db.reconciliation.conftest import books, contract
from tests.db.reconciliation.world import A, Contract, run, sabotage
from tests.factories.ledger import Books
from tests.support.browser import legible, picture, sign_in, tab_to
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
    in_a_hand_and_on_a_desk(page, 1)
    sign_in(page, site, person(Role.AUDITOR))
    page.goto(f"{site}/assurance/")
    expect(page.get_by_role("img", name="Units by record, run by run")).to_be_visible()
    picture(page, "charts-assurance")
    in_a_hand_and_on_a_desk(page, 2)
    # The control: letters as small as they were are found.
    page.evaluate("document.querySelectorAll('.tk-curve text').forEach(e => { e.style.fontSize = '6px'; })")
    with pytest.raises(AssertionError, match="'high': "):
        legible(page)
    for name in ("approvals", "audit", "registry", "files"):
        page.goto(f"{site}/assurance/{name}/")
        picture(page, f"assurance-list-{name}")


def in_a_hand_and_on_a_desk(page: Page, drawings: int) -> None:
    """Letters can be read at both widths; in a hand what is folded is unfolded first, as the reader does."""
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.reload()
        folded = page.locator("details.tk-fold:not([open]):has(figure) > summary")
        while folded.count():
            folded.first.click()
        assert legible(page) == drawings
