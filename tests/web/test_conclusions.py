"""The auditor's conclusion and who looked, on the pages of runs and breaks."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test import Client

from custody.reconciliation.conclusions.models import Conclusion
from custody.reconciliation.models import Break
from tests.db.reconciliation.conftest import books, contract
from tests.db.reconciliation.world import A, Contract, run
from tests.factories.ledger import Books
from tests.support.people import person
from tokenization.assurance.models import Look
from tokenization.identity.roles import Role

__all__ = ["books", "contract"]
pytestmark = pytest.mark.django_db
SAID = {"opinion": "QUALIFIED", "words": "Right, but for <one> wallet."}


def seen() -> list[tuple[str, int, int]]:
    return list(Look.objects.order_by("pk").values_list("what", "number", "who"))


def test_an_auditor_concludes_on_the_page_of_the_run(client: Client, books: Books) -> None:
    made, auditor = run(books), person(Role.AUDITOR)
    client.force_login(auditor)
    address = f"/assurance/runs/{made.pk}/"
    assert "No auditor has concluded on this run." in client.get(address).content.decode()
    answer = client.post(f"{address}conclude/", SAID)
    assert (answer.status_code, answer["Location"]) == (302, address)
    told = Conclusion.objects.get()
    assert (told.run, told.opinion, told.words, told.concluded_by) == (made, *SAID.values(), auditor)
    page = client.get(address).content.decode()
    assert "Right, but for &lt;one&gt; wallet." in page
    assert '<span class="tk-tag tk-warn">qualified</span>' in page


def test_a_conclusion_stands_on_the_first_page_the_readers_own_before_others(client: Client, books: Books) -> None:
    made, auditor, other = run(books), person(Role.AUDITOR), person(Role.AUDITOR)
    for who, words in ((auditor, "Mine."), (other, "Another's.")):
        client.force_login(who)
        assert "conclusion on <a" not in client.get("/assurance/").content.decode() or who == other
        client.post(f"/assurance/runs/{made.pk}/conclude/", {**SAID, "words": words})
    run(books)
    first = client.get("/assurance/").content.decode()
    assert f'Auditor\'s conclusion on <a href="/assurance/runs/{made.pk}/">run {made.pk}</a>: qualified.' in first
    assert "Another&#x27;s." in first
    client.force_login(auditor)
    shown = client.get("/assurance/").content.decode()
    assert ("Mine." in shown, "Another&#x27;s." in shown) == (True, False)


def test_what_is_no_conclusion_is_said_and_not_kept(client: Client, books: Books) -> None:
    made = run(books)
    client.force_login(person(Role.AUDITOR))
    answer = client.post(f"/assurance/runs/{made.pk}/conclude/", {"opinion": "FINE", "words": "x"}, follow=True)
    assert "The conclusion was not recorded: Choose one of the four opinions." in answer.content.decode()
    assert client.post("/assurance/runs/999999/conclude/", SAID).status_code == 404
    assert Conclusion.objects.count() == 0


def test_management_reads_it_and_cannot_write_it(client: Client, books: Books) -> None:
    made = run(books)
    client.force_login(person(Role.DEBT_CHECKER))
    page = client.get(f"/assurance/runs/{made.pk}/").content.decode()
    assert ("Auditor&#x27;s conclusion" in page or "Auditor's conclusion" in page, "Who looked" in page) == (
        True,
        False,
    )
    assert "Record the conclusion" not in page
    assert client.post(f"/assurance/runs/{made.pk}/conclude/", SAID).status_code == 403
    assert Conclusion.objects.count() == 0


def test_each_look_at_a_run_or_a_break_is_noted(client: Client, books: Books, contract: Contract) -> None:
    contract.balances[A] += 3
    made = run(books)
    found = Break.objects.get()
    auditor, officer = person(Role.AUDITOR), person(Role.DEBT_MAKER)
    client.force_login(officer)
    client.get(f"/assurance/runs/{made.pk}/")
    for form in ("csv", "xlsx"):
        client.get(f"/assurance/runs/{made.pk}.{form}")
    client.get(f"/assurance/breaks/{found.pk}/")
    assert client.get("/assurance/runs/999999/").status_code == 404
    looked = [("RUN", made.pk), ("REPORT", made.pk), ("REPORT", made.pk), ("BREAK", found.pk)]
    assert seen() == [(*one, officer.pk) for one in looked]
    client.force_login(auditor)
    page = client.get(f"/assurance/runs/{made.pk}/").content.decode()
    listed = page.split("Who looked", 1)[1]
    assert listed.count("report of the run</td>") == 2
    assert listed.index(auditor.get_full_name()) < listed.index(officer.get_full_name())
    assert "Who looked" in client.get(f"/assurance/breaks/{found.pk}/").content.decode()
    assert seen()[4:] == [("RUN", made.pk, auditor.pk), ("BREAK", found.pk, auditor.pk)]


def test_who_is_refused_has_not_looked(client: Client, books: Books) -> None:
    made = run(books)
    client.force_login(person(Role.INVESTOR))
    assert client.get(f"/assurance/runs/{made.pk}/").status_code == 403
    client.logout()
    assert client.get(f"/assurance/runs/{made.pk}/").status_code == 302
    assert seen() == []


@pytest.mark.parametrize("statement", ["UPDATE assurance_look SET number = 1", "DELETE FROM assurance_look"])
def test_a_look_is_never_taken_back(statement: str) -> None:
    who = person(Role.AUDITOR)
    Look.objects.create(what="RUN", number=7, who=who, at="2026-07-01T00:00:00Z")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert seen() == [("RUN", 7, who.pk)]
