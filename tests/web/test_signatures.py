"""The registrar and the fiscal agent hand in what their own keys signed: verified line by line, all or nothing."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contracts.gateway.keys import LocalKey
from custody.instructions.models import Instruction
from custody.registries.models import CapAccount, ConfirmationRequest, RegistryConfirmation
from custody.registries.services import confirmations_receive
from custody.registries.signed.reading import parse
from custody.settlement.models import SettlementInstruction
from custody.settlement.services import settlements_advance
from tests.factories import cashless
from tests.factories import ledgerless as world
from tests.support.people import person
from tokenization.backoffice.pages import signatures as page
from tokenization.identity.models import AuditEntry
from tokenization.identity.roles import Role
from tokenization.kernel.errors import NotAllowed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_july")]
NOW = world.NOW
SETTLES = world.SETTLES
PAGE, DOCUMENTS = "/office/signatures/", "/office/signatures/documents/"
Entry = dict[str, Any]


@pytest.fixture
def registrar() -> LocalKey:
    return world.registrar()


def paid(*units: int) -> list[SettlementInstruction]:
    """Paid and approved by two houses: the registrar's turn."""
    rows = world.settlements(world.token(), *units)
    world.approve_issue(*(row.issue_instruction for row in rows))
    for row in rows:
        world.pay(row)
    return rows


def fields(client: Client, of: str) -> dict[str, str]:
    """What the browser sends of one house's list."""
    form = client.get(PAGE).content.decode().split(f'value="{of}"')[1].split("</form>")[0]
    return dict(re.findall(r'name="(reference-\d+)" value="([^"]*)"', form))


def downloaded(client: Client, of: str = "securities", **references: str) -> list[Entry]:
    answer = client.post(DOCUMENTS, {"of": of, **fields(client, of), **references})
    assert answer["Content-Disposition"] == 'attachment; filename="to-sign.json"'
    found: list[Entry] = json.loads(answer.content)
    return found


def signed(entries: list[Entry], key: LocalKey) -> list[Entry]:
    return [entry | {"signature": key.sign_typed_data(entry["document"])} for entry in entries]


def upload(client: Client, entries: list[Entry]) -> Any:
    file = SimpleUploadedFile("signed.json", json.dumps(entries).encode())
    return client.post(PAGE, {"file": file}, follow=True)


def kept() -> tuple[int, int, int]:
    caps = sum(CapAccount.objects.values_list("confirmed", flat=True))
    return RegistryConfirmation.objects.count(), caps, AuditEntry.objects.count()


def test_the_registrar_downloads_signs_and_hands_in(client: Client, registrar: LocalKey) -> None:
    first, second = paid(10, 7)
    client.force_login(person(Role.REGISTRAR_OFFICER))
    page = client.get(PAGE).content.decode()
    for row in (first, second):
        for words in (row.allotment.party.reference, row.payment_reference, row.token.code):
            assert words in page, words
    assert "10 units" in page
    own = f"reference-{first.confirm_instruction_id}"
    entries = downloaded(client, **{own: "BOOK-77"})
    assert [
        (entry["security"], entry["number"], entry["units"], entry["holder"], entry["registry_reference"])
        for entry in entries
    ] == [
        (first.token.code, first.confirm_instruction.number, 10, first.allotment.party.reference, "BOOK-77"),
        (second.token.code, second.confirm_instruction.number, 7, second.allotment.party.reference,
         second.payment_reference),
    ]  # fmt: skip
    assert entries[0]["document"]["message"]["units"] == 10
    assert "Taken: 2 signatures." in upload(client, signed(entries, registrar)).content.decode()
    assert list(RegistryConfirmation.objects.order_by("pk").values_list("registry_reference", "units")) == [
        ("BOOK-77", 10), (second.payment_reference, 7),
    ]  # fmt: skip
    assert CapAccount.objects.get(token=first.token).confirmed == 17
    before = kept()
    assert "Taken: 2 signatures." in upload(client, signed(entries, registrar)).content.decode()
    assert kept() == before
    assert "Nothing waits for a signature." in client.get(PAGE).content.decode()


def test_a_long_list_is_signed_a_page_at_a_time(
    client: Client, registrar: LocalKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = paid(10, 7, 5)
    assert settings.DATA_UPLOAD_MAX_NUMBER_FIELDS >= page.SHOWN + 10
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE > page.PASTED
    monkeypatch.setattr(page, "SHOWN", 2)
    client.force_login(person(Role.REGISTRAR_OFFICER))
    assert "The first 2 are shown. 1 more follow once these are signed." in client.get(PAGE).content.decode()
    first = downloaded(client)
    assert [entry["units"] for entry in first] == [10, 7]
    upload(client, signed(first, registrar))
    assert list(fields(client, "securities")) == [f"reference-{rows[2].confirm_instruction_id}"]
    assert [entry["units"] for entry in downloaded(client)] == [5]
    assert client.post(DOCUMENTS, {"of": "securities", "reference-x": "1"}, follow=True).content.count(b"any more") == 1


def test_three_lines_ask_the_database_no_more_often_than_one(client: Client, registrar: LocalKey) -> None:
    client.force_login(person(Role.REGISTRAR_OFFICER))
    token, asked = world.token(), []
    client.get(PAGE)
    for units in ((10,), (7, 5)):
        rows = world.settlements(token, *units)
        world.approve_issue(*(row.issue_instruction for row in rows))
        for row in rows:
            world.pay(row)
        with CaptureQueriesContext(connection) as shown:
            names = fields(client, "securities")
        with CaptureQueriesContext(connection) as sent:
            assert client.post(DOCUMENTS, {"of": "securities", **names}).status_code == 200
        asked.append((len(shown), len(sent)))
    assert (len(names), asked[1]) == (3, asked[0]), [query["sql"][:90] for query in (*shown, *sent)]


def test_one_wrong_line_refuses_all_and_every_one_is_named(client: Client, registrar: LocalKey) -> None:
    paid(10, 7, 5)
    client.force_login(person(Role.REGISTRAR_OFFICER))
    good = signed(downloaded(client), registrar)
    stranger = signed(downloaded(client), LocalKey.create())
    before = kept()
    wrong = [good[0], stranger[1], good[2] | {"registry_reference": "ANOTHER"}, good[0] | {"number": 999_999}]
    page = upload(client, wrong).content.decode()
    for words in (
        "refused whole; nothing was written", "asks for no signature", "on the list of what waits",
        "The signature is not the registrar&#x27;s over these figures.",
    ):  # fmt: skip
        assert words in page, words
    assert page.count("over these figures") == 2
    assert kept() == before
    assert Instruction.objects.filter(kind="CONFIRM").exclude(state="DRAFT").count() == 0


def test_it_may_be_pasted_as_csv(client: Client, registrar: LocalKey) -> None:
    paid(10)
    client.force_login(person(Role.REGISTRAR_OFFICER))
    (entry,) = signed(downloaded(client), registrar)
    names = ("security", "number", "registry_reference", "signature")
    text = ",".join(names) + "\n" + ",".join(str(entry[name]) for name in names)
    before = kept()
    assert "one of the two" in client.post(PAGE, {}).content.decode()
    assert "one of the two" in client.post(PAGE, {"text": text, "file": SimpleUploadedFile("x", b"x")}).content.decode()
    assert kept() == before
    assert "Taken: 1 signatures." in client.post(PAGE, {"text": text}, follow=True).content.decode()


def test_the_fiscal_agent_signs_for_credits_and_neither_house_for_the_other(
    client: Client, registrar: LocalKey
) -> None:
    world.cash_token()
    fiscal = cashless.fiscal_agent()
    mint = cashless.credit(world.wallet(), 70_000)
    cashless.approve_mint(mint)
    paid(10)
    cashier, depository = person(Role.FISCAL_AGENT_OFFICER), person(Role.REGISTRAR_OFFICER)
    client.force_login(depository)
    units = signed(downloaded(client), registrar)
    assert client.post(DOCUMENTS, {"of": "cash"}).status_code == 403
    client.force_login(cashier)
    assert client.post(DOCUMENTS, {"of": "securities"}).status_code == 403
    page = client.get(PAGE).content.decode()
    for words in ("PKR-CASH", "PKR 700.00", mint.bank_reference):
        assert words in page, words
    (entry,) = downloaded(client, "cash")
    assert (entry["security"], entry["registry_reference"]) == ("PKR-CASH", mint.bank_reference)
    money = signed([entry], fiscal)
    before = kept()
    page = upload(client, [*money, *units]).content.decode()
    assert "Taken" not in page
    assert kept() == before
    with pytest.raises(NotAllowed):
        confirmations_receive(lines=parse(json.dumps(units).encode()), actor=cashier, now=NOW)
    assert "Taken: 1 signatures." in upload(client, money).content.decode()
    assert RegistryConfirmation.objects.get().token.code == "PKR-CASH"


def test_what_the_chain_never_took_is_signed_again_under_its_reference(client: Client, registrar: LocalKey) -> None:
    (row,) = world.paid_and_confirmed(world.token(), registrar, 10)
    settlements_advance(now=SETTLES)
    world.give_up(row.confirm_instruction, "expired")
    world.give_up(row.issue_instruction, "its deadline is over")
    settlements_advance(now=SETTLES)
    settlements_advance(now=SETTLES)
    client.force_login(person(Role.REGISTRAR_OFFICER))
    assert "to be signed again" in client.get(PAGE).content.decode()
    row.refresh_from_db()
    (entry,) = downloaded(client, **{f"reference-{row.confirm_instruction_id}": "ANOTHER"})
    earlier = RegistryConfirmation.objects.get()
    assert entry["registry_reference"] == earlier.registry_reference
    upload(client, signed([entry], registrar))
    assert RegistryConfirmation.objects.get(replaces=earlier).instruction == row.confirm_instruction


def test_others_look_and_nobody_else_downloads_or_hands_in(client: Client, registrar: LocalKey) -> None:
    paid(10)
    before = kept()
    for role in (Role.DEBT_MAKER, Role.TREASURY_OFFICER, Role.REGISTRAR_CHECKER):
        client.force_login(person(role))
        page = client.get(PAGE).content.decode()
        assert "you may look" in page
        assert "to be signed (JSON)" not in page
        assert client.post(PAGE, {"text": "x"}).status_code == 403
        assert client.post(DOCUMENTS, {"of": "securities"}).status_code == 403
    client.force_login(person(Role.INVESTOR))
    assert (client.get(PAGE).status_code, client.post(DOCUMENTS).status_code) == (403, 403)
    assert client.get(DOCUMENTS).status_code == 403
    assert (kept(), ConfirmationRequest.objects.count()) == (before, 0)
