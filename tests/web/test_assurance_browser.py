"""A run's page and a break's page in a real browser, on a desk and in a hand."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from contracts.outbox.models import Intent
from custody.reconciliation.evidence.services import evidence_advance
from custody.reconciliation.models import Break
from tests.db.reconciliation.evidence.conftest import contract, signed_books
from tests.db.reconciliation.evidence.world import SignedBooks
from tests.db.reconciliation.world import A, Contract, run
from tests.factories.ledger import NOW
from tests.support.browser import picture, sign_in
from tests.support.people import person
from tokenization.identity.roles import Role

pytest_plugins = ["tests.support.browser"]
__all__ = ["contract", "signed_books"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def test_an_auditor_asks_for_a_pack_and_reads_a_break(
    fresh_db: str, site: str, page: Page, signed_books: SignedBooks, contract: Contract
) -> None:
    contract.balances[A] += 3
    made = run(signed_books, "month end")
    sign_in(page, site, person(Role.AUDITOR))
    page.goto(f"{site}/assurance/runs/{made.pk}/")
    page.get_by_role("button", name="Make the evidence pack").press("Enter")
    expect(page.get_by_text("Prepared: the issuer's key signs it in a moment.")).to_be_visible()
    evidence_advance(now=NOW)
    page.reload()
    expect(page.get_by_role("link", name="Download the pack")).to_be_visible()
    picture(page, "assurance-run-evidence")
    with page.expect_download() as taken:
        page.get_by_role("link", name="Download the pack").click()
    assert taken.value.suggested_filename == f"evidence-run-{made.pk}.zip"
    Intent.objects.filter(key__startswith="evidence:").update(
        state="REJECTED", reason="The Anchor refused it: the key may not anchor."
    )
    page.reload()
    expect(page.get_by_text("Signed by the issuer; its root did not reach the chain.")).to_be_visible()
    picture(page, "assurance-run-root-failed")
    page.get_by_role("button", name="Anchor its root again").press("Enter")
    expect(page.get_by_text("Signed by the issuer; its root is on its way to the chain.")).to_be_visible()
    expect(page.get_by_text("Tried before")).to_be_visible()
    page.goto(f"{site}/assurance/breaks/{Break.objects.get().pk}/")
    expect(page.get_by_role("heading", name="Seen run by run")).to_be_visible()
    picture(page, "assurance-break-story")
    page.goto(f"{site}/assurance/breaks/")
    picture(page, "assurance-breaks-aged")
