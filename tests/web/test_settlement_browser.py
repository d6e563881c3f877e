"""The settlement board in a real browser: a file is taken in, read, and its held money proposed; by keyboard too."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from custody.registries.models import BankStatement
from custody.settlement.models import SettlementInstruction
from tests.factories import bank
from tests.factories import ledgerless as world
from tests.support.browser import picture
from tests.support.people import person
from tests.web.test_office_browser import sign_in, site
from tokenization.identity.models import Approval
from tokenization.identity.roles import Role
from tokenization.kernel import clock

pytest_plugins = ["tests.support.browser"]
pytestmark = pytest.mark.browser
__all__ = ["site"]


def test_a_file_is_taken_in_and_its_held_money_proposed(
    site: str, page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: world.NOW)
    bank.account()
    rows = world.settlements(world.token(), 10, 20, 30, 40)
    half = rows[1].amount_minor // 2
    back = rows[2].amount_minor - 1
    made = bank.statement(
        bank.credit("SYN-0001", rows[0].amount_minor, f"Treasury bill, {rows[0].payment_reference.lower()}"),
        bank.credit("SYN-0002", half, rows[1].payment_reference),
        bank.credit("SYN-0003", rows[1].amount_minor - half, rows[1].payment_reference),
        bank.credit("SYN-0004", back, rows[2].payment_reference),
        bank.debit("SYN-0005", back, rows[2].payment_reference, reversal=True),
        bank.credit("SYN-0006", 123_456_789, "from somebody who says nothing"),
        bank.debit("SYN-0007", 99_00, "NOBODY-KNOWS"),
    )
    good, bad = tmp_path / "good.xml", tmp_path / "bad.xml"
    good.write_bytes(bank.camt053(made))
    bad.write_bytes(bank.camt053(made).replace(b"1234567.89", b"1234567.899"))
    officer = person(Role.FISCAL_AGENT_OFFICER)
    sign_in(page, site, officer)
    page.goto(f"{site}/office/bank/")
    page.get_by_label("Statement or notification").set_input_files(bad)
    page.get_by_role("button", name="Take in").click()
    expect(page.get_by_text("The file was refused whole; nothing was written.")).to_be_visible()
    picture(page, "bank-refused")
    assert BankStatement.objects.count() == 0
    page.get_by_label("Statement or notification").set_input_files(good)
    page.get_by_role("button", name="Take in").press("Enter")
    expect(page.get_by_text("1 paid a purchase, 5 held in suspense.")).to_be_visible()
    picture(page, "bank-lines")
    page.goto(f"{site}/office/bank/")
    picture(page, "bank")
    page.goto(f"{site}/office/settlement/?on=2026-07-02")
    expect(page.get_by_text("cancel each other out")).to_be_visible()
    picture(page, "settlement")
    page.get_by_label("Show only rows that contain this text").first.fill("SYN-0006")
    expect(page.get_by_text("1 of 5 rows")).to_be_visible()
    page.get_by_role("button", name="Propose to use them").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Proposed. It now waits for a second person.")).to_be_visible()
    picture(page, "settlement-proposed")
    approval = Approval.objects.latest("pk")
    assert (approval.action, approval.state) == ("custody.settlement.SuspenseApply", "PENDING")
    assert SettlementInstruction.objects.get(pk=rows[1].pk).state == "AWAITING_CASH"
