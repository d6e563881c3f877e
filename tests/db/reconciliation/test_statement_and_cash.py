"""The depository's statement and the cash journal: equal to the last minor unit, or one break that says which."""

from __future__ import annotations

from datetime import timedelta

import pytest

from custody.reconciliation.models import Break, Run
from custody.reconciliation.services import replays
from custody.registries.models import Statement, StatementLine
from custody.settlement.models import SettlementInstruction, SuspenseItem
from custody.settlement.services import cash_receive, journal_post, settlement_open
from custody.tokenisation.models import WalletHolder
from tests.db.reconciliation.world import Contract, failed, run
from tests.factories import issuance
from tests.factories.identity import person
from tests.factories.ledger import NOW, Books, wallet
from tokenization.files.services import file_store
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.kernel.errors import Refused
from tokenization.kernel.writing import money

pytestmark = pytest.mark.django_db
FACE = 50 * issuance.DENOMINATION


def statement(books: Books, immobilised: int, *, name: str = "S-1", hours: int = 1) -> Statement:
    officer = person("REGISTRAR_OFFICER")
    kept = file_store(name=f"{name}.csv", content=name.encode(), media_type="text/csv", actor=officer, now=NOW)
    made = Statement.objects.create(
        file=kept, statement_id=name, as_of=NOW + timedelta(hours=hours), imported_at=NOW, imported_by=officer
    )
    StatementLine.objects.create(
        statement=made, series=books.series, isin=books.series.isin, outstanding_minor=immobilised + 700,
        conventional_minor=700, immobilised_minor=immobilised,
    )  # fmt: skip
    return made


def sides(made: Run, group: str) -> dict[str, tuple[int, int]]:
    rows = made.equations.filter(name__startswith=f"{group}.").values_list("name", "left", "right")
    return {name: (left, right) for name, left, right in rows}


def receipt(amount: int, reference: str = "nobody", bank: str = "BANK-1") -> None:
    officer = person("FISCAL_AGENT_OFFICER")
    cash_receive(
        payment_reference=reference, currency="PKR", amount_minor=amount, bank_reference=bank, actor=officer, now=NOW
    )


def only_break(made: Run, kind: str, units: int, evidence: list[str]) -> Break:
    """The one break, with exactly this evidence in this run."""
    found = Break.objects.get()
    assert (found.kind, found.units, found.unit, found.state) == (kind, units, "minor", "OPEN")
    assert [row.equation.name for row in found.evidence.filter(equation__run=made)] == evidence == failed(made)
    assert replays(made)
    return found


# The depository's statement ------------------------------------------------------------------------------------------


def test_a_statement_that_agrees_is_green(books: Books, contract: Contract) -> None:
    statement(books, FACE)
    made = run(books)
    assert made.green
    assert sides(made, "statement") == {
        "statement.adds-up": (FACE + 700, FACE + 700),
        "statement.immobilised": (FACE, FACE),
    }
    assert made.skipped == ["cash: no money in PKR yet"]
    assert Break.objects.count() == 0


@pytest.mark.parametrize("off", [1, -1, -issuance.DENOMINATION], ids=["over", "under", "one unit short"])
def test_a_statement_one_minor_unit_off_is_one_break(off: int, books: Books, contract: Contract) -> None:
    statement(books, FACE + off)
    made = run(books)
    assert not made.green
    assert sides(made, "statement")["statement.immobilised"] == (FACE + off, FACE)
    found = only_break(made, "REGISTRY_STATEMENT_MISMATCH", off, ["statement.immobilised"])
    again = run(books)
    found.refresh_from_db()
    assert (Break.objects.count(), found.last_seen) == (1, again)


def test_the_next_statement_ends_the_difference(books: Books, contract: Contract) -> None:
    statement(books, FACE - 1)
    first = run(books)
    statement(books, FACE, name="S-2", hours=2)
    second = run(books)
    assert (first.green, second.green) == (False, True)
    found = Break.objects.get()
    assert (found.state, found.last_seen) == ("OPEN", first)


def test_a_statement_speaks_of_its_own_instant(books: Books, contract: Contract) -> None:
    """The registrar's confirmations are of NOW: a statement of the hour before knows of none of them."""
    statement(books, 0, hours=-1)
    made = run(books)
    assert sides(made, "statement")["statement.immobilised"] == (0, 0)
    assert made.green


# Cash ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def paid(books: Books, contract: Contract) -> SettlementInstruction:
    """A settlement paid exactly, and 777 minor units that nobody can place."""
    people = books.people
    party = issuance.party(people)
    at = wallet(0xC)
    at.proved_at = NOW
    at.save()
    WalletHolder.objects.create(wallet=at, party=party, valid_from=NOW)
    [allotment] = issuance.allot(people, issuance.offer(people, books.series), (party, 5))
    row = settlement_open(allotment=allotment, wallet=at, actor=people.maker, now=NOW)
    receipt(row.amount_minor, row.payment_reference, "BANK-EXACT")
    receipt(777)
    row.refresh_from_db()
    return row


def test_paid_money_and_suspense_are_green(books: Books, paid: SettlementInstruction) -> None:
    made = run(books)
    due = paid.amount_minor
    assert (paid.state, due > 0) == ("CASH_CONFIRMED", True)
    assert sides(made, "cash") == {
        "cash.account": (due + 777, due + 777),
        "cash.unswept": (due, due),
        "cash.suspense": (777, 777),
        "cash.payout": (0, 0),
    }
    assert made.green
    item = SuspenseItem.objects.get()
    seen = made.observations.get(source="CASH", name="items in suspense")
    assert (seen.value, seen.unit, seen.detail) == (777, "minor", {f"{item.pk} BANK-1": "777"})


def posted(*legs: tuple[str, int]) -> None:
    journal_post(key="forged", kind="FUNDING", words="forged", currency="PKR", legs=legs, now=NOW)


@pytest.mark.parametrize(
    ("legs", "equation"),
    [
        ((("BANK", 1), ("DEBT", -1)), "cash.account"),
        ((("BANK", 1), ("BANK_LEG", -1)), "cash.unswept"),
        ((("BANK", 1), ("SUSPENSE", -1)), "cash.suspense"),
        ((("BANK", 1), ("PAYOUT", -1)), "cash.payout"),
    ],
)
def test_one_minor_unit_off_is_one_break(
    legs: tuple[tuple[str, int], ...], equation: str, books: Books, paid: SettlementInstruction
) -> None:
    assert run(books).green
    posted(*legs)
    made = run(books)
    left, right = sides(made, "cash")[equation]
    assert left == right + 1
    only_break(made, "CASH_MISMATCH", 1, [equation])


def test_an_item_without_its_money_is_one_break(books: Books, paid: SettlementInstruction) -> None:
    paid.refresh_from_db()
    SuspenseItem.objects.create(
        entry=paid.cash_entry, amount_minor=1, currency="PKR", bank_reference="NONE", reason="of no entry"
    )
    made = run(books)
    assert sides(made, "cash")["cash.suspense"] == (777, 778)
    only_break(made, "CASH_MISMATCH", -1, ["cash.suspense"])


def test_money_moved_between_claims_is_one_break_with_both_equations(books: Books, paid: SettlementInstruction) -> None:
    posted(("BANK_LEG", 1), ("SUSPENSE", -1))
    made = run(books)
    found = only_break(made, "CASH_MISMATCH", -1, ["cash.unswept", "cash.suspense"])
    assert f"{money(paid.amount_minor - 1, 'PKR')} against {money(paid.amount_minor, 'PKR')}" in found.story


def test_a_returned_item_leaves_both_sides(books: Books, paid: SettlementInstruction) -> None:
    maker, checker = person("FISCAL_AGENT_OFFICER"), person("FISCAL_AGENT_CHECKER")
    payload = {"suspense": SuspenseItem.objects.get().pk}
    action = "custody.settlement.RefundApprove"
    proposal = approval_propose(action=action, payload=payload, actor=maker, now=NOW)
    approval_approve(approval_id=proposal.pk, actor=checker, now=NOW)
    made = run(books)
    assert sides(made, "cash")["cash.suspense"] == (0, 0)
    assert made.green


def test_refused_cash_leaves_the_equations_as_they_were(books: Books, paid: SettlementInstruction) -> None:
    before = sides(run(books), "cash")
    with pytest.raises(Refused, match="positive amount"):
        receipt(0, bank="BANK-2")
    assert sides(run(books), "cash") == before
