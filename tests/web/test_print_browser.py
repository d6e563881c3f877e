"""The portal on paper: a printed page has its tables and figures, and none of the controls."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Browser

from tests.support.axe import round_of
from tests.support.browser import site as site
from tests.web.test_portal_foreign import NOW, world
from tokenization.kernel import clock

pytest_plugins = ["tests.support.browser"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def test_a_printed_page_has_the_tables_and_none_of_the_controls(
    site: str, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=1))
    dealer, _ = world()
    with round_of(browser, site, dealer.user) as look:
        look.page.goto(f"{site}/portal/")
        shown = "e => [...document.querySelectorAll(e)].filter(x => x.getClientRects().length).length"
        assert look.page.evaluate(shown, "button") > 3
        look.page.emulate_media(media="print")
        for hidden in ("header", "footer", "nav", "form", ".tk-tools", ".tk-tools button"):
            assert look.page.evaluate(shown, hidden) == 0, hidden
        for kept in ("h1", "table", "thead", ".tk-stamp", ".tk-figure"):
            assert look.page.evaluate(shown, kept) > 0, kept
