"""A checker in a real browser: signs in, reads the preview of an approval, approves it, and the database says so."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import Page, expect

from issuance.authority.actions import AuthorityEnact
from issuance.authority.drafts import draft_payload
from issuance.authority.services import authority_draft
from tests.factories.servicing import Maturity, line
from tests.support.browser import picture, sign_in
from tests.support.browser import site as site
from tests.support.people import person
from tokenization.identity.approvals import approval_propose
from tokenization.identity.models import Approval, PartyMember, User
from tokenization.identity.roles import Role
from tokenization.kernel import clock

pytest_plugins = ["tests.support.browser"]
pytestmark = pytest.mark.browser


def proposed_authority(maker: User) -> Approval:
    now = clock.now()
    row = authority_draft(
        reference="ACT-2026-1",
        title="Public debt act, borrowing limit 2026",
        law="Public Debt Act 2026, section 4",
        currency="PKR",
        ceiling_minor=900_000_000_000_00,
        valid_from=date(2026, 7, 1),
        valid_until=date(2030, 6, 30),
        actor=maker,
        now=now,
    )
    return approval_propose(action=AuthorityEnact.name, payload=draft_payload(row), actor=maker, now=now)


def test_a_checker_reads_the_preview_and_approves(site: str, page: Page) -> None:
    maker, checker = person(Role.DEBT_MAKER), person(Role.DEBT_CHECKER)
    approval = proposed_authority(maker)
    page.goto(f"{site}/")
    picture(page, "sign-in")
    sign_in(page, site, checker)
    expect(page.get_by_role("link", name="Put a legal authority in force")).to_be_visible()
    picture(page, "office-today")
    page.get_by_role("link", name="Put a legal authority in force").click()
    expect(page.get_by_role("cell", name="PKR 900,000,000,000.00").first).to_be_visible()
    picture(page, "office-approval")
    assert Approval.objects.get(pk=approval.pk).state == "PENDING"
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved, and in effect. Whose turn comes next stands on Today.")).to_be_visible()
    picture(page, "office-approval-done")
    decided = Approval.objects.get(pk=approval.pk)
    assert (decided.state, decided.checker_id) == ("APPROVED", checker.pk)
    page.goto(f"{site}/office/programmes/")
    expect(page.get_by_text("PKR 900,000,000,000.00 free")).to_be_visible()
    picture(page, "office-programmes")
    page.goto(f"{site}/office/authority/legalauthority/")
    expect(page.get_by_role("link", name="ACT-2026-1")).to_be_visible()
    picture(page, "office-authorities")


def test_the_maker_sees_why_he_may_not_approve(site: str, page: Page) -> None:
    maker = person(Role.DEBT_MAKER, Role.DEBT_CHECKER)
    approval = proposed_authority(maker)
    sign_in(page, site, maker)
    page.goto(f"{site}/office/decisions/{approval.pk}/")
    expect(page.get_by_text("you asked for it yourself")).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    picture(page, "office-approval-maker")
    page.goto(f"{site}/office/propose/series/")
    picture(page, "office-propose-series")
    assert Approval.objects.get(pk=approval.pk).state == "PENDING"


def test_an_investor_and_an_auditor_read_their_pages_in_the_hand(site: str, page: Page) -> None:
    """Real rows at 1280 and 360 px: nothing scrolls sideways, and the strict policy breaks no script of ours."""
    bill = Maturity()
    party = bill.holder(1, 1_500)
    bill.undue(3, 1_000)
    event = bill.released()
    bill.pay(line(event, 1))
    investor, auditor = person(Role.INVESTOR), person(Role.AUDITOR)
    PartyMember.objects.create(party=party, user=investor)
    sign_in(page, site, investor)
    expect(page.get_by_role("heading", name="My holdings")).to_be_visible()
    expect(page.get_by_text("PKR 1,500,000.00").first).to_be_visible()
    picture(page, "portal")
    page.get_by_role("link", name="24 Sep 2026").click()
    expect(page.get_by_text("Units held at the record instant")).to_be_visible()
    picture(page, "portal-payment")
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, site, auditor)
    expect(page.get_by_role("heading", name="Is the supply right?")).to_be_visible()
    picture(page, "assurance")
    dispute = bill.token.disputes.get()
    page.goto(f"{site}/assurance/transactions/{dispute.tx_hash}/")
    expect(page.get_by_text("no instruction explains it").first).to_be_visible()
    picture(page, "assurance-transaction")
