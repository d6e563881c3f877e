"""Letters, notes, advices and statements: what they say, when there is one, and that nobody gets another's."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
from django.test import Client

from tests.factories import bank
from tests.factories.purchases import NOW, Purchases
from tests.factories.servicing import Bond, line
from tests.support import paper
from tests.support.people import person
from tokenization.identity.models import Party, PartyMember, User
from tokenization.identity.roles import Role
from tokenization.kernel import clock
from tokenization.kernel.secrets import masked

pytestmark = pytest.mark.django_db
# 84 days at 11.5 %: 100/(1 + 0.115 x 84/365) = 97.4217 (four decimals, half up).
PRICE, FACE, COST = "97.4217", "PKR 1,500,000.00", "PKR 1,461,325.50"


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> Purchases:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=1))
    return Purchases()


def member(of: Party) -> User:
    user = person(Role.INVESTOR)
    PartyMember.objects.create(party=of, user=user)
    return user


def said(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment; filename=")
    return paper.text(answer.content)


def test_the_letter_says_what_was_allotted_and_how_to_pay_once_that_is_known(client: Client, market: Purchases) -> None:
    buyer = market.owned(1)
    (row,) = market.allotted((buyer, 1_500))
    client.force_login(member(buyer))
    address = f"/portal/purchases/{row.pk}/allotment-letter.pdf"
    letter = said(client, address)
    for words in (
        f"Allotment letter AL-{row.pk:08d}",
        buyer.name,
        buyer.reference,
        market.series.isin,
        FACE,
        PRICE,
        COST,
    ):
        assert words in letter, words
    assert "From the offer of 2 Jul 2026 at a fixed price you were allotted" in letter
    assert "Do not pay before" in letter
    assert "Nothing is to be paid yet" in client.get(f"/portal/purchases/{row.pk}/").content.decode()
    market.opened_for(row, 1)
    letter = said(client, address)
    reference = f"{market.series.isin}-{row.pk:08d}"
    assert f"Quoting the reference {reference}" in letter
    assert "Pay into Settlement account at the fiscal agent" in letter
    account = bank.account()
    assert f"Pay into IBAN {account.iban} at Synthetic Bank" in said(client, address)
    assert "At the latest by 3 Jul 2026 00:00:00 PKT" in letter
    assert f"Pay exactly {COST}" in letter
    assert client.get(address).content == client.get(address).content


def test_the_page_tells_how_to_pay_while_it_is_due(client: Client, market: Purchases) -> None:
    buyer = market.owned(1)
    (row,) = market.allotted((buyer, 1_500))
    client.force_login(member(buyer))
    assert "Allotted: payment details follow" in client.get("/portal/").content.decode()
    market.opened_for(row, 1)
    page = client.get(f"/portal/purchases/{row.pk}/").content.decode()
    for words in (COST, f"{market.series.isin}-{row.pk:08d}", "3 Jul 2026 00:00:00 PKT", "Settlement account at"):
        assert words in page, words
    # No account was named: nobody makes one up, and the page says whom to ask.
    assert "IBAN" not in page
    assert "has not yet named its settlement account in PKR" in page
    account = bank.account()
    page = client.get(f"/portal/purchases/{row.pk}/").content.decode()
    assert "has not yet named" not in page
    # As people read them, and as a bank's form takes them.
    figure = f"{row.proceeds_minor // 100}.{row.proceeds_minor % 100:02d}"
    for shown, copied in (
        (COST, figure), (f"{market.series.isin}-{row.pk:08d}",) * 2, (account.iban,) * 2, (account.bank,) * 2,
    ):  # fmt: skip
        assert f'<b class="tk-copied">{shown}</b>' in page, shown
        assert f'data-copy="{copied}"' in page, copied
    assert page.count("data-copy=") == 4
    assert "Contract note" not in page
    assert "Please pay, quoting the reference" in client.get("/portal/").content.decode()


def test_the_note_exists_once_delivered_and_names_block_transaction_and_wallet(
    client: Client, market: Purchases
) -> None:
    buyer = market.owned(1)
    (row,) = market.allotted((buyer, 1_500))
    client.force_login(member(buyer))
    address = f"/portal/purchases/{row.pk}/contract-note.pdf"
    assert client.get(address).status_code == 404
    settled = market.delivered(row, 1)
    note = said(client, address)
    entry = settled.issue_instruction.entries.select_related("log__block").first()
    assert entry is not None
    block = entry.log.block
    for words in (
        f"Contract note CN-{row.pk:08d}", buyer.name, market.series.isin, "Units 1,500", FACE,
        f"Price per 100 of face {PRICE}", f"To pay {COST}", f"Wallet {settled.wallet.address}",
        f"Transaction {entry.log.tx_hash}", f"True at block {block.number:,} of 1 Jul 2026 10:00:01 PKT",
        f"Block hash {block.hash}", "Page 1 of 1",
    ):  # fmt: skip
        assert words in note, words
    page = client.get(f"/portal/purchases/{row.pk}/").content.decode()
    assert "Contract note (PDF)" in page
    assert "How to pay" not in page


def test_a_statement_is_of_the_last_block_of_its_day(client: Client, market: Purchases) -> None:
    buyer, other = market.owned(1), market.owned(2)
    rows = market.allotted((buyer, 600), (other, 100))
    client.force_login(member(buyer))
    market.delivered(rows[0], 1)
    market.delivered(rows[1], 2)
    first = said(client, f"/portal/statement/?party={buyer.pk}&on=2026-07-01")
    assert "Statement of holdings" in first
    assert f"{market.series.isin} 24 Sep 2026 600 PKR 600,000.00" in first
    assert "True at block 102 of 1 Jul 2026 10:00:02 PKT" in first
    assert f"What {buyer.name} held at the end of 1 Jul 2026, by the register" in first
    assert "Made 2 Jul 2026 10:00:00 PKT" in first
    assert "No wallet held settlement cash." in first
    assert other.name not in first
    market.mint("0x" + "0" * 39 + "1", 50)
    market.mine(at=NOW + timedelta(days=1))
    market.post()
    again = said(client, f"/portal/statement/?party={buyer.pk}&on=2026-07-01")
    assert again == first
    second = said(client, f"/portal/statement/?party={buyer.pk}&on=2026-07-02")
    assert "650 PKR 650,000.00" in second
    assert "held on 2 Jul 2026 until 2 Jul 2026 10:00:00 PKT, the day not being over" in second
    # Cost of the 600 that were bought, at 97.4217; the value is of all 650.
    assert "PKR 584,530.20" in second
    assert "PKR 633,241.05" in second
    assert "97.4217 of 2 Jul 2026, offer at a fixed price" in second


def test_a_statement_for_machines_has_whole_figures(client: Client, market: Purchases) -> None:
    buyer = market.owned(1)
    (row,) = market.allotted((buyer, 600))
    client.force_login(member(buyer))
    market.delivered(row, 1)
    address = f"/portal/statement/?party={buyer.pk}&on=2026-07-02&kind="
    table = client.get(address + "csv")
    (heads, values) = csv.reader(io.StringIO(table.content.decode("utf-8-sig")))
    said = dict(zip(heads, values, strict=True))
    assert (said["Kind"], said["ISIN"], said["Date"], said["Units"]) == (
        "holding", market.series.isin, "2026-09-24", "600",
    )  # fmt: skip
    assert (said["Currency"], said["Face"], said["Cost"], said["Accrued interest"], said["Value"]) == (
        "PKR", "600000.00", "584530.20", "", "584530.20",
    )  # fmt: skip
    (_, cells) = paper.cells(client.get(address + "xlsx").content)
    assert [float(cell[1]) for cell in cells[7:9]] == [600000.0, 584530.2]
    assert client.get(address + "exe").status_code == 404


@pytest.mark.parametrize("on", ["", "nonsense", "2026-13-01", "2026-02-30", "2026-07-03", "2020-01-01"])
def test_a_day_without_a_statement_is_said_and_not_guessed(client: Client, market: Purchases, on: str) -> None:
    buyer = market.holder(1, 5)
    client.force_login(member(buyer))
    answer = client.get(f"/portal/statement/?party={buyer.pk}&on={on}", follow=True)
    assert answer.redirect_chain == [("/portal/", 302)]
    assert "Statement as of:" in answer.content.decode()


def test_the_advice_exists_once_paid(client: Client, market: Purchases) -> None:
    buyer = market.holder(1, 1_500)
    event = market.released()
    due = line(event, 1)
    client.force_login(member(buyer))
    address = f"/portal/payments/{due.pk}/advice.pdf"
    assert client.get(address).status_code == 404
    assert "Payment advice" not in client.get(f"/portal/payments/{due.pk}/").content.decode()
    market.pay(due)
    advice = said(client, address)
    for words in (
        "Payment advice PA-", buyer.name, market.series.isin, "Gross PKR 1,500,000.00", "Tax withheld PKR 0.00",
        "Net, paid to you PKR 1,500,000.00", "Payment date 24 Sep 2026", f"True at block {event.record_block_number}",
        due.wallet.address,
    ):  # fmt: skip
        assert words in advice, words
    assert "Payment advice (PDF)" in client.get(f"/portal/payments/{due.pk}/").content.decode()


def test_a_taxed_coupon_shows_gross_tax_dispute_and_net(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    bond = Bond()
    monkeypatch.setattr(clock, "now", lambda: bond.payday)
    bond.rule("FILER", 1_500, "COUPON")
    bond.rule("NON_FILER", 3_000, "COUPON")
    holder = bond.holder(1, 1_500)
    bond.status(holder, "FILER")
    bond.undue(1, 100)
    event = bond.released(bond.recorded(bond.coupon(1)))
    due = line(event, 1)
    bond.pay(due)
    client.force_login(member(holder))
    advice = said(client, f"/portal/payments/{due.pk}/advice.pdf")
    account = holder.bank_accounts.get()
    # Half of 12.5 % on 1,600 units of 1,000; the 100 in dispute earn nobody anything yet; 15 % of the rest.
    for words in (
        "Gross PKR 100,000.00", "Tax withheld (15.00 % of PKR 93,750.00, filer) -PKR 14,062.50",
        "Worked out 1,500 units x PKR 1,000.00 of face x 6.25 per 100 = PKR 93,750.00", "Coupon 12.5 % a year",
        "100 units x PKR 1,000.00 of face x 6.25 per 100 = PKR 6,250.00", "Taxed is the coupon: PKR 93,750.00",
        "Tax worked out PKR 93,750.00 x 15.00 % = PKR 14,062.50", "Tax status Filer", "Rule Test Act, in force from",
        f"By bank transfer to {masked(account.iban)} of {holder.name}, reference",
        f"Units held in wallet {due.wallet.address}",
        "Held until a dispute is settled -PKR 6,250.00", "Net, paid to you PKR 79,687.50",
    ):  # fmt: skip
        assert words in advice, words
    page = client.get(f"/portal/payments/{due.pk}/").content.decode()
    for words in (
        "PKR 93,750.00", "PKR 14,062.50", "PKR 79,687.50", "PKR 93,750.00 x 15.00 % = PKR 14,062.50", "Paid</dt>",
        f"bank transfer to {masked(account.iban)} of {holder.name}",
        "1,500 units x PKR 1,000.00 of face x 6.25 per 100",
    ):  # fmt: skip
        assert words in page, words
    summed = said(client, f"/portal/statement/?party={holder.pk}&on={bond.payday.date()}")
    assert f"Coupon 1, {bond.series.isin} PKR 93,750.00 PKR 14,062.50 PKR 79,687.50" in summed
    assert "All payments together Gross Tax withheld Net PKR PKR 93,750.00 PKR 14,062.50 PKR 79,687.50" in summed
    rows = client.get(f"/portal/statement/?party={holder.pk}&on={bond.payday.date()}&kind=csv")
    (heads, *lines) = csv.reader(io.StringIO(rows.content.decode("utf-8-sig")))
    (paid,) = [dict(zip(heads, row, strict=True)) for row in lines if row[0] == "payment"]
    assert (paid["What"], paid["ISIN"], paid["Currency"]) == ("Coupon 1", bond.series.isin, "PKR")
    assert (paid["Gross"], paid["Tax withheld"], paid["Net"]) == ("93750.00", "14062.50", "79687.50")


def test_every_paper_of_another_party_does_not_exist(client: Client, market: Purchases) -> None:
    buyer, other = market.owned(1), market.owned(2)
    mine, theirs = market.allotted((buyer, 600), (other, 100))
    for row, number in ((mine, 1), (theirs, 2)):
        market.account(row.party)
        market.delivered(row, number)
    event = market.released()
    for number in (1, 2):
        market.pay(line(event, number))
    client.force_login(member(buyer))
    on = date(2026, 7, 1).isoformat()
    for own, foreign in (
        (f"/portal/purchases/{mine.pk}/", f"/portal/purchases/{theirs.pk}/"),
        (f"/portal/purchases/{mine.pk}/allotment-letter.pdf", f"/portal/purchases/{theirs.pk}/allotment-letter.pdf"),
        (f"/portal/purchases/{mine.pk}/contract-note.pdf", f"/portal/purchases/{theirs.pk}/contract-note.pdf"),
        (f"/portal/payments/{line(event, 1).pk}/", f"/portal/payments/{line(event, 2).pk}/"),
        (f"/portal/payments/{line(event, 1).pk}/advice.pdf", f"/portal/payments/{line(event, 2).pk}/advice.pdf"),
        (f"/portal/statement/?party={buyer.pk}&on={on}", f"/portal/statement/?party={other.pk}&on={on}"),
    ):
        assert client.get(own).status_code == 200, own
        assert client.get(foreign).status_code == 404, foreign
        assert client.post(own).status_code == 405, own
    for role in (Role.DEBT_CHECKER, Role.AUDITOR, Role.OPERATOR):
        client.force_login(person(role))
        assert client.get(f"/portal/purchases/{mine.pk}/contract-note.pdf").status_code == 403
