"""A run's pack, report and breaks on the pages: who may ask, what is handed out, and the same bytes again."""

from __future__ import annotations

import io
import json
import shlex
import zipfile
from datetime import timedelta
from pathlib import Path

import openpyxl
import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from contracts.outbox.models import Intent
from custody.reconciliation.evidence import verify_evidence
from custody.reconciliation.evidence.models import EvidencePack
from custody.reconciliation.evidence.services import evidence_advance, evidence_bytes
from custody.reconciliation.models import Break, EquationResult, Run
from custody.reconciliation.selectors import business_age
from tests.db.reconciliation.evidence.conftest import contract, signed_books
from tests.db.reconciliation.evidence.test_backing import case
from tests.db.reconciliation.evidence.world import ISSUER, REGISTRAR, SignedBooks, verified
from tests.db.reconciliation.world import A, Contract, run
from tests.factories.examined import Examined
from tests.factories.ledger import NOW
from tests.support.people import person
from tokenization.documents.reconciliation import report_rows
from tokenization.files.models import StoredFile
from tokenization.files.services import file_store
from tokenization.identity.actors import system_user
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.identity.models import Approval, AuditEntry
from tokenization.identity.roles import Role

__all__ = ["case", "contract", "signed_books"]
pytestmark = pytest.mark.django_db
FORMS = ("pdf", "xlsx", "csv")


@pytest.fixture
def made(signed_books: SignedBooks) -> Run:
    return run(signed_books, "month end")


def test_an_auditor_asks_for_a_pack_and_takes_it(client: Client, made: Run) -> None:
    client.force_login(person(Role.AUDITOR))
    page = f"/assurance/runs/{made.pk}/"
    assert "None was asked for yet" in client.get(page).content.decode()
    assert client.get(f"{page}evidence.zip").status_code == 404
    assert client.post(f"{page}evidence/")["Location"] == page
    pack = EvidencePack.objects.get()
    before = client.get(page).content.decode()
    assert "Prepared: the issuer&#x27;s key signs it in a moment." in before
    assert "Download the pack" not in before
    assert client.get(f"{page}evidence.zip").status_code == 404
    evidence_advance(now=NOW)
    pack.refresh_from_db()
    after = client.get(page).content.decode()
    assert "Signed by the issuer; its root is on its way to the chain." in after
    assert pack.root in after
    answer = client.get(f"{page}evidence.zip")
    assert answer.content == evidence_bytes(pack)
    assert answer["Content-Disposition"] == f'attachment; filename="evidence-run-{made.pk}.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None


def test_a_root_that_did_not_reach_the_chain_is_said_and_anchored_again(client: Client, made: Run) -> None:
    client.force_login(person(Role.AUDITOR))
    page = f"/assurance/runs/{made.pk}/"
    client.post(f"{page}evidence/")
    evidence_advance(now=NOW)
    failed = Intent.objects.get(key__startswith="evidence:")
    Intent.objects.filter(pk=failed.pk).update(state="REJECTED", reason="The anchor does not know our key.")
    said = client.get(page).content.decode()
    how = "given up, nothing happened on chain: The anchor does not know our key."
    assert "Signed by the issuer; its root did not reach the chain." in said
    assert how in said
    assert "is on its way to the chain" not in said
    assert "Anchor its root again" in said
    client.force_login(person(Role.OPERATOR))
    assert "Anchor its root again" not in client.get(page).content.decode()
    assert client.post(f"{page}evidence/").status_code == 403
    assert EvidencePack.objects.get().intent == failed
    client.force_login(person(Role.AUDITOR))
    assert client.post(f"{page}evidence/")["Location"] == page
    assert EvidencePack.objects.get().intent.split_from == failed
    again = client.get(page).content.decode()
    assert "Signed by the issuer; its root is on its way to the chain." in again
    assert "Tried before" in again
    assert how in again
    assert "Anchor its root again" not in again
    assert client.post(f"{page}evidence/")["Location"] == page
    assert Intent.objects.filter(key__startswith="evidence:").count() == 2


def command_on(client: Client, run_pk: int) -> list[str]:
    """The options of the command that the page prints, as a shell would part them."""
    shown = client.get(f"/assurance/runs/{run_pk}/").content.decode()
    command = shlex.split(shown.split('<pre class="tk-code"><code>')[1].split("</code>")[0])
    assert command[:3] == ["python", "verify_evidence.py", f"evidence-run-{run_pk}.zip"]
    return command[3:]


def test_the_printed_command_verifies_the_pack(client: Client, made: Run, tmp_path: Path) -> None:
    client.force_login(person(Role.AUDITOR))
    client.post(f"/assurance/runs/{made.pk}/evidence/")
    evidence_advance(now=NOW)
    options = command_on(client, made.pk)
    assert options == ["--signer", ISSUER.address, "--confirmer", REGISTRAR.address]
    told = verified(client.get(f"/assurance/runs/{made.pk}/evidence.zip").content, tmp_path, *options[2:])
    assert (told.code, told.faults) == (0, [])


def test_the_printed_command_of_a_reserve_names_the_examiner(client: Client, case: Examined, tmp_path: Path) -> None:
    client.force_login(person(Role.AUDITOR))
    pack = EvidencePack.objects.get()
    options = command_on(client, pack.run_id)
    assert options == ["--signer", ISSUER.address, "--examiner", case.key.address]
    content = client.get(f"/assurance/runs/{pack.run_id}/evidence.zip").content
    told = verified(content, tmp_path, *options[2:])
    assert (told.code, told.faults) == (0, [])
    assert verified(content, tmp_path).code == 1


def test_the_verifier_explains_each_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        verify_evidence.main(["--help"])
    said = " ".join(capsys.readouterr().out.split())
    for words in (
        "the issuer's address, as",
        "the registrar's address",
        "the examiner's address",
        "a node of your own",
    ):
        assert words in said


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.TREASURY_OFFICER, Role.COMPLIANCE_CHECKER])
def test_who_reads_may_not_always_ask(client: Client, made: Run, role: Role) -> None:
    client.force_login(person(role))
    entries = AuditEntry.objects.count()
    page = client.get(f"/assurance/runs/{made.pk}/")
    assert (page.status_code, "Make the evidence pack" in page.content.decode()) == (200, False)
    assert client.post(f"/assurance/runs/{made.pk}/evidence/").status_code == 403
    assert (EvidencePack.objects.count(), AuditEntry.objects.count()) == (0, entries)


def test_an_investor_gets_none_of_it(client: Client, made: Run) -> None:
    client.force_login(person(Role.INVESTOR))
    base = f"/assurance/runs/{made.pk}"
    for path in (f"{base}.pdf", f"{base}.xlsx", f"{base}.csv", f"{base}/evidence.zip", "/assurance/breaks/1/evidence/"):
        assert client.get(path).status_code == 403
    assert client.post(f"{base}/evidence/").status_code == 403
    assert EvidencePack.objects.count() == 0


def test_an_old_runs_report_is_the_same_bytes(
    client: Client, made: Run, signed_books: SignedBooks, contract: Contract
) -> None:
    """Printed again after a later, red run whose breaks are others."""
    client.force_login(person(Role.AUDITOR))
    first = {form: client.get(f"/assurance/runs/{made.pk}.{form}").content for form in FORMS}
    contract.balances[A] += 3
    later = run(signed_books)
    assert not later.green
    assert {form: client.get(f"/assurance/runs/{made.pk}.{form}").content for form in FORMS} == first
    assert client.get(f"/assurance/runs/{later.pk}.pdf").content != first["pdf"]


def test_the_report_names_block_hash_and_every_equation(client: Client, made: Run) -> None:
    client.force_login(person(Role.AUDITOR))
    paper = pypdf.PdfReader(io.BytesIO(client.get(f"/assurance/runs/{made.pk}.pdf").content))
    said = " ".join(" ".join(page.extract_text() for page in paper.pages).split())
    assert f"Run {made.pk}, {made.token.code}" in said
    assert "True at block 101" in said
    assert made.block_hash in said.replace(" ", "")
    assert "Every equation holds." in said
    sheet = openpyxl.load_workbook(io.BytesIO(client.get(f"/assurance/runs/{made.pk}.xlsx").content)).active
    assert sheet is not None
    told = list(sheet.iter_rows(values_only=True))
    assert told[0][:4] == ("Equation", "In words", "Left side", "Right side")
    assert [row[0] for row in told[1:]] == list(made.equations.order_by("pk").values_list("name", flat=True))
    assert {row[8] for row in told[1:]} == {made.block_hash}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_the_report_runs_as_a_formula(client: Client, made: Run, start: str) -> None:
    client.force_login(person(Role.AUDITOR))
    words = f'{start}HYPERLINK("http://x","y")'
    EquationResult.objects.create(run=made, name=words[:60], words=words, left=-1, right=-1, difference=0, holds=True)
    assert report_rows(made)[-1][1] == words
    text = client.get(f"/assurance/runs/{made.pk}.csv").content.decode("utf-8-sig")
    assert f"'{start}HYPERLINK" in text
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"/assurance/runs/{made.pk}.xlsx").content))
    sheet = book.active
    assert sheet is not None
    last = [cell for row in sheet.iter_rows(min_row=sheet.max_row) for cell in row]
    assert {cell.data_type for cell in last} <= {"s", "n"}
    assert str(last[1].value).startswith("'")
    assert last[2].value == -1


def test_a_break_tells_its_story_and_hands_out_what_closed_it(
    client: Client, signed_books: SignedBooks, contract: Contract
) -> None:
    contract.balances[A] += 3
    seen = run(signed_books)
    contract.balances[A] -= 3
    run(signed_books)
    found = Break.objects.get()
    client.force_login(person(Role.AUDITOR))
    path = f"/assurance/breaks/{found.pk}/"
    assert f"/assurance/runs/{seen.pk}/" in client.get(path).content.decode()
    assert client.get(f"{path}evidence/").status_code == 404
    shown = file_store(
        name="node report.txt", content=b"node was wrong", media_type="text/plain", actor=system_user(), now=NOW
    )
    proposal = approval_propose(
        action="custody.reconciliation.BreakClose",
        payload={"break": found.pk, "reason": "the node was replaced", "file": shown.sha256},
        actor=person(Role.REGISTRAR_OFFICER),
        now=NOW,
    )
    approval_approve(approval_id=proposal.pk, actor=person(Role.DEBT_CHECKER), now=NOW)
    said = client.get(path).content.decode()
    assert "the node was replaced" in said
    assert f'href="{path}evidence/"' in said
    answer = client.get(f"{path}evidence/")
    assert (answer.content, answer["Content-Type"]) == (b"node was wrong", "text/plain")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_break_ages_in_business_days_and_stops_when_it_is_closed(
    signed_books: SignedBooks, contract: Contract
) -> None:
    """1 July 2026 is a Wednesday: the weekend of the 4th and 5th does not count, nor does 14 August."""
    assert NOW.strftime("%A %d %B %Y") == "Wednesday 01 July 2026"
    contract.balances[A] += 3
    run(signed_books)
    found = Break.objects.get()
    assert [business_age(found, NOW + timedelta(days=n)) for n in (0, 1, 2, 3, 4, 5)] == [0, 1, 2, 2, 2, 3]
    assert business_age(found, NOW + timedelta(days=44)) - business_age(found, NOW + timedelta(days=43)) == 0


def test_an_officer_proposes_the_closing_with_the_file_in_his_hand(
    client: Client, signed_books: SignedBooks, contract: Contract
) -> None:
    contract.balances[A] += 3
    run(signed_books)
    contract.balances[A] -= 3
    run(signed_books)
    found = Break.objects.get()
    client.force_login(person(Role.REGISTRAR_OFFICER))
    form = {"break": found.pk, "reason": "the node was replaced"}
    refused = client.post("/office/propose/break/", form)
    assert (refused.status_code, Approval.objects.filter(state="PENDING").count()) == (200, 0)
    letter = SimpleUploadedFile("letter.pdf", b"%PDF the operator's letter", "application/pdf")
    assert client.post("/office/propose/break/", {**form, "file": letter}).status_code == 302
    stored = StoredFile.objects.get(name="letter.pdf")
    proposal = Approval.objects.get(state="PENDING")
    assert json.loads(proposal.payload) == {**form, "file": stored.sha256}
    assert (bytes(stored.content), stored.media_type) == (b"%PDF the operator's letter", "application/pdf")
    assert Break.objects.get().state == "OPEN"
