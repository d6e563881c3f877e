"""Without a mouse: on the main pages of each face the tabulator comes to every control in order and is seen there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import Browser

from issuance.auction.models import Auction
from tests.db.reconciliation.conftest import books, contract
from tests.db.reconciliation.world import A, Contract, run
from tests.db.reserves.test_redemptions import Held
from tests.factories import auction as auctions
from tests.factories import bid as bidders
from tests.factories import examined, issuance
from tests.factories.ledger import Books
from tests.support.axe import Round, round_of
from tests.support.browser import site as site
from tests.support.keyboard import walk
from tests.support.people import person
from tests.web.test_office_browser import proposed_authority
from tests.web.test_portal_foreign import NOW, world
from tests.web.test_walk import OFFICERS
from tokenization.identity.roles import Role
from tokenization.kernel import clock

pytest_plugins = ["tests.support.browser"]
__all__ = ["books", "contract"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def walked(look: Round, *paths: str, least: int = 8) -> None:
    """Every one of `least` controls or more of each page, in order, seen."""
    for path in paths:
        look.page.goto(f"{look.site}{path}")
        found = walk(look.page)
        assert found.good, (path, found)
        assert found.controls >= least, (path, found.controls)


def test_the_portal_and_the_office_of_a_market(site: str, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    at = [NOW + timedelta(days=1)]
    monkeypatch.setattr(clock, "now", lambda: at[0])
    dealer, rows = world()
    opened = auctions.announced(issuance.office())
    pending = proposed_authority(person(Role.DEBT_MAKER))
    decided = Auction.objects.get(state="ALLOTTED")
    with round_of(browser, site, dealer.user) as look:
        walked(look, "/portal/", reverse("portal:purchase", args=[rows["purchase"]]))
        at[0] = bidders.SOON
        walked(look, *(reverse(f"portal:{name}", args=[opened.pk]) for name in ("offering", "place", "bid-file")))
    at[0] = NOW + timedelta(days=1)
    with round_of(browser, site, person(*OFFICERS)) as look:
        walked(look, "/office/", f"/office/decisions/{pending.pk}/", f"/office/auctions/{decided.pk}/")
        walked(look, "/office/settlement/", "/office/propose/authority/")


def test_the_examiner_and_a_holder_who_asks_for_bars(
    site: str, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: examined.NOW)
    case = Held()
    draft = case.draft()
    with round_of(browser, site, case.examiner) as look:
        walked(look, f"/examiner/attestations/{draft.pk}/")
    with round_of(browser, site, case.user) as look:
        walked(look, f"/portal/holdings/{case.token.pk}/deliver/")


def test_the_auditor_and_the_door(site: str, browser: Browser, books: Books, contract: Contract) -> None:
    contract.balances[A] += 3
    made = run(books, "month end")
    with round_of(browser, site, person(Role.AUDITOR)) as look:
        walked(look, "/assurance/", f"/assurance/runs/{made.pk}/", "/assurance/breaks/")
    with round_of(browser, site, None) as look:
        walked(look, "/sign-in/", least=7)
        _made_worse(look)


def _made_worse(look: Round) -> None:
    """The controls: what is passed over, comes out of order, hides where it is, or holds whoever came, is told."""
    for worse, told in (
        ("document.querySelector('#id_password').tabIndex = -1", "missed"),
        ("document.querySelector('#id_password').tabIndex = 1", "out_of_order"),
        ("document.querySelector('.tk-form button').style.outline = 'none'", "unseen"),
        ("document.addEventListener('keydown', event => document.activeElement.name === 'username'"
         " && event.preventDefault())", "missed"),
    ):  # fmt: skip
        look.page.goto(f"{look.site}/sign-in/")
        look.page.evaluate(f"() => {{ {worse} }}")
        found = walk(look.page)
        assert not found.good, worse
        assert getattr(found, told), (worse, found)
