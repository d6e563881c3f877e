"""From the bank page's line that differs to the entry put right: link, form, decision, and what is shown of it."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.html import strip_tags

from custody.registries.models import BankEntry
from custody.settlement.models import BankCorrection, CashEntry, SettlementInstruction
from tests.factories import ledgerless as world
from tests.factories import typed
from tests.support.people import person
from tokenization.files.models import StoredFile
from tokenization.identity.approvals import approval_approve
from tokenization.identity.models import Approval
from tokenization.identity.roles import Role
from tokenization.kernel import clock
from tokenization.theme import figures

pytestmark = pytest.mark.django_db
STEP = "two persons put the entry right by the bank&#x27;s line"


@pytest.fixture(autouse=True)
def _at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: world.NOW)


def page(client: Client, role: Role, path: str) -> str:
    client.force_login(person(role))
    return client.get(path).content.decode()


def text(content: str) -> str:
    return " ".join(strip_tags(content.replace("<", " <")).replace("&#x27;", "'").split())


def differing() -> SettlementInstruction:
    """Ten rupees more were typed than came."""
    (row,) = world.settlements(world.token(), 10)
    world.pay(row, reference="B-1")
    typed.told(row.amount_minor - 1_000, row.payment_reference)
    return row


def test_the_line_leads_to_the_form_with_both_chosen_and_the_decision_heals_it(client: Client) -> None:
    row = differing()
    bank_page = page(client, Role.FISCAL_AGENT_OFFICER, "/office/bank/")
    assert "Settle 2 open lines with the bank" in text(page(client, Role.FISCAL_AGENT_OFFICER, "/office/"))
    found = re.search(r'href="(/office/propose/bank-correct/\?line=\d+&amp;entry=\d+)">([^<]*)<', bank_page)
    assert found is not None
    assert STEP in found[2]
    assert "The bank has this reference with other figures: see its line." in text(bank_page)
    form = page(client, Role.FISCAL_AGENT_OFFICER, found[1].replace("&amp;", "&"))
    chosen = re.findall(r'<option value="(\d+)" selected>([^<]*)<', form)
    assert [words.split(", ")[0] for _, words in chosen] == ["B-1", figures.money(row.amount_minor, "PKR")], chosen
    line, entry = (int(pk) for pk, _ in chosen)
    file = SimpleUploadedFile("advice.txt", b"what came", content_type="text/plain")
    asked = {"line": line, "entry": entry, "reason": "typed from the telephone", "file": file}
    answer = client.post("/office/propose/bank-correct/", asked, follow=True)
    assert "waits for a second person" in answer.content.decode()
    proposal = Approval.objects.get(action="custody.settlement.BankCorrect")
    decision = text(page(client, Role.FISCAL_AGENT_CHECKER, f"/office/decisions/{proposal.pk}/"))
    for words in ("Put an entry right by the bank's line", "-PKR 10.00", "waiting for payment again", "advice.txt"):
        assert words in decision, words
    approval_approve(approval_id=proposal.pk, actor=person(Role.FISCAL_AGENT_CHECKER), now=world.NOW)
    assert BankCorrection.objects.get().difference_minor == -1_000
    assert SettlementInstruction.objects.get(pk=row.pk).state == "AWAITING_CASH"
    healed = text(page(client, Role.FISCAL_AGENT_OFFICER, "/office/bank/"))
    assert "Difference PKR 0.00: journal and bank agree." in healed
    assert "No line is open" in healed


def test_without_evidence_or_reason_the_form_stays_and_nothing_is_written(client: Client) -> None:
    differing()
    client.force_login(person(Role.FISCAL_AGENT_OFFICER))
    line, entry = BankEntry.objects.get().pk, CashEntry.objects.get(bank_reference="B-1").pk
    files = StoredFile.objects.count()
    for missing in ("reason", "file"):
        asked = {"line": line, "entry": entry, "reason": "why", "file": SimpleUploadedFile("a.txt", b"x")}
        del asked[missing]
        answer = client.post("/office/propose/bank-correct/", asked).content.decode()
        assert "This field is required." in answer
    empty = {"line": line, "entry": entry, "reason": "why", "file": SimpleUploadedFile("a.txt", b"")}
    assert "The submitted file is empty." in client.post("/office/propose/bank-correct/", empty).content.decode()
    assert (Approval.objects.filter(state="PENDING").count(), StoredFile.objects.count()) == (0, files)


def test_to_others_the_form_does_not_exist(client: Client) -> None:
    differing()
    for role in (Role.TREASURY_OFFICER, Role.DEBT_MAKER, Role.FISCAL_AGENT_CHECKER, Role.AUDITOR):
        client.force_login(person(role))
        assert client.get("/office/propose/bank-correct/").status_code in (403, 404)
        assert client.post("/office/propose/bank-correct/", {}).status_code in (403, 404)
    assert not Approval.objects.filter(action="custody.settlement.BankCorrect").exists()


def test_the_choice_that_a_link_makes_is_only_a_choice(client: Client) -> None:
    differing()
    for query in ("line=999999999", "line=x", "line=", "entry=%00", "reason=typed"):
        form = page(client, Role.FISCAL_AGENT_OFFICER, f"/office/propose/bank-correct/?{query}")
        assert "Line of the bank" in form
        assert not re.search(r'<option value="\d+" selected>', form)
        assert ">typed<" not in form


def test_statement_record_and_assurance_say_what_was_put_right(client: Client) -> None:
    differing()
    correction = typed.put_right(BankEntry.objects.select_related("booking").get())
    told = correction.booking.entry.statement_line.statement
    statement = text(page(client, Role.FISCAL_AGENT_OFFICER, f"/office/bank/statements/{told.pk}/"))
    assert "typed wrong, put right by two persons a digit was typed wrong" in statement
    record = page(client, Role.FISCAL_AGENT_OFFICER, f"/office/settlement/bankcorrection/{correction.pk}/change/")
    assert "a digit was typed wrong" in record
    for entry in (correction.wrong_entry, correction.entry):
        shown = text(page(client, Role.AUDITOR, f"/assurance/entries/{entry.pk}/"))
        for words in ("Put right by two persons", "-PKR 10.00", "advice.txt", "Bank's reference B-1"):
            assert words in shown, (entry, words)
    listed = text(page(client, Role.AUDITOR, "/assurance/bank/"))
    assert f"typed wrong, put right by two persons cash entry {correction.entry_id}" in listed
    kept = page(client, Role.AUDITOR, f"/assurance/files/{correction.evidence_id}/")
    assert "evidence with which an entry was put right" in text(kept)
