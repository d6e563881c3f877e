"""The way from a line that differs to its decision, on a desk and in a hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.factories import ledgerless as world
from tests.factories import typed
from tests.support.browser import picture, sign_in
from tests.support.browser import site as site
from tests.support.people import person
from tokenization.identity.models import Approval
from tokenization.identity.roles import Role
from tokenization.kernel import clock

pytest_plugins = ["tests.support.browser"]
pytestmark = pytest.mark.browser


def test_the_fiscal_agent_puts_right_what_was_typed(
    site: str, page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: world.NOW)
    first, second = world.settlements(world.token(), 10, 20)
    world.pay(first, reference="FT26070100000000000001")
    line = typed.told(first.amount_minor - 1_000, first.payment_reference, reference="FT26070100000000000001")
    sign_in(page, site, person(Role.FISCAL_AGENT_OFFICER))
    page.goto(f"{site}/office/bank/")
    picture(page, "bank-differs")
    page.get_by_role("link", name="two persons put the entry right").click()
    expect(page.get_by_label("Line of the bank")).to_have_value(str(line.pk))
    expect(page.get_by_label("What was typed for it")).not_to_have_value("")
    page.get_by_label("What happened").fill("1 was typed for 0 from the bank's telephone advice.")
    advice = tmp_path / "advice.txt"
    advice.write_text("what came")
    page.get_by_label("Evidence").set_input_files(advice)
    picture(page, "bank-correct-form")
    page.get_by_role("button", name="Propose").click()
    expect(page.get_by_text("It now waits for a second person.")).to_be_visible()
    expect(page.get_by_text("waiting for payment again")).to_be_visible()
    picture(page, "bank-correct-decision")
    assert Approval.objects.get(action=typed.NAME).state == "PENDING"
    Approval.objects.filter(action=typed.NAME).update(state="WITHDRAWN", decided_at=world.NOW)
    correction = typed.put_right(line)
    page.goto(f"{site}/office/bank/statements/{line.statement_line.statement_id}/")
    expect(page.get_by_text("typed wrong, put right by two persons")).to_be_visible()
    picture(page, "bank-corrected-line")
    page.goto(f"{site}/office/settlement/")
    page.goto(f"{site}/office/settlement/bankcorrection/{correction.pk}/change/")
    picture(page, "bank-correction-record")
    assert second.state == "AWAITING_CASH"
