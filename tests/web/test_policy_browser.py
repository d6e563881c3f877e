"""The office under its policy in a real browser: its pages work, break no rule, and run nothing written inline."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from contracts.gateway.roles import ISSUER_KEYS
from contracts.outbox.models import Signer
from contracts.outbox.services.enqueue import signer_row
from custody.tokenisation.services.tokens import token_plan
from tests.factories import issuance
from tests.factories import ledgerless as world
from tests.factories.national_ids import NUMBER, OTHER, natural, proposed, registered
from tests.support.browser import picture, sign_in
from tests.support.browser import site as site
from tests.support.people import person
from tokenization.identity.models import PartyMember
from tokenization.identity.roles import Role
from tokenization.kernel import clock

pytest_plugins = ["tests.support.browser"]
pytestmark = pytest.mark.browser
LISTEN = """
    window.broken = [];
    addEventListener("securitypolicyviolation", (e) => broken.push(`${e.effectiveDirective} ${e.blockedURI}`));
"""
INLINE = """
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    document.body.append(script);
    const button = document.createElement("button");
    button.setAttribute("onclick", "window.ran = true");
    document.body.append(button);
    button.click();
"""


def broken(page: Page) -> list[str]:
    page.wait_for_load_state("networkidle")
    found: list[str] = page.evaluate("window.broken")
    return found


def test_the_office_keeps_its_policy_and_runs_nothing_inline(site: str, page: Page) -> None:
    officer = person(Role.COMPLIANCE_OFFICER, Role.DEBT_MAKER)
    whose, other = natural(name="Sample Person"), natural(name="Other Person")
    registered(whose)
    waiting = proposed(other, OTHER)
    _token_on_its_way()
    page.add_init_script(LISTEN)
    sign_in(page, site, officer)
    pages = {
        "office-today-policy": "/office/", "office-party": f"/office/identity/party/{whose.pk}/change/",
        "office-national-ids": "/office/identity/nationalid/",
        "office-national-id-form": "/office/propose/national-id/",
        "office-national-id-decision": f"/office/decisions/{waiting.pk}/", "office-on-chain": "/office/on-chain/",
    }  # fmt: skip
    for name, path in pages.items():
        page.goto(f"{site}{path}")
        assert broken(page) == [], path
        assert NUMBER not in page.content()
        if not name.endswith("policy"):
            picture(page, name)
    # Alpine is alive: what it hides until it has run is shown.
    page.goto(f"{site}/office/")
    expect(page.get_by_role("link", name="On its way to the chain")).to_be_visible()
    # The control: what is written inline does not run, and is told.
    page.evaluate(INLINE)
    assert page.evaluate("window.ran") is None
    assert sorted(broken(page)) == ["script-src-attr inline", "script-src-elem inline"]


def test_the_investor_reads_the_end_of_his_number(site: str, page: Page) -> None:
    user, whose = person(Role.INVESTOR), natural(name="Sample Person")
    PartyMember.objects.create(user=user, party=whose)
    registered(whose)
    page.add_init_script(LISTEN)
    sign_in(page, site, user)
    page.goto(f"{site}/portal/")
    expect(page.get_by_text("National identity number (CNIC) of Sample Person")).to_be_visible()
    assert broken(page) == []
    assert NUMBER not in page.content()
    picture(page, "portal-details")


def _token_on_its_way() -> None:
    world.contracts_live()
    for number, name in enumerate(ISSUER_KEYS, start=1):
        Signer.objects.filter(pk=signer_row(name).pk).update(address=f"0x{number:040x}")
    series = issuance.series(issuance.office())
    token_plan(series=series, approval=series.term_sheets.get().approved_by, now=clock.now())
