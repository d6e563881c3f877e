"""Cash on chain and trades in the portal: what to do before the deadline, what a trade cost, and whose each is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from custody.settlement.models import SettlementInstruction
from custody.settlement.trades.services import trades_advance
from tests.factories import ledgerless
from tests.factories.delivery import Delivery
from tests.factories.ledger import NOW
from tests.factories.trades import Floor
from tests.support import paper
from tests.support.people import person
from tokenization.identity.models import PartyMember, User
from tokenization.identity.roles import Role
from tokenization.kernel import clock

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=2))


def buyer_of(row: SettlementInstruction) -> User:
    user = person(Role.INVESTOR)
    PartyMember.objects.create(party=row.allotment.party, user=user)
    return user


def test_who_pays_by_cash_token_is_told_what_to_allow_and_why_it_waits(client: Client) -> None:
    desk = Delivery()
    (row,) = desk.immobilised(10)
    client.force_login(buyer_of(row))
    address = f"/portal/purchases/{row.allotment_id}/"
    page = client.get(address).content.decode()
    for words in ("Pay by cash token", desk.contract, desk.cash.address, row.wallet.address, f"{row.amount_minor:,}"):
        assert words in page, words
    assert "The purchase lapses at" in page
    assert "It waits" not in page
    # The same figure, contract and token stand among what comes next for him.
    (step,) = client.get("/portal/").context["steps"]
    for words in (desk.contract, desk.cash.address, f"{row.amount_minor:,} units", row.payment_reference, "PKT"):
        assert words in step.words, words
    assert step.href == address
    SettlementInstruction.objects.filter(pk=row.pk).update(reason="The allowance is too small.")
    assert "It waits: The allowance is too small." in client.get(address).content.decode()


def test_a_purchase_by_bank_says_nothing_of_tokens(client: Client) -> None:
    desk = Delivery()
    (other,) = ledgerless.settlements(desk.token, 5)
    client.force_login(buyer_of(other))
    page = client.get(f"/portal/purchases/{other.allotment_id}/").content.decode()
    assert "How to pay" in page
    assert "To be there on the settlement date" in page
    (step,) = client.get("/portal/").context["steps"]
    assert step.words.startswith(f"Pay PKR {other.amount_minor // 100:,}.")
    assert f"quoting {other.payment_reference}, before " in step.words
    assert "Pay by cash token" not in page


def test_a_trade_is_seen_by_its_two_sides_and_counts_as_cost(client: Client) -> None:
    floor = Floor()
    trade = floor.signed(units=5, amount_minor=480_000)
    floor.funded(5, 480_000)
    client.force_login(floor.buyer.user)
    answer = client.get("/portal/")
    assert client.get(f"/portal/trades/{trade.pk}/contract-note.pdf").status_code == 404
    (row,) = answer.context["trades"].rows
    assert [cell.text for cell in row[:8]] == [
        f"Trade {trade.pk}", f"{floor.token.name}, {floor.token.code}", "bought", "5", "PKR 4,800.00",
        "96.0000 per 100 of face", "–", "signed by both",
    ]  # fmt: skip
    assert "PKR 4,800.00" in answer.content.decode()
    floor.settle(trade)
    floor.books.mine_and_post()
    trades_advance(now=NOW)
    answer = client.get("/portal/")
    assert answer.context["trades"].rows[0][7].text == "both legs are in the register"
    what = {(row[2].text, row[3].text) for row in answer.context["movements"].rows}
    assert {(f"Bought in trade {trade.pk}", "+5"), (f"Paid for trade {trade.pk}", "-PKR 4,800.00")} <= what
    (bought_row,) = answer.context["purchases"].rows
    assert [cell.text for cell in bought_row[:2]] == [f"Trade {trade.pk}", "another holder"]
    assert (bought_row[4].text, bought_row[6].text) == ("PKR 4,800.00", "both legs are in the register")
    ((holding,),) = (each.rows for each in answer.context["holdings"])
    assert holding[2].text == "5"
    assert holding[4].text == "PKR 4,800.00"
    address = f"/portal/trades/{trade.pk}/contract-note.pdf"
    assert answer.context["trades"].rows[0][9].href == address
    bought = paper.text(client.get(address).content)
    for words in (
        "Contract note", f"TN-{trade.pk:08d}-B", "You bought", floor.buyer.party.name, "Units 5",
        "Paid, all in all PKR 4,800.00",
        "Price per 100 of face, interest included 96.0000", floor.seller.wallet.address, trade.digest, "True at block",
    ):  # fmt: skip
        assert words in bought, words
    assert floor.seller.party.name not in bought
    client.force_login(floor.seller.user)
    sold = paper.text(client.get(address).content)
    for words in (f"TN-{trade.pk:08d}-S", "You sold", "Received, all in all PKR 4,800.00", floor.seller.party.name):
        assert words in sold, words
    answer = client.get("/portal/")
    assert answer.context["trades"].rows[0][2].text == "sold"
    assert answer.context["purchases"].rows == []
    what = {(row[2].text, row[3].text) for row in answer.context["movements"].rows}
    assert {(f"Sold in trade {trade.pk}", "-5"), (f"Received for trade {trade.pk}", "PKR 4,800.00")} <= what
    assert "PKR 4,800.00" in [row[1].text for row in answer.context["cash"].rows]
    stranger = person(Role.INVESTOR)
    client.force_login(stranger)
    assert client.get(address).status_code == 404
    assert client.get("/portal/").context["trades"].rows == []
