"""Cash, statements and allotment files with real rows: what is right is recorded, what is not changes nothing."""

from __future__ import annotations

import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from custody.registries.models import Statement, StatementLine
from custody.settlement.models import CashEntry, SettlementInstruction, SuspenseItem
from custody.settlement.services import settlement_open
from issuance.allotment.models import Allotment, Offer
from tests.factories import bank, issuance, ledgerless
from tests.support.people import person
from tokenization.files.models import StoredFile
from tokenization.identity.models import Approval
from tokenization.identity.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_july")]
NOW = issuance.NOW


@pytest.fixture
def owed() -> SettlementInstruction:
    """A buyer of 1,250 units who has not paid yet."""
    people = issuance.office()
    token = ledgerless.token(people)
    party = issuance.party(people)
    wallet = ledgerless.wallet(party)
    (allotment,) = issuance.allot(people, issuance.offer(people, token.series, target_units=1_250), (party, 1_250))
    return settlement_open(allotment=allotment, wallet=wallet, actor=people.maker, now=NOW)


def typed(minor: int) -> str:
    return f"{minor // 100:,}.{minor % 100:02d}"


def confirm(client: Client, row: SettlementInstruction, role: Role, **form: str) -> tuple[int, str]:
    client.force_login(person(role))
    answer = client.post(f"/office/settlement/{row.pk}/receipt/", form, follow=True)
    row.refresh_from_db()
    return answer.status_code, answer.content.decode()


def test_the_officer_confirms_the_exact_amount(client: Client, owed: SettlementInstruction) -> None:
    client.force_login(person(Role.FISCAL_AGENT_OFFICER))
    page = client.get("/office/settlement/").content.decode()
    assert f"PKR {typed(owed.amount_minor)}" in page
    status, page = confirm(
        client, owed, Role.FISCAL_AGENT_OFFICER, amount=typed(owed.amount_minor), bank_reference="BANK-1"
    )
    assert (status, owed.state) == (200, "CASH_CONFIRMED")
    assert f"Recorded for {owed.payment_reference}." in page
    assert "Record a receipt by hand" not in page
    assert sorted(owed.cash_entry.legs.values_list("amount_minor", flat=True)) == [
        -owed.amount_minor,
        owed.amount_minor,
    ]


def test_where_the_banks_files_tell_what_came_in_nobody_types_it(client: Client, owed: SettlementInstruction) -> None:
    bank.account()
    client.force_login(person(Role.FISCAL_AGENT_OFFICER))
    assert "Record a receipt by hand" not in client.get("/office/settlement/").content.decode()
    status, page = confirm(
        client, owed, Role.FISCAL_AGENT_OFFICER, amount=typed(owed.amount_minor), bank_reference="MADE-UP"
    )
    assert status == 200
    assert "told by the bank&#x27;s files, not typed" in page
    assert (owed.state, CashEntry.objects.count(), SuspenseItem.objects.count()) == ("AWAITING_CASH", 0, 0)


def test_a_paisa_more_goes_to_suspense(client: Client, owed: SettlementInstruction) -> None:
    more = owed.amount_minor + 1
    _, page = confirm(client, owed, Role.FISCAL_AGENT_OFFICER, amount=typed(more), bank_reference="BANK-2")
    assert owed.state == "AWAITING_CASH"
    held = SuspenseItem.objects.get()
    assert (held.amount_minor, held.state, held.bank_reference) == (more, "HELD", "BANK-2")
    assert f"PKR {typed(more)}" in page


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"amount": "1.005", "bank_reference": "B"}, "decimals"),
        ({"amount": "one", "bank_reference": "B"}, ""),
        ({"amount": "", "bank_reference": "B"}, ""),
        ({"amount": "1.00", "bank_reference": " "}, "Give the bank"),
    ],
)
def test_what_is_typed_wrongly_records_nothing(
    client: Client, owed: SettlementInstruction, form: dict[str, str], said: str
) -> None:
    status, page = confirm(client, owed, Role.FISCAL_AGENT_OFFICER, **form)
    assert status == 200
    assert said in page
    assert (owed.state, CashEntry.objects.count(), SuspenseItem.objects.count()) == ("AWAITING_CASH", 0, 0)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.FISCAL_AGENT_OFFICER])
def test_nobody_else_confirms_cash(client: Client, owed: SettlementInstruction, role: Role) -> None:
    status, _ = confirm(client, owed, role, amount=typed(owed.amount_minor), bank_reference="BANK-3")
    assert status == 403
    assert (owed.state, CashEntry.objects.count()) == ("AWAITING_CASH", 0)


def statement(*lines: str, columns: str = "isin,currency,outstanding,conventional,immobilised") -> bytes:
    head = f"H,CSD-STATEMENT,1,CSD-1,{NOW.isoformat()}"
    body = "".join(f"{line}\n" for line in (head, columns, *lines)).encode()
    return body + f"T,{len(lines)},{hashlib.sha256(body).hexdigest()}\n".encode()


def upload(client: Client, path: str, content: bytes, **fields: object) -> str:
    file = SimpleUploadedFile("file.csv", content, content_type="text/csv")
    return client.post(path, {"file": file, **fields}, follow=True).content.decode()


def test_a_statement_is_refused_line_by_line_and_nothing_is_written(client: Client) -> None:
    isin = issuance.series(issuance.office()).isin
    client.force_login(person(Role.REGISTRAR_OFFICER))
    bad = statement(f"{isin},PKR,10.005,0,10.00", f"{isin},PKR,-1,0,-1")
    files = StoredFile.objects.count()
    page = upload(client, "/office/statements/", bad)
    assert "The file was refused whole; nothing was written." in page
    assert 'data-label="Line" class="tk-num" data-value="3"' in page
    assert 'data-label="Line" class="tk-num" data-value="4"' in page
    assert 'data-label="Field">outstanding' in page
    page = upload(client, "/office/statements/", statement(columns="isin,currency,outstanding,immobilised"))
    assert "refused whole" in page
    page = upload(client, "/office/statements/", statement("PK0000000000,PKR,1,1,0"))
    assert "refused whole" in page
    assert (Statement.objects.count(), StoredFile.objects.count()) == (0, files)


def test_a_good_statement_is_taken_in_once(client: Client) -> None:
    isin = issuance.series(issuance.office()).isin
    client.force_login(person(Role.REGISTRAR_OFFICER))
    good = statement(f"{isin},PKR,1000000.00,250000.00,750000.00")
    assert "The statement was imported." in upload(client, "/office/statements/", good)
    line = StatementLine.objects.get()
    assert (line.outstanding_minor, line.conventional_minor, line.immobilised_minor) == (
        100_000_000,
        25_000_000,
        75_000_000,
    )
    assert "This file was taken in already." in upload(client, "/office/statements/", good)
    assert Statement.objects.count() == 1


def test_only_the_registrars_officer_imports(client: Client) -> None:
    good = statement()
    for role in (Role.DEBT_MAKER, Role.REGISTRAR_CHECKER, Role.FISCAL_AGENT_OFFICER, Role.OPERATOR):
        client.force_login(person(role))
        assert "you may look" in upload(client, "/office/statements/", good)
    assert Statement.objects.count() == 0


@pytest.fixture
def offer() -> Offer:
    return issuance.offer(issuance.office(), closed=False)


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        (b"who,units\n", "1", "the first line must read party,units"),
        (b"\xff\xfe", "whole file", "not UTF-8"),
        (b"party,units\nINV-X,1,2\n", "2", "two values are expected, 3 were found"),
        (b"party,units\nNOBODY,10\n", "2", ""),
    ],
)
def test_an_allotment_file_that_is_wrong_changes_nothing(
    client: Client, offer: Offer, content: bytes, line: str, said: str
) -> None:
    before = Approval.objects.count()
    client.force_login(person(Role.DEBT_MAKER))
    page = upload(client, "/office/propose/allotment/", content, offer=offer.pk)
    assert "The file was refused whole; nothing was written." in page
    assert f">{line}</td>" in page
    assert said in page
    offer.refresh_from_db()
    assert (offer.state, Allotment.objects.count(), Approval.objects.count()) == ("OPEN", 0, before)


def test_an_allotment_file_becomes_one_proposal(client: Client, offer: Offer) -> None:
    first, second = (issuance.party(issuance.office()) for _ in range(2))
    client.force_login(person(Role.DEBT_MAKER))
    page = upload(
        client,
        "/office/propose/allotment/",
        f"party,units\n{first.reference},400\n{second.reference},600\n".encode(),
        offer=offer.pk,
    )
    assert "Proposed. It now waits for a second person." in page
    assert "1,000" in page
    made = Approval.objects.latest("pk")
    assert (made.state, made.item_count, Allotment.objects.count()) == ("PENDING", 2, 0)
