"""Who may close a break, and when: never its own maker, never while a run still finds it."""

from __future__ import annotations

from typing import Any

import pytest

from custody.reconciliation.models import Break
from tests.db.reconciliation.world import A, Contract, run, sabotage
from tests.factories.identity import person
from tests.factories.ledger import NOW, Books, wallet
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


def proposed(found: Break, actor: Any) -> Approval:
    payload = {"break": found.pk, "reason": "annulled by order 7"}
    return approval_propose(action=CLOSE, payload=payload, actor=actor, now=NOW)


def unchanged(found: Break, entries: int) -> None:
    again = Break.objects.get()
    assert (again.state, again.closed_by_id, again.closed_at) == ("OPEN", None, None)
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
    assert Break.objects.get().state == "CLOSED"


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
