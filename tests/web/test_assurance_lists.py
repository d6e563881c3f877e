"""What an auditor reads beside the runs, and the one sentence with which the first page answers."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pypdf
import pytest
from django.test import Client
from django.utils import timezone

from custody.reconciliation.models import Break
from custody.reserves.models import ReserveAttestation, VaultList
from tests.db.reconciliation.conftest import books, contract
from tests.db.reconciliation.evidence.world import audited
from tests.db.reconciliation.test_attested import case, gold
from tests.db.reconciliation.test_statement_and_cash import FACE, paid, statement
from tests.db.reconciliation.world import A, Contract, run, sabotage
from tests.factories import bank
from tests.factories.examined import EXPIRY, Examined
from tests.factories.ledger import NOW, Books, digest
from tests.support.people import person
from tests.web.test_assurance_sampling import ounce, page
from tokenization.assurance.answer import answer, figures_of
from tokenization.assurance.models import Look
from tokenization.assurance.reach import EVERYTHING
from tokenization.assurance.selectors import breaks, latest_runs, never_compared
from tokenization.documents.reconciliation import report_rows, run_report
from tokenization.files.services import file_store
from tokenization.identity import audit as log
from tokenization.identity.models import Approval, AuditEntry
from tokenization.identity.roles import Role
from tokenization.theme.figures import day, when

__all__ = ["books", "case", "contract", "gold", "paid"]
pytestmark = pytest.mark.django_db
JARGON = ("sabotage", "swept", "lapsed", "drift", "undue units")
LISTS = ("approvals", "audit", "bank", "registry", "files")


def said(now: Any = NOW) -> Any:
    open_breaks = [row for row in breaks(EVERYTHING) if row.state == "OPEN"]
    return answer(list(latest_runs(EVERYTHING)), list(never_compared(EVERYTHING)), open_breaks, now)


# The answer ----------------------------------------------------------------------------------------------------------


def test_before_any_comparison_nothing_can_be_said(client: Client) -> None:
    assert (said().right, said().sentence) == (
        None, "Nothing can be said yet: no record was compared with another.",
    )  # fmt: skip
    client.force_login(person(Role.AUDITOR))
    assert "Nothing can be said yet" in page(client, "/assurance/")


def test_it_is_right_and_says_at_which_block(client: Client, books: Books, paid: object) -> None:
    made = run(books)
    told = said()
    assert (told.right, told.faults) == (True, [])
    assert told.sentence == (
        f"The supply is right at block 101 ({made.block_hash[:8]}…{made.block_hash[-6:]}, 1 Jul 2026 10:00:01 PKT), "
        f"compared on 1 Jul 2026 10:00:00 PKT: registry = chain = register for {books.token.code}; "
        "the settlement account and the claims on it agree "
        "(bank statement: not compared, no account's files are taken in)."
    )
    assert "bank statement: not compared, no account's files are taken in" in made.skipped
    client.force_login(person(Role.AUDITOR))
    assert told.sentence.replace("'", "&#x27;") in page(client, "/assurance/")
    bank.account()
    assert not [words for words in run(books).skipped if words.startswith("bank statement")]
    assert said().sentence.endswith("the settlement account and the claims on it agree.")


def test_of_a_reserve_it_says_vault_and_examiner(case: Examined, gold: Books, contract: Contract) -> None:
    ounce(gold, contract)
    run(gold)
    assert said().right
    backed = "every reserve unit has its backing on the vault's list"
    assert said().sentence.endswith(f"{backed} and in the examiner's attestation.")
    gold.mine(at=EXPIRY)
    gold.post()
    contract.shown = type(contract.shown)(1, contract.shown.quantity, 0, contract.shown.expiry, eligible=0)
    run(gold)
    told = said()
    assert (told.right, told.tone, told.notes) == (True, "warning", [])
    assert told.sentence.endswith(f"{backed}, which is not attested for {gold.token.code} since {when(EXPIRY)}.")
    since = f"Backing is not attested since {when(EXPIRY)}, when examiner's attestation No. 1 of gold ended."
    assert since in told.unattested[0]


def test_an_attestation_that_ended_is_amber_at_the_top_on_its_line_and_on_the_run(
    client: Client, case: Examined, gold: Books, contract: Contract
) -> None:
    ounce(gold, contract)
    made = run(gold)
    client.force_login(person(Role.AUDITOR))
    since = f"Backing is not attested since {when(EXPIRY)}, when examiner&#x27;s attestation No. 1 of gold ended."
    assert since not in page(client, "/assurance/")
    shown = page(client, f"/assurance/runs/{made.pk}/")
    assert "<b>1.000 fine troy ounce</b><span>≤</span><b>1,193.176 fine troy ounces</b>" in shown
    assert "margin of 1 % 11.932 fine troy ounces · eligible 1,181.244 fine troy ounces" in shown
    assert "room 1,180.244 fine troy ounces" in shown
    assert "contract, what the contract would issue on now" in shown
    assert "short by this" not in shown
    assert "Examiner&#x27;s attestation No. 1 of gold" in shown
    gold.mine(at=EXPIRY)
    gold.post()
    contract.shown = type(contract.shown)(1, contract.shown.quantity, 0, contract.shown.expiry, eligible=0)
    made = run(gold)
    assert made.green
    first = page(client, "/assurance/")
    assert first.count(since) == 2
    assert '<section class="tk-note tk-note-warning"><strong>The supply is right' in first
    assert f'<p class="tk-note tk-note-warning">Every equation holds. {since}' in first
    shown = page(client, f"/assurance/runs/{made.pk}/")
    assert since in shown
    assert "what the units need ≤ last attested - encumbrance - margin" in shown
    assert '<span class="tk-tag tk-warn">last attested</span>' in shown
    assert "room by what was last attested 1,180.244 fine troy ounces" in shown


def test_the_report_of_a_run_says_at_its_top_that_the_backing_is_not_attested(
    client: Client, case: Examined, gold: Books, contract: Contract
) -> None:
    """In each form; and once more the same bytes, though the attestation of the first run has ended by then."""
    ounce(gold, contract)
    before = run(gold)
    client.force_login(person(Role.AUDITOR))
    forms = ("pdf", "csv", "xlsx")
    old = {form: client.get(f"/assurance/runs/{before.pk}.{form}").content for form in forms}
    assert run_report(before).warning == ""
    gold.mine(at=EXPIRY)
    gold.post()
    contract.shown = type(contract.shown)(1, contract.shown.quantity, 0, contract.shown.expiry, eligible=0)
    made = run(gold)
    since = f"Backing is not attested since {when(EXPIRY)}, when examiner's attestation No. 1 of gold ended."
    whole = f"{since} What it last attested carries what the units need; no new unit is issued."
    assert report_rows(made)[0] == (
        "reserve.not-attested", whole, 1_000, 1_181_244, -1_180_244, "minor", "not attested", made.block_number,
        made.block_hash, "",
    )  # fmt: skip
    assert [row[0] for row in report_rows(made)[1:]] == [row.name for row in made.equations.order_by("pk")]
    paper = run_report(made)
    assert (paper.warning, "Backing" in dict(paper.facts)) == (whole, False)
    reader = pypdf.PdfReader(io.BytesIO(client.get(f"/assurance/runs/{made.pk}.pdf").content))
    first = " ".join(reader.pages[0].extract_text().split())
    assert first.index("Backing is not attested since") < first.index("Security") < first.index("Not compared")
    lines = client.get(f"/assurance/runs/{made.pk}.csv").content.decode("utf-8-sig").splitlines()
    assert lines[1].startswith(f'reserve.not-attested,"{since}')
    assert {form: client.get(f"/assurance/runs/{before.pk}.{form}").content for form in forms} == old


def test_of_a_reserve_that_no_unit_needs_the_report_says_it_without_amber(
    case: Examined, gold: Books, contract: Contract
) -> None:
    gold.mine(at=EXPIRY)
    gold.post()
    contract.shown = type(contract.shown)(1, contract.shown.quantity, 0, contract.shown.expiry, eligible=0)
    paper = run_report(run(gold))
    words = (
        f"Examiner's attestation No. 1 of gold ended on {when(EXPIRY)}, and no unit needs it; no new unit is issued."
    )
    assert (paper.warning, dict(paper.facts)["Backing"]) == ("", words)


def test_what_is_wrong_is_named_with_its_age_and_its_story(client: Client, books: Books, contract: Contract) -> None:
    run(books)
    sabotage(books, contract)
    run(books)
    (found,) = Break.objects.all()
    told = said(NOW + timedelta(days=4))
    assert told.right is False
    assert "The supply is not right at block 102" in told.sentence
    assert told.sentence.endswith("1 thing is amiss.")
    (fault,) = told.faults
    assert fault.words.endswith("units created without an instruction")
    assert fault.href == f"/assurance/breaks/{found.pk}/"
    assert fault.since.startswith("since 1 Jul 2026 10:00:00 PKT, ")
    assert fault.since.endswith("business days")
    client.force_login(person(Role.AUDITOR))
    shown = page(client, "/assurance/")
    assert f"{fault.words}, since 1 Jul 2026" in shown
    assert f'<a href="{fault.href}">what happened</a>' in shown


def test_a_break_that_is_over_waits_to_be_closed_and_is_no_fault(books: Books, contract: Contract) -> None:
    statement(books, FACE - 1)
    run(books)
    statement(books, FACE, name="S-2", hours=2)
    run(books)
    told = said()
    assert (told.right, told.faults) == (True, [])
    assert told.notes == [
        f"Break {Break.objects.get().pk} of {books.token.code} is no longer seen and waits to be closed by two "
        "(0 business days)."
    ]


def test_a_red_run_without_a_break_still_says_what_is_wrong(books: Books, contract: Contract) -> None:
    contract.balances[A] += 3
    made = run(books)
    told = answer([made], [], [], NOW)
    assert told.right is False
    assert f"{books.token.code}: total supply = register: 33 units against 30 units" in [f.words for f in told.faults]


def test_the_first_page_has_the_figures_that_answer_each_with_its_rows(
    client: Client, case: Examined, gold: Books, contract: Contract
) -> None:
    ounce(gold, contract)
    made = run(gold)
    assert [(fact["label"], fact["value"]) for fact in figures_of(made, NOW)] == [
        ("Units in the contract", "1,000 units"),
        ("Units in the register", "1,000 units"),
        ("Blocked at the registry", "1,000 units"),
        ("What the units need", "1.000 fine troy ounce"),
        ("On the vault's list", "1,193.176 fine troy ounces"),
        ("Attested by the examiner", "1,193.176 fine troy ounces"),
        ("Held against it", "0.000 fine troy ounce"),
        ("Attestation ends", when(EXPIRY)),
    ]
    client.force_login(person(Role.AUDITOR))
    shown = page(client, "/assurance/")
    told, word = VaultList.objects.get(), ReserveAttestation.objects.get()
    notes = [fact["note"] for fact in figures_of(made, told.as_of + timedelta(days=37)) if fact["note"]]
    assert notes[0] == f"list 1 of {told.vault} as of {day(timezone.localdate(told.as_of))}, 37 days ago"
    assert notes[1].startswith(f"Examiner's attestation No. 1 of gold as of {day(timezone.localdate(word.as_of))}, ")
    assert f"<small>list 1 of {told.vault} as of" in shown
    read = page(client, f"/assurance/runs/{made.pk}/")
    assert f"Backing by list 1 of {told.vault} as of {day(timezone.localdate(told.as_of))}, " in read
    assert f"No. 1 as of {when(told.as_of)}" in read
    for fact in figures_of(made, NOW):
        assert f'<a href="{fact["href"]}">{fact["value"]}</a>' in shown
        assert "<strong>Agrees.</strong>" in page(client, fact["href"])


# Lists ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LISTS)
def test_lists_are_for_who_may_read_the_audit(client: Client, name: str) -> None:
    client.force_login(person(Role.DEBT_MAKER))
    assert f"/assurance/{name}/" not in page(client, "/assurance/")
    assert client.get(f"/assurance/{name}/").status_code == 403
    assert Look.objects.count() == 0
    auditor = person(Role.AUDITOR)
    client.force_login(auditor)
    assert f'href="/assurance/{name}/"' in page(client, "/assurance/")
    shown = page(client, f"/assurance/{name}/")
    assert f'<a href="/assurance/{name}/" aria-current="page">' in shown
    assert Look.objects.get().who == auditor


def test_approvals_are_found_by_person_state_and_day(client: Client, books: Books) -> None:
    client.force_login(person(Role.AUDITOR))
    count = Approval.objects.count()
    assert f"{count} rows" in page(client, "/assurance/approvals/")
    one = Approval.objects.order_by("pk").first()
    assert f'href="/assurance/approvals/{one.pk}/"' in page(client, f"/assurance/approvals/?q={one.items_root}")
    assert "0 rows so filtered" in page(client, "/assurance/approvals/?choice=REJECTED")
    assert "0 rows so filtered" in page(client, "/assurance/approvals/?until=2026-06-30")
    assert f"{count} row" in page(client, "/assurance/approvals/?from=2026-07-01&until=2026-07-01")
    assert "No approval fits." in page(client, "/assurance/approvals/?q=nobody")
    assert "“soon” is no day" in page(client, "/assurance/approvals/?from=soon")
    assert client.get("/assurance/approvals/?q=%00&choice=DROP&page=x").status_code == 200


def test_the_audit_log_leads_to_its_subjects_and_is_checked_whole(
    client: Client, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = statement(books, FACE).file
    audited()
    client.force_login(person(Role.AUDITOR))
    shown = page(client, "/assurance/audit/?q=file.store")
    assert f'<a href="/assurance/files/{kept.pk}/">files.storedfile:{kept.pk}</a>' in shown
    answered = client.post("/assurance/audit/check/", follow=True).content.decode()
    assert "Nothing was altered." in answered
    altered = log.Verification(False, 1, "Entry 1 was altered: its hash is not the hash of its content.")
    monkeypatch.setattr(log, "verify", lambda heads: altered)
    answered = client.post("/assurance/audit/check/", follow=True).content.decode()
    assert "The first altered entry is 1." in answered
    client.force_login(person(Role.DEBT_MAKER))
    assert client.post("/assurance/audit/check/").status_code == 403


def test_the_audit_log_comes_in_pages_and_keeps_its_filter(client: Client, books: Books) -> None:
    for number in range(60):
        file_store(name=f"f{number}", content=digest(number).encode(), media_type="text/csv",
                   actor=books.people.maker, now=NOW)  # fmt: skip
    audited()
    client.force_login(person(Role.AUDITOR))
    shown = page(client, "/assurance/audit/?q=file.store")
    count = AuditEntry.objects.filter(action="file.store").count()
    assert count >= 60
    assert f"Rows 1 to 50 of {count}" in shown
    assert 'href="?q=file.store&amp;page=2"' in shown
    assert f"Rows 51 to {count} of {count}" in page(client, "/assurance/audit/?q=file.store&page=2")


def test_registry_and_files_lead_on(client: Client, books: Books) -> None:
    kept = statement(books, FACE).file
    client.force_login(person(Role.AUDITOR))
    shown = page(client, f"/assurance/registry/?q={books.token.code}")
    assert shown.count("immobilise</td>") == 2
    assert "No confirmation fits." in page(client, "/assurance/registry/?choice=EXTINGUISH")
    listed = page(client, "/assurance/files/?q=S-1")
    assert f'href="/assurance/files/{kept.pk}/"' in listed
    assert "depository&#x27;s statement" in listed


def test_no_page_speaks_in_jargon(client: Client, books: Books, contract: Contract, paid: object) -> None:
    sabotage(books, contract)
    made = run(books)
    client.force_login(person(Role.AUDITOR))
    found = Break.objects.get().pk
    addresses = ["/assurance/", f"/assurance/runs/{made.pk}/", "/assurance/breaks/", f"/assurance/breaks/{found}/"]
    addresses += [f"/assurance/figures/{one.pk}/" for one in made.observations.filter(source="CASH")]
    for address in addresses:
        shown = page(client, address).lower()
        assert [word for word in JARGON if word in shown] == [], address
