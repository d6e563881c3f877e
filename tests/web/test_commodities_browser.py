"""The pages of a reserve-backed series as people see them, on a desk and in the hand."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from issuance.conditions.models import ConditionPrecedent
from tests.factories import commodities
from tests.factories import issuance as made
from tests.support.browser import picture, sign_in
from tests.support.browser import site as site
from tests.support.people import person
from tokenization.identity.roles import Role

pytest_plugins = ["tests.support.browser"]
pytestmark = pytest.mark.browser


def test_a_maker_puts_a_title_on_file_and_sees_what_is_missing(site: str, page: Page, tmp_path: Path) -> None:
    people = made.office()
    parent = commodities.programme(people)
    gold = commodities.draft(people, parent, name="Gold token 2026")
    commodities.series(people, parent, name="Gold token 2025", ceiling_units=1_000)
    folio = tmp_path / "folio-12.pdf"
    folio.write_bytes(b"%PDF synthetic folio")
    sign_in(page, site, person(Role.DEBT_MAKER))
    page.goto(f"{site}/office/propose/condition/")
    page.get_by_label("Series", exact=True).select_option(label=f"{gold.isin}, Gold token 2026")
    page.get_by_label("Who holds the title").fill("Federation")
    page.get_by_label("Share of the title").fill("60.00")
    page.get_by_label("What the document says").fill("Registered title, folio 12")
    page.get_by_label("Kind of document").select_option("DEED")
    page.locator("input[type=file]").set_input_files(folio)
    picture(page, "office-condition")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_text("40.00 % are missing").first).to_be_visible()
    assert ConditionPrecedent.objects.get(series=gold).document.name == "folio-12.pdf"
    page.goto(f"{site}/office/conditions/")
    expect(page.get_by_text("the clearance of lenders' negative pledges")).to_be_visible()
    picture(page, "office-conditions")
    page.goto(f"{site}/office/propose/reserve-series/")
    picture(page, "office-reserve-series")
    page.goto(f"{site}/office/series/series/{gold.pk}/change/")
    expect(page.get_by_text("60.00 % are on file").first).to_be_visible()
    picture(page, "office-series-reserve")


def test_a_buyer_reads_what_a_unit_is_and_costs(site: str, page: Page) -> None:
    people = made.office()
    gold = commodities.series(people, name="Gold token 2026")
    buyer = made.party(people)
    made.offer(people, gold, closed=False, price=Decimal("1043.2575"), target_units=250_000)
    [row] = made.allot(people, made.offer(people, gold, price=Decimal("1043.2575")), (buyer, 400))
    user = person(Role.INVESTOR)
    buyer.members.create(user=user)
    sign_in(page, site, user)
    page.goto(f"{site}/portal/offerings/")
    expect(page.get_by_text("0.001 fine troy ounce per unit")).to_be_visible()
    picture(page, "portal-offerings-reserve")
    page.goto(f"{site}/portal/purchases/{row.pk}/")
    expect(page.get_by_text("PKR 417,303.00")).to_be_visible()
    picture(page, "portal-purchase-reserve")
