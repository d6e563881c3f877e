"""The page for everybody in a real browser, on a desk and in a hand: empty, and with a bar-backed security."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect

from tests.db.reconciliation.test_attested import case, gold
from tests.db.reconciliation.world import Contract, contract, run
from tests.factories.examined import Examined
from tests.factories.ledger import Books
from tests.support.browser import picture

pytest_plugins = ["tests.support.browser"]
__all__ = ["case", "contract", "gold"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(autouse=True)
def kept(settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()


def test_anybody_reads_it_without_signing_in(
    fresh_db: str, site: str, page: Page, gold: Books, case: Examined, contract: Contract
) -> None:
    page.goto(f"{site}/public/")
    expect(page.get_by_text("No security exists on the chain yet.")).to_be_visible()
    picture(page, "public-empty")
    type(gold.token).objects.filter(pk=gold.token.pk).update(state="LIVE")
    run(gold)
    cache.clear()
    page.reload()
    expect(page.get_by_text("every record agrees")).to_be_visible()
    expect(page.get_by_text("1,193.176 fine troy ounces")).to_be_visible()
    picture(page, "public")
    assert page.context.cookies() == []
