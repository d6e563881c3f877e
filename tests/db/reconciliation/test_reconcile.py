"""Runs over the books with the contract's state given by the test; tests/e2e reads it from a real node."""

from __future__ import annotations

import pytest
from django.db import Error, connection, transaction

from custody.reconciliation.models import Break, InFlight, Observation, Run
from custody.reconciliation.selectors import latest_run, open_breaks
from custody.reconciliation.services import replays
from tests.db.reconciliation.world import A, B, Contract, failed, run, sabotage
from tests.factories.identity import person
from tests.factories.ledger import NOW, Books, wallet
from tokenization.files.services import file_store
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.kernel.errors import Refused

pytestmark = pytest.mark.django_db
CLOSE = "custody.reconciliation.BreakClose"


def test_all_green_with_units_in_flight_named(books: Books) -> None:
    made = run(books, "after issue")
    assert failed(made) == []
    assert (made.green, made.block_number, made.phase) == (True, 101, "after issue")
    bridge = made.equations.get(name="bridge")
    assert (bridge.left, bridge.right) == (50, 50)
    flying = InFlight.objects.get(run=made)
    assert (flying.side, flying.units, flying.instruction.kind, flying.instruction.units) == (
        "NOT_YET_MINTED",
        20,
        "ISSUE",
        20,
    )
    assert made.skipped == ["statement: no statement yet", "cash: no money in PKR yet"]
    assert open_breaks().count() == 0
    assert latest_run(books.token) == made


def test_a_run_replays_from_what_it_saw(books: Books, contract: Contract) -> None:
    made = run(books)
    contract.balances = {A: 1}
    sabotage(books, contract)
    assert replays(made)
    seen = Observation.objects.get(run=made, source="CHAIN", name="balances")
    assert (seen.value, seen.detail) == (30, {A: "30"})


def test_undue_creation_is_one_break_and_is_over_after_a_numbered_burn(books: Books, contract: Contract) -> None:
    log = sabotage(books, contract)
    first = run(books)
    second = run(books)

    assert not first.green
    assert failed(first) == ["supply.explained", "supply.undue", "bridge"]
    found = Break.objects.get()
    assert (found.kind, found.units, found.tx_hash, found.log) == ("UNDUE_CREATION", 10, log.tx_hash, log)
    assert found.key == f"UNDUE_CREATION:{log.tx_hash}:{log.log_index}"
    assert log.tx_hash in found.story
    assert (found.opened_by, found.last_seen) == (first, second)
    assert [e.equation.name for e in found.evidence.filter(equation__run=second)] == failed(second)

    annul = books.sent("ANNUL", 10, wallet(0xA))
    books.burn(A, 10, annul.number, "Annulled")
    books.mine_and_post()
    contract.balances[A] -= 10
    contract.annulled += 10
    contract.used.add(annul.number)
    third = run(books)
    assert failed(third) == []
    assert third.green
    found.refresh_from_db()
    assert (found.state, found.last_seen) == ("OPEN", second)
    assert Break.objects.count() == 1


def test_an_undue_unit_that_moved_on_is_still_the_same_break(books: Books, contract: Contract) -> None:
    sabotage(books, contract)
    run(books)
    books.transfer(A, B, 7)
    books.mine_and_post()
    contract.balances = {A: 33, B: 7}
    run(books)
    assert Break.objects.count() == 1


def test_closing_takes_two_persons_and_a_later_run_without_it(books: Books, contract: Contract) -> None:
    sabotage(books, contract)
    run(books)
    found = Break.objects.get()
    maker, checker = person("REGISTRAR_OFFICER"), person("REGISTRAR_CHECKER")
    shown = file_store(name="order-7", content=b"order 7", media_type="text/plain", actor=maker, now=NOW)
    payload = {"break": found.pk, "reason": "annulled by order 7", "file": shown.sha256}
    with pytest.raises(Refused, match="still finds it"):
        approval_propose(action=CLOSE, payload=payload, actor=maker, now=NOW)

    annul = books.sent("ANNUL", 10, wallet(0xA))
    books.burn(A, 10, annul.number, "Annulled")
    books.mine_and_post()
    contract.balances[A] -= 10
    contract.annulled += 10
    with pytest.raises(Refused, match="still finds it"):
        approval_propose(action=CLOSE, payload=payload, actor=maker, now=NOW)
    run(books)
    with pytest.raises(Refused, match="Say why"):
        approval_propose(action=CLOSE, payload={**payload, "reason": " "}, actor=maker, now=NOW)
    proposal = approval_propose(action=CLOSE, payload=payload, actor=maker, now=NOW)
    found.refresh_from_db()
    assert found.state == "OPEN"
    approval_approve(approval_id=proposal.pk, actor=checker, now=NOW)
    found.refresh_from_db()
    assert (found.state, found.closed_by_id, found.closed_at) == ("CLOSED", proposal.pk, NOW)
    with pytest.raises(Refused, match="closed already"):
        approval_propose(action=CLOSE, payload=payload, actor=maker, now=NOW)
    assert run(books).green
    assert Break.objects.count() == 1


def test_an_unexplained_burn_is_undue_destruction(books: Books, contract: Contract) -> None:
    books.burn(A, 4)
    books.mine_and_post()
    contract.balances[A] -= 4
    contract.redeemed += 4
    made = run(books)
    found = Break.objects.get()
    assert (found.kind, found.units) == ("UNDUE_DESTRUCTION", 4)
    assert set(failed(made)) == {"supply.explained", "supply.undue", "bridge"}


def test_a_contract_that_differs_from_the_register_is_one_break(books: Books, contract: Contract) -> None:
    contract.balances[A] += 3
    made = run(books)
    found = Break.objects.get()
    assert (found.kind, found.units) == ("CHAIN_REGISTER_MISMATCH", 3)
    assert {e.equation.name for e in found.evidence.all()} == set(failed(made))
    assert "bridge" in failed(made)
    contract.balances[A] -= 3
    assert run(books).green


def test_two_causes_are_two_breaks(books: Books, contract: Contract) -> None:
    sabotage(books, contract)
    contract.balances[A] += 3
    run(books)
    assert sorted(Break.objects.values_list("kind", "units")) == [
        ("CHAIN_REGISTER_MISMATCH", 3),
        ("UNDUE_CREATION", 10),
    ]


def test_a_number_used_without_a_mint_is_a_gap_in_the_bridge(books: Books, contract: Contract) -> None:
    contract.used |= set(range(1, 20))
    made = run(books)
    assert failed(made) == ["bridge"]
    assert Break.objects.get().kind == "BRIDGE_GAP"
    assert made.equations.get(name="bridge").difference == 20


def test_a_cap_that_nobody_confirmed_is_a_break(books: Books, contract: Contract) -> None:
    contract.confirmed += 5
    run(books)
    found = Break.objects.get()
    assert (found.kind, found.units) == ("CAP_MISMATCH", 5)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reconciliation_run SET green = NOT green",
        "DELETE FROM reconciliation_observation",
        "UPDATE reconciliation_equationresult SET holds = true",
        "DELETE FROM reconciliation_break",
        "TRUNCATE reconciliation_run CASCADE",
        "UPDATE reconciliation_break SET state = 'CLOSED'",
    ],
)
def test_runs_and_breaks_are_kept(statement: str, books: Books, contract: Contract) -> None:
    sabotage(books, contract)
    run(books)
    before = list(Run.objects.values_list()), list(Break.objects.values_list()), Observation.objects.count()
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert (list(Run.objects.values_list()), list(Break.objects.values_list()), Observation.objects.count()) == before
