"""Approvals are read by people: of every kind that can be made here, the page is rendered and searched for code."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags

from custody.tokenisation.actions import SeriesTokenise
from issuance.allotment.decisions.services import decision_propose
from issuance.auction.actions import AuctionCancel
from issuance.authority.drafts import draft_payload
from issuance.calendar.actions import CalendarOverrideApprove
from issuance.maths.identifiers import synthetic_isin
from issuance.series.actions import SeriesApprove, series_payload
from issuance.series.services import series_draft
from issuance.series.term_sheets import term_sheet_hash, term_sheet_text
from tests.factories import auction as auctions
from tests.factories import issuance
from tests.factories import ledgerless as world
from tests.factories.servicing import Maturity, synthetic_iban
from tests.support.people import person
from tokenization.backoffice.binding import Reader, readable
from tokenization.identity.approvals import approval_propose
from tokenization.identity.models import Approval
from tokenization.identity.roles import MATRIX, Power, Role
from tokenization.theme.tables import Cell

pytestmark = pytest.mark.django_db
CODE = ("b'", '["', "['", "+00:00", "minor", "unix", "PRIMARY_DEALER", "{", "UTC")


def said(client: Client, approval: Approval) -> str:
    answer = client.get(f"/office/decisions/{approval.pk}/")
    assert answer.status_code == 200
    page = answer.content.decode()
    body = page[page.index("What approving changes") : page.index("Who and when")]
    return " ".join(strip_tags(body.replace("<", " <")).replace("&#x27;", "'").replace("&quot;", '"').split())


def proposed(action: str, payload: dict[str, Any], power: Power) -> Approval:
    maker = person(next(role for role in Role if power in MATRIX[role]))
    return approval_propose(action=action, payload=payload, actor=maker, now=issuance.NOW)


def everything() -> None:
    """Approvals of every kind that needs no chain, decided or waiting."""
    bill = Maturity()
    bill.holder(1, 1_500)
    bill.approved()
    people = issuance.office()
    purchases = world.settlements(world.token(people), 10, 20)
    world.approve_issue(*(row.issue_instruction for row in purchases))
    auction = auctions.announced(people)
    auctions.placed(auction, auctions.dealer(people), 2 * auctions.MILLION, "97.6123")
    auction = auctions.closed(people, auction)
    decision_propose(
        auction=auction,
        accept=None,
        more_than_target_reason="",
        seen="",
        actor=people.maker,
        now=auction.closes_at + timedelta(minutes=1),
    )
    other = auctions.announced(people)
    cancel = {"auction": other.pk, "state": "ANNOUNCED", "reason": "a slip"}
    proposed(AuctionCancel.name, cancel, Power.AUCTION_DRAFT)
    proposed(SeriesTokenise.name, {"series": issuance.series(people).pk}, Power.TOKENISE_DRAFT)
    day = {"calendar": "PK", "day": "2026-07-15", "is_business": False, "reason": "moon sighted"}
    proposed(CalendarOverrideApprove.name, day, Power.CALENDAR_DRAFT)
    account = {"iban": synthetic_iban(7), "bank": "Test Bank", "currency": "PKR", "opening_minor": 1_250_000_50}
    proposed("custody.registries.SettlementAccountOpen", account, Power.CASH_CONFIRM)
    cash = {"currency": "USD", "ceiling_minor": 5_000_000_00}
    proposed("custody.tokenisation.CashTokenise", cash, Power.CASH_TOKENISE_DRAFT)


def test_no_kind_of_approval_shows_code(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    # The wiring is a transaction, and there is no chain here.
    monkeypatch.setattr("custody.tokenisation.actions.deployment_is_live", lambda: True)
    everything()
    client.force_login(person(Role.DEBT_CHECKER))
    kinds = {row.action: row for row in Approval.objects.exclude(action="test").order_by("pk") if "." in row.action}
    shown = {action: said(client, row) for action, row in kinds.items()}
    assert len(shown) >= 15, sorted(shown)
    found = {(action, bad) for action, text in shown.items() for bad in CODE if bad in text}
    assert found == set()
    announced = shown["issuance.auction.announce"]
    assert "Target PKR 5,000,000.00" in announced
    assert "Opens at 1 Jul 2026 10:00:00 PKT" in announced
    assert "Who bids directly Bank, Primary dealer" in announced
    assert "PKR 1,250,000.50" in shown["custody.registries.SettlementAccountOpen"]
    tokenised = shown["custody.tokenisation.SeriesTokenise"]
    assert "Closed for transfers from 24 Sep 2026 00:00:00 PKT" in tokenised
    assert "Ceiling 0 units 10,000 units" in tokenised
    assert "One unit is – PKR 1,000.00" in tokenised


def test_a_series_approval_links_to_the_text_that_its_hash_stands_for(client: Client) -> None:
    people = issuance.office()
    terms = issuance.series_terms(issuance.programme(people), isin=synthetic_isin(88_001))
    row = series_draft(**terms, actor=people.maker, now=people.now)
    approval = approval_propose(
        action=SeriesApprove.name, payload=series_payload(row), actor=people.maker, now=people.now
    )
    client.force_login(person(Role.DEBT_CHECKER))
    page = client.get(f"/office/decisions/{approval.pk}/").content.decode()
    assert f'href="/office/decisions/{approval.pk}/term-sheet/"' in page
    assert term_sheet_hash(row, version=1) in page
    sheet = client.get(f"/office/decisions/{approval.pk}/term-sheet/")
    assert sheet["Content-Type"] == "text/plain; charset=utf-8"
    assert sheet.content.decode() == term_sheet_text(row, version=1)
    type(row).objects.filter(pk=row.pk).update(name="Another name")
    assert client.get(f"/office/decisions/{approval.pk}/term-sheet/").status_code == 404
    other = approval_propose(
        action="issuance.auction.announce",
        payload=draft_payload(auctions.draft(people)),
        actor=people.maker,
        now=people.now,
    )
    assert client.get(f"/office/decisions/{other.pk}/term-sheet/").status_code == 404
    client.force_login(person(Role.INVESTOR))
    assert client.get(f"/office/decisions/{approval.pk}/term-sheet/").status_code in (302, 403, 404)


def test_values_are_read_exactly() -> None:
    reader = Reader("PKR")
    digits = "0x" + "102101" * 10 + "aaaa"
    rows = dict(
        reader.terms(
            {
                "target_minor": 50_000_000_000_050,
                "opens_at": "2026-07-01T04:15:00+00:00",
                "issue_date": "2026-07-02",
                "direct_categories": ["PRIMARY_DEALER"],
                "is_business": True,
                "claim": "",
                "ceiling_units": 10_000,
                "budget_year": "2026",
                "terms_sha256": digits,
                "nested": {"currency": "JPY", "amount_minor": 5},
            }
        )
    )
    assert rows["Target"] == Cell("PKR 500,000,000,000.50", sort=50_000_000_000_050)
    assert rows["Amount"] == Cell("JPY 5", sort=5)
    assert (rows["Opens at"], rows["Issue date"]) == ("1 Jul 2026 09:15:00 PKT", "2 Jul 2026")
    assert (rows["Who bids directly"], rows["Is business"], rows["Claim"]) == ("Primary dealer", "yes", "–")
    assert (rows["Ceiling units"], rows["Budget year"]) == (Cell("10,000", sort=10_000), "2026")
    assert rows["Terms, SHA-256"].whole == digits
    assert readable(digits) == digits
    assert readable(f"1234567 units on 2026-07-02, {digits}") == f"1,234,567 units on 2 Jul 2026, {digits}"
    assert re.search(r"\d,\d", readable(digits)) is None
    assert date(2026, 7, 2).isoformat() not in readable("2026-07-02")


@pytest.mark.parametrize("typed", ["\u00b2", "007", "\u0663"])
def test_digits_that_are_no_number_of_ours_are_shown_as_they_were_typed(typed: str) -> None:
    assert Reader("PKR").value("reason", typed) == typed
    assert Reader("PKR").value("series", typed) == typed


def test_a_reference_of_digits_alone_is_no_row_of_that_number() -> None:
    other = issuance.party(issuance.office())
    assert Reader("PKR").value("party", str(other.pk)) == Cell(str(other.pk), sort=other.pk)
    assert other.reference in str(Reader("PKR").value("party", other.pk))


def test_the_wallet_and_the_token_of_an_item_are_said_by_holder_and_code(client: Client) -> None:
    first, second = world.settlements(world.token(), 10, 7)
    approval = world.approve_issue(first.issue_instruction, second.issue_instruction)
    client.force_login(person(Role.REGISTRAR_CHECKER))
    page = said(client, approval)
    for row in (first, second):
        address = row.issue_instruction.wallet.address
        assert f"{row.allotment.party}, {address[:8]}…{address[-6:]}" in page
    assert page.count(f"{first.token.code}, 0x") == 2
