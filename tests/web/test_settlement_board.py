"""The settlement board and the bank's files: what comes in shows at once, what is wrong changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from custody.registries.models import BankEntry, BankStatement, SettlementAccount
from custody.settlement.models import CashEntry, SettlementInstruction, SuspenseItem
from tests.factories import bank
from tests.factories import ledgerless as world
from tests.support.people import person
from tokenization.identity.approvals import approval_approve
from tokenization.identity.models import Approval
from tokenization.identity.roles import Role
from tokenization.kernel import clock
from tokenization.kernel.money import Money

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_july")]
NOW = world.NOW
DAY = "2026-07-02"


@pytest.fixture
def rows() -> list[SettlementInstruction]:
    bank.account()
    return world.settlements(world.token(), 10, 20, 30)


def upload(client: Client, content: bytes, name: str = "stmt.xml") -> str:
    return client.post("/office/bank/", {"file": SimpleUploadedFile(name, content)}, follow=True).content.decode()


def rupees(minor: int) -> str:
    return Money(minor, "PKR").format()


def board(client: Client) -> str:
    return client.get(f"/office/settlement/?on={DAY}").content.decode()


def mixed(rows: list[SettlementInstruction]) -> bytes:
    first, second, _ = rows
    half = second.amount_minor // 2
    lines = (
        bank.credit("B-1", first.amount_minor, f"for {first.payment_reference.lower()}"),
        bank.credit("B-2", half, second.payment_reference),
        bank.credit("B-3", second.amount_minor - half, second.payment_reference),
        bank.credit("B-4", 4_200, "from a stranger"),
        bank.debit("B-5", 100, "NOBODY-1"),
    )
    return bank.camt053(bank.statement(*lines))


def test_the_board_keeps_allotted_and_settled_apart(client: Client, rows: list[SettlementInstruction]) -> None:
    client.force_login(person(Role.DEBT_MAKER))
    world.pay(rows[0])
    page = board(client)
    total, paid = sum(row.amount_minor for row in rows), rows[0].amount_minor
    for column, minor in (
        ("Allotted", total),
        ("Paid by buyers", paid),
        ("Settled", 0),
        ("Allotted, not settled", total),
    ):
        assert f'data-label="{column}" class="tk-num" data-value="{minor}">{rupees(minor)}<' in page, column
    assert "Waiting for payment" in page
    assert "Paid; waiting for the registrar to immobilise" in page
    for row in rows:
        assert row.payment_reference in page
    assert "Nothing settles on this day." in client.get("/office/settlement/?on=2026-07-09").content.decode()
    assert client.get("/office/settlement/?on=nonsense").status_code == 200
    assert client.get("/office/settlement/?on=2026-02-31").status_code == 200


def test_a_file_pays_and_holds_and_its_report_says_so_line_by_line(
    client: Client, rows: list[SettlementInstruction]
) -> None:
    client.force_login(person(Role.FISCAL_AGENT_OFFICER))
    page = upload(client, mixed(rows))
    assert "Taken in: 5 entries, 5 new; 1 paid a purchase, 3 held in suspense." in page
    assert "Statement STMT-1" in page
    for text in (
        "paid a purchase",
        "held in suspense",
        "not in the journal",
        "no settlement has this payment reference",
    ):
        assert text in page
    assert SettlementInstruction.objects.get(pk=rows[0].pk).state == "CASH_CONFIRMED"
    page = client.get("/office/bank/").content.decode()
    assert "NOBODY-1" in page
    assert bank.IBAN in page
    assert f"Difference {rupees(100)}: " in page, "the payment that nobody ordered is the difference"
    statement = BankStatement.objects.get()
    exported = client.get(f"/office/bank/statements/{statement.pk}/?as=csv").content.decode()
    assert exported.count("\r\n") == 6
    assert "B-4" in exported
    page = board(client)
    assert "names no purchase" in page
    assert f"short by {rupees(rows[1].amount_minor - rows[1].amount_minor // 2)}" in page
    assert f"These receipts pay {rows[1].payment_reference} exactly:" in page


def test_a_suggestion_is_proposed_and_takes_effect_by_a_second_person(
    client: Client, rows: list[SettlementInstruction]
) -> None:
    client.force_login(person(Role.FISCAL_AGENT_OFFICER))
    upload(client, mixed(rows))
    items = list(SuspenseItem.objects.filter(settlement=rows[1]).values_list("pk", flat=True))
    form = {"settlement": rows[1].pk, "items": items}
    page = client.post("/office/settlement/apply/", form, follow=True).content.decode()
    assert "Proposed. It now waits for a second person." in page
    assert f"pays {rows[1].payment_reference}" in page
    assert SettlementInstruction.objects.get(pk=rows[1].pk).state == "AWAITING_CASH"
    approval = Approval.objects.latest("pk")
    approval_approve(approval_id=approval.pk, actor=world.officer("FISCAL_AGENT_CHECKER"), now=NOW)
    assert SettlementInstruction.objects.get(pk=rows[1].pk).state == "CASH_CONFIRMED"
    stranger = SuspenseItem.objects.get(bank_reference="B-4")
    page = client.post(f"/office/settlement/suspense/{stranger.pk}/return/", follow=True).content.decode()
    assert "Proposed. It now waits for a second person." in page
    assert rupees(4_200) in page
    again = client.post(f"/office/settlement/suspense/{stranger.pk}/return/", follow=True).content.decode()
    assert "already waiting for approval" in again


@pytest.mark.parametrize(
    "form",
    [
        {}, {"items": ["x"]}, {"settlement": "1"}, {"items": ["999999"], "settlement": "y"}, {"items": ["\u00b2"]},
        {"settlement": "\u00b2"}, {"items": ["9" * 5_000], "settlement": "9" * 5_000},
    ],
)  # fmt: skip
def test_what_is_posted_wrongly_proposes_nothing(client: Client, rows: list[Any], form: dict[str, Any]) -> None:
    client.force_login(person(Role.FISCAL_AGENT_OFFICER))
    before = Approval.objects.count()
    answer = client.post("/office/settlement/apply/", form, follow=True)
    assert answer.status_code == 200
    assert "Name the suspended receipts" in answer.content.decode()
    assert Approval.objects.count() == before


def test_a_bad_file_is_refused_line_by_line_and_changes_nothing(
    client: Client, rows: list[SettlementInstruction]
) -> None:
    client.force_login(person(Role.FISCAL_AGENT_OFFICER))
    for name, content in bank.samples().items():
        if "good" not in name:
            page = upload(client, content)
            assert "The file was refused whole; nothing was written." in page, name
    page = upload(client, bank.samples()["camt053/three_decimals.xml"])
    assert 'data-label="Line" class="tk-num" data-value="14"' in page
    assert "Ntry[2]/Amt" in page
    content = mixed(rows)
    upload(client, content)
    counts = (BankStatement.objects.count(), BankEntry.objects.count(), CashEntry.objects.count())
    assert counts == (1, 5, 4)
    assert "This file was taken in already." in upload(client, content)
    assert counts == (BankStatement.objects.count(), BankEntry.objects.count(), CashEntry.objects.count())


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.FISCAL_AGENT_OFFICER}])
def test_nobody_else_takes_files_in_or_proposes(client: Client, rows: list[SettlementInstruction], role: Role) -> None:
    bank.take(bank.statement(bank.credit("B-1", 5)))
    before = (BankStatement.objects.count(), Approval.objects.count(), CashEntry.objects.count())
    client.force_login(person(role))
    item = SuspenseItem.objects.get()
    made = bank.camt053(bank.statement(bank.credit("B-2", 7), number=2, opening=5))
    answer = client.post("/office/bank/", {"file": SimpleUploadedFile("s.xml", made)})
    assert answer.status_code == 403
    assert client.post(f"/office/settlement/suspense/{item.pk}/return/").status_code == 403
    assert client.post("/office/settlement/apply/", {"items": [item.pk]}).status_code == 403
    assert (BankStatement.objects.count(), Approval.objects.count(), CashEntry.objects.count()) == before


def test_an_account_is_named_from_the_pages_by_two(client: Client) -> None:
    client.force_login(person(Role.FISCAL_AGENT_OFFICER))
    typed = f"{bank.IBAN[:4]} {bank.IBAN[4:]}".lower()
    form = {"iban": typed, "bank": "Synthetic Bank", "currency": "pkr", "opening": "12.50"}
    page = client.post("/office/propose/account/", form, follow=True).content.decode()
    assert "Proposed. It now waits for a second person." in page
    approval_approve(approval_id=Approval.objects.latest("pk").pk, actor=world.officer("FISCAL_AGENT_CHECKER"), now=NOW)
    account = SettlementAccount.objects.get()
    assert (account.iban, account.currency, account.opening_minor) == (bank.IBAN, "PKR", 1_250)
    form |= {"opening": "1.005"}
    assert "more decimals" in client.post("/office/propose/account/", form, follow=True).content.decode()


def test_several_receipts_are_used_from_the_form(client: Client, rows: list[SettlementInstruction]) -> None:
    client.force_login(person(Role.FISCAL_AGENT_OFFICER))
    third = rows[2]
    parts = (bank.credit("B-1", 1_000, "one"), bank.credit("B-2", third.amount_minor - 1_000, "two"))
    bank.take(bank.statement(*parts))
    items = list(SuspenseItem.objects.order_by("pk").values_list("pk", flat=True))
    wrong = client.post("/office/propose/apply/", {"items": items[:1], "settlement": third.pk}, follow=True)
    assert "Together they are PKR 10.00" in wrong.content.decode()
    done = client.post("/office/propose/apply/", {"items": items, "settlement": third.pk}, follow=True).content.decode()
    assert "Proposed. It now waits for a second person." in done
    assert "Did not name this purchase: B-1, B-2." in done


def test_what_is_paid_and_not_delivered_shows_its_next_step_to_who_may_take_it(
    client: Client, rows: list[SettlementInstruction], monkeypatch: pytest.MonkeyPatch
) -> None:
    late = rows[0]
    world.approve_issue(late.issue_instruction)
    world.pay(late)
    client.force_login(person(Role.DEBT_MAKER))
    assert "Paid and not delivered" not in board(client)
    monkeypatch.setattr(clock, "now", lambda: late.deliver_by)
    page = board(client)
    for words in (
        "Paid and not delivered",
        "overdue since",
        "The registrar never confirmed it.",
        "Propose to withdraw",
    ):
        assert words in page, words
    client.force_login(person(Role.FISCAL_AGENT_OFFICER))
    assert "Propose to withdraw" not in board(client)
    where = f"/office/settlement/{late.pk}"
    before = Approval.objects.count()
    assert client.post(f"{where}/withdraw/").status_code == 403
    assert "Withdraw the confirmation first." in client.post(f"{where}/refund/", follow=True).content.decode()
    assert Approval.objects.count() == before
    client.force_login(person(Role.DEBT_MAKER))
    assert client.post(f"{where}/refund/").status_code == 403
    assert "waits for a second person" in client.post(f"{where}/withdraw/", follow=True).content.decode()
    approval = Approval.objects.latest("pk")
    approval_approve(approval_id=approval.pk, actor=world.officer("REGISTRAR_CHECKER"), now=late.deliver_by)
    assert "Two persons pay it back." in board(client)
    client.force_login(person(Role.FISCAL_AGENT_OFFICER))
    assert "Propose to refund" in board(client)
    client.post(f"{where}/refund/")
    approval = Approval.objects.latest("pk")
    approval_approve(approval_id=approval.pk, actor=world.officer("FISCAL_AGENT_CHECKER"), now=late.deliver_by)
    assert SettlementInstruction.objects.get(pk=late.pk).state == "REFUNDED"
    assert "Paid and not delivered" not in board(client)
