"""Who may close a break, and when: never its own maker, never while a run still finds it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import Error, IntegrityError, transaction

from custody.reconciliation.models import Break, Sighting
from custody.register.models import Dispute
from tests.db.reconciliation.world import A, Contract, run, sabotage
from tests.factories.identity import person
from tests.factories.ledger import NOW, Books, wallet
from tokenization.files.models import StoredFile
from tokenization.files.services import file_store
from tokenization.identity.actors import system_user
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.identity.models import Approval, AuditEntry
from tokenization.kernel.errors import NotAllowed, Refused

pytestmark = pytest.mark.django_db
CLOSE = "custody.reconciliation.BreakClose"


@pytest.fixture
def found(books: Books, contract: Contract) -> Break:
    """A break whose cause is gone, and which the latest run no longer finds."""
    sabotage(books, contract)
    run(books)
    annul = books.sent("ANNUL", 10, wallet(0xA))
    books.burn(A, 10, annul.number, "Annulled")
    books.mine_and_post()
    contract.balances[A] -= 10
    contract.annulled += 10
    assert run(books).green
    return Break.objects.get()


def order() -> StoredFile:
    """What the officer hands in; the same bytes are one file."""
    return file_store(
        name="order-7.pdf",
        content=b"%PDF order 7",
        media_type="application/pdf",
        actor=system_user(),
        now=NOW,
    )


def proposed(found: Break, actor: Any, **other: Any) -> Approval:
    payload = {"break": found.pk, "reason": "annulled by order 7", "file": order().sha256} | other
    return approval_propose(action=CLOSE, payload=payload, actor=actor, now=NOW)


def unchanged(found: Break, entries: int) -> None:
    again = Break.objects.get()
    assert (again.state, again.closed_by_id, again.closed_at) == ("OPEN", None, None)
    assert (again.closing_reason, again.closing_file_id) == ("", None)
    assert AuditEntry.objects.count() == entries


def test_its_maker_does_not_close_it_though_the_power_is_his(found: Break) -> None:
    maker = person("REGISTRAR_OFFICER", "REGISTRAR_CHECKER")
    proposal = proposed(found, maker)
    entries = AuditEntry.objects.count()
    with pytest.raises(NotAllowed):
        approval_approve(approval_id=proposal.pk, actor=maker, now=NOW)
    unchanged(found, entries)
    assert Approval.objects.get(pk=proposal.pk).state == "PENDING"
    approval_approve(approval_id=proposal.pk, actor=person("REGISTRAR_CHECKER"), now=NOW)
    closed = Break.objects.get()
    assert (closed.state, closed.closing_reason, closed.closing_file) == ("CLOSED", "annulled by order 7", order())
    preview = Approval.objects.get(pk=proposal.pk).preview_at_decision
    assert ["Evidence", "", f"order-7.pdf, SHA-256 {order().sha256}"] in preview["rows"]


@pytest.mark.parametrize("file", ["", "0x" + "0" * 64, "order-7.pdf"])
def test_nobody_closes_it_without_a_file_that_shows_why(found: Break, file: str) -> None:
    officer = person("REGISTRAR_OFFICER")
    order()
    entries = AuditEntry.objects.count()
    with pytest.raises(Refused, match="Nothing is attached") as refusal:
        proposed(found, officer, file=file)
    assert (refusal.value.field, refusal.value.rule) == ("file", "evidence for every closing")
    unchanged(found, entries)
    assert Approval.objects.filter(action=CLOSE).count() == 0


def test_the_database_closes_nothing_without_file_and_reason(found: Break) -> None:
    """Round the service, as the application's role: the approval alone is not enough."""
    proposal = proposed(found, person("REGISTRAR_OFFICER"))
    for reason, file in (("annulled", None), ("", order().pk)):
        with pytest.raises(IntegrityError, match="reconciliation_closed_with_evidence"), transaction.atomic():
            Break.objects.filter(pk=found.pk).update(
                state="CLOSED", closed_by=proposal, closed_at=NOW, closing_reason=reason, closing_file_id=file
            )
    unchanged(found, AuditEntry.objects.count())
    # Control: with both it is closed.
    Break.objects.filter(pk=found.pk).update(
        state="CLOSED", closed_by=proposal, closed_at=NOW, closing_reason="annulled", closing_file=order()
    )


def test_every_run_that_finds_a_break_is_kept_with_what_it_saw(books: Books, contract: Contract) -> None:
    contract.balances[A] += 3
    first = run(books)
    contract.balances[A] += 2
    second = run(books)
    contract.balances[A] -= 5
    run(books)
    found = Break.objects.get()
    seen = list(Sighting.objects.filter(found=found).values_list("run", "units", "unit"))
    assert seen == [(first.pk, 3, "units"), (second.pk, 5, "units")]
    assert (found.units, found.opened_by, found.last_seen) == (5, first, second)
    with pytest.raises(Error), transaction.atomic():
        Sighting.objects.update(units=0)
    with pytest.raises(Error), transaction.atomic():
        Sighting.objects.all().delete()
    assert list(Sighting.objects.filter(found=found).values_list("run", "units", "unit")) == seen


@pytest.mark.parametrize("role", ["AUDITOR", "INVESTOR", "DEBT_MAKER", "OPERATOR"])
def test_who_may_not_close(role: str, found: Break) -> None:
    stranger = person(role)
    with pytest.raises(NotAllowed):
        proposed(found, stranger)
    proposal = proposed(found, person("REGISTRAR_OFFICER"))
    entries = AuditEntry.objects.count()
    with pytest.raises(NotAllowed):
        approval_approve(approval_id=proposal.pk, actor=stranger, now=NOW)
    unchanged(found, entries)


def test_a_break_that_came_back_while_it_waited_is_not_closed(found: Break, books: Books, contract: Contract) -> None:
    """The check runs again at approval: a later run has seen the same difference."""
    contract.balances[A] += 3
    run(books)
    drift = Break.objects.get(kind="CHAIN_REGISTER_MISMATCH")
    contract.balances[A] -= 3
    run(books)
    proposal = proposed(drift, person("REGISTRAR_OFFICER"))
    contract.balances[A] += 3
    seen = run(books)
    checker = person("REGISTRAR_CHECKER")
    entries = AuditEntry.objects.count()
    with pytest.raises(Refused, match="still finds it"):
        approval_approve(approval_id=proposal.pk, actor=checker, now=NOW)
    drift.refresh_from_db()
    assert (drift.state, drift.last_seen, drift.closed_by_id) == ("OPEN", seen, None)
    assert AuditEntry.objects.count() == entries
    assert Approval.objects.get(pk=proposal.pk).state == "PENDING"


def test_a_closed_difference_that_returns_is_a_new_break(found: Break, books: Books, contract: Contract) -> None:
    contract.balances[A] += 3
    run(books)
    contract.balances[A] -= 3
    run(books)
    first = Break.objects.get(kind="CHAIN_REGISTER_MISMATCH")
    proposal = proposed(first, person("REGISTRAR_OFFICER"))
    approval_approve(approval_id=proposal.pk, actor=person("REGISTRAR_CHECKER"), now=NOW)
    contract.balances[A] += 3
    run(books)
    states = Break.objects.filter(kind="CHAIN_REGISTER_MISMATCH").order_by("pk").values_list("key", "state")
    assert list(states) == [(first.key, "CLOSED"), (first.key, "OPEN")]


@pytest.mark.parametrize(
    ("change", "field", "rule", "words"),
    [
        ({"break": 0}, "break", "", "There is no such break."),
        ({"break": 10**6}, "break", "", "There is no such break."),
        ({"reason": ""}, "reason", "a reason for every closing", "Say why the break is over."),
        ({"reason": " \n"}, "reason", "a reason for every closing", "Say why the break is over."),
    ],
)
def test_what_a_closing_must_say(found: Break, change: dict[str, Any], field: str, rule: str, words: str) -> None:
    officer = person("REGISTRAR_OFFICER")
    order()
    entries = AuditEntry.objects.count()
    with pytest.raises(Refused) as refusal:
        proposed(found, officer, **change)
    assert (refusal.value.field, refusal.value.rule, refusal.value.message) == (field, rule, words)
    unchanged(found, entries)
    assert Approval.objects.filter(action=CLOSE).count() == 0


def test_it_is_closed_once(found: Break) -> None:
    officer, checker = person("REGISTRAR_OFFICER"), person("REGISTRAR_CHECKER")
    first, second = proposed(found, officer), proposed(found, officer, reason="once more")
    approval_approve(approval_id=first.pk, actor=checker, now=NOW)
    closed = Break.objects.values().get()
    with pytest.raises(Refused) as refusal:
        approval_approve(approval_id=second.pk, actor=checker, now=NOW)
    assert (refusal.value.field, refusal.value.rule) == ("break", "closed once")
    with pytest.raises(Refused, match="The break is closed already"):
        proposed(found, officer, reason="a third time")
    assert Break.objects.values().get() == closed
    assert Approval.objects.get(pk=second.pk).state == "PENDING"


def test_one_that_no_run_has_looked_for_since_is_not_closed(books: Books, contract: Contract) -> None:
    sabotage(books, contract)
    run(books)
    found, officer = Break.objects.get(), person("REGISTRAR_OFFICER")
    order()
    entries = AuditEntry.objects.count()
    with pytest.raises(Refused) as refusal:
        proposed(found, officer)
    assert (refusal.value.field, refusal.value.rule) == ("break", "gone before closed")
    assert refusal.value.next_step == "Remove the cause, reconcile again, then close it."
    unchanged(found, entries)


def test_one_whose_units_are_still_disputed_is_not_closed(found: Break) -> None:
    officer = person("REGISTRAR_OFFICER")
    order()
    Dispute.objects.filter(log=found.log_id).update(state=Dispute.State.OPEN, remaining=1)
    entries = AuditEntry.objects.count()
    with pytest.raises(Refused) as refusal:
        proposed(found, officer)
    assert (refusal.value.field, refusal.value.message) == ("break", "Its units are still disputed.")
    unchanged(found, entries)
