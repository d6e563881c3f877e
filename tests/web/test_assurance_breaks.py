"""A break's page leads to what ended it, and its story says amounts with unit and currency."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client

from custody.reconciliation.models import Break
from custody.reserves.models import VaultItem, VaultList
from tests.db.reconciliation.conftest import books, contract
from tests.db.reconciliation.test_reserve import bars, gold, next_list
from tests.db.reconciliation.test_statement_and_cash import FACE, statement
from tests.db.reconciliation.world import A, Contract, run, sabotage
from tests.factories.ledger import NOW, Books, wallet
from tests.support.people import person
from tests.web.test_assurance_sampling import page
from tokenization.assurance.stories import age
from tokenization.files.services import file_store
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.identity.models import Approval
from tokenization.identity.roles import Role
from tokenization.kernel.writing import money, when

__all__ = ["bars", "books", "contract", "gold"]
pytestmark = pytest.mark.django_db


def closed(found: Break, *, after: timedelta = timedelta(minutes=20)) -> Approval:
    maker, at = person("REGISTRAR_OFFICER"), NOW + after
    shown = file_store(name="shown.txt", content=b"it is over", media_type="text/plain", actor=maker, now=at)
    payload = {"break": found.pk, "reason": "put right", "file": shown.sha256}
    asked = approval_propose(action="custody.reconciliation.BreakClose", payload=payload, actor=maker, now=at)
    approval_approve(approval_id=asked.pk, actor=person("REGISTRAR_CHECKER"), now=at)
    found.refresh_from_db()
    return asked


def story(client: Client, found: Break) -> str:
    return page(client, f"/assurance/breaks/{found.pk}/")


def test_undue_units_lead_to_their_annulment_the_run_without_them_and_the_decision(
    client: Client, books: Books, contract: Contract
) -> None:
    sabotage(books, contract)
    run(books)
    found = Break.objects.get()
    client.force_login(person(Role.AUDITOR))
    before = story(client, found)
    assert "First run without it" not in before
    assert "<dt>Age</dt>" in before
    annul = books.sent("ANNUL", 10, wallet(0xA))
    books.burn(A, 10, annul.number, "Annulled")
    books.mine_and_post()
    contract.balances[A] -= 10
    contract.annulled += 10
    contract.used.add(annul.number)
    fine = run(books)
    asked = closed(found)
    after = story(client, found)
    for href, words in (
        (f"/assurance/instructions/{annul.pk}/", f"instruction No. {annul.number}, annul of 10 units"),
        (f"/assurance/runs/{fine.pk}/", f"run {fine.pk}, {when(fine.at)}"),
        (f"/assurance/approvals/{asked.pk}/", f"approval {asked.pk}"),
    ):
        assert f'<a href="{href}">{words}</a>' in after
        page(client, href)
    assert "<dt>Was open for</dt><dd>20 minutes</dd>" in after
    assert "<dt>Age</dt>" not in after
    assert "was open for 20 minutes" in page(client, "/assurance/breaks/")


def test_a_closed_break_does_not_grow_older(books: Books, contract: Contract) -> None:
    statement(books, FACE - 1)
    run(books)
    statement(books, FACE, name="S-2", hours=2)
    run(books)
    found = Break.objects.get()
    closed(found, after=timedelta(days=2))
    assert age(found, NOW + timedelta(days=300)) == "2 business days"


def test_a_statement_that_differed_leads_to_the_next_one(client: Client, books: Books, contract: Contract) -> None:
    wrong = statement(books, FACE - 1)
    run(books)
    found = Break.objects.get()
    short, due = money(FACE - 1, "PKR"), money(FACE, "PKR")
    assert f"releases at its instant x denomination: {short} against {due}." in found.story
    client.force_login(person(Role.AUDITOR))
    assert "Corrected statement" not in story(client, found)
    right = statement(books, FACE, name="S-2", hours=2)
    statement(books, FACE, name="S-3", hours=3)
    run(books)
    shown = story(client, found)
    assert f'<a href="/assurance/files/{right.file_id}/">S-2 as of {when(right.as_of)}</a>' in shown
    assert f"/assurance/files/{wrong.file_id}/" not in shown
    told = list(csv.DictReader(io.StringIO(client.get("/assurance/breaks.csv").content.decode("utf-8-sig"))))
    assert [(row["Amount"], row["Amount in the smallest unit"], row["State"]) for row in told] == [
        ("'-PKR 0.01", "-1", "open")
    ]
    assert "minor" not in str(told)


def test_a_missing_bar_leads_to_the_list_that_has_it_again(client: Client, gold: Books, bars: list[VaultItem]) -> None:
    next_list(bars[0].vault, without=(1,))
    run(gold)
    next_list(bars[0].vault, days=2)
    fine = run(gold)
    found = Break.objects.get()
    assert "minor" not in found.story
    client.force_login(person(Role.AUDITOR))
    shown, again = story(client, found), VaultList.objects.get(number=3)
    words = f"list 3 of {bars[0].vault} as of {when(again.as_of)}"
    assert f'<a href="/assurance/files/{again.file_id}/">{words}</a>' in shown
    assert f'<a href="/assurance/runs/{fine.pk}/">run {fine.pk}' in shown
