"""What a sample house writes when a break is over: who, under which number, about what quantity; plainly a sample."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.gateway.views import Call
from custody.reconciliation.models import Break
from custody.reserves.models import VaultItem, VaultList
from tests.db.reconciliation.test_reserve import bars, gold, next_list
from tests.db.reconciliation.test_statement_and_cash import FACE, statement
from tests.db.reconciliation.world import A, Contract, run, sabotage
from tests.factories.ledger import NOW, Books, wallet
from tokenization.kernel.writing import when
from tokenization.rehearsal.letters import MARK, letter_name, letter_of

__all__ = ["bars", "gold"]
pytestmark = pytest.mark.django_db
AT = NOW + timedelta(days=1)


def lines(found: Break) -> list[str]:
    """Without the marks of wrapped lines."""
    told = letter_of(found, AT).split("\n\n")
    return [" ".join(part.split("\n")) if at > 2 else part for at, part in enumerate(told)]


def test_the_depository_writes_of_its_corrected_statement(books: Books, contract: Contract) -> None:
    statement(books, FACE - 100)
    run(books)
    found = Break.objects.get()
    corrected = statement(books, FACE, name="S-2", hours=2)
    run(books)
    assert letter_name(found) == f"CSD-L-{found.pk:04d}-sample.txt"
    assert lines(found) == [
        MARK,
        f"Sample Central Depository\nLetter CSD-L-{found.pk:04d}\n2 Jul 2026",
        "To: debt office and registrar, for the closing of a break by two\n"
        f"Break: {found.pk}, depository's statement differs\n"
        f"Security: {books.token.name}, {books.token.code}\nQuantity: PKR 1.00",
        "Our statement left out PKR 1.00 of what we hold blocked for this security: a blocking was booked out by "
        "mistake after the day's work and booked in again. Nothing left the account; no holder is concerned.",
        f"Our statement S-2 as of {when(corrected.as_of)} shows the whole quantity again and stands in its place.",
        "Signed: Sana Sample, head of registry operations, Sample Central Depository ",
    ]
    assert max(map(len, letter_of(found, AT).splitlines())) <= 120


def test_the_vault_writes_of_the_bar_that_its_list_left_out(
    gold: Books, bars: list[VaultItem], contract: Contract
) -> None:
    next_list(bars[0].vault, without=(2,))
    run(gold)
    found = Break.objects.get()
    item = found.key.removeprefix("RESERVE_ITEM:")
    next_list(bars[0].vault, days=2)
    run(gold)
    later = VaultList.objects.get(number=3)
    told = lines(found)
    assert told[1].startswith(f"Sample Bullion Vault\nLetter SBV-L-{found.pk:04d}\n")
    assert f"Quantity: {bars[2].fine_minor / 1_000:.3f} fine troy ounces" in told[2]
    assert told[3].startswith(f"Our list left out the item {item} (")
    assert told[4] == (
        f"Our list 3 of {bars[0].vault} as of {when(later.as_of)} names it again "
        "and stands in place of the earlier one."
    )
    assert told[5].startswith("Signed: Viqar Sample, vault manager, Sample Bullion Vault")


def test_the_debt_office_reports_units_that_nobody_ordered_with_their_sender(books: Books, contract: Contract) -> None:
    log = sabotage(books, contract)
    contract.calls[log.tx_hash] = Call("0x" + "ba" * 20, books.token.address, "0x40c10f19")
    run(books)
    found = Break.objects.get()
    annul = books.sent("ANNUL", 10, wallet(0xA))
    books.burn(A, 10, annul.number, "Annulled")
    books.mine_and_post()
    contract.balances[A] -= 10
    contract.annulled += 10
    contract.used.add(annul.number)
    run(books)
    told = lines(found)
    assert told[1].startswith(f"Debt office (sample)\nIncident report DMO-I-{found.pk:04d}\n")
    assert "Quantity: 10 units" in told[2]
    assert log.tx_hash in told[3]
    assert told[4] == (
        f"Sent by 0x{'ba' * 20}, a key of no house, to {books.token.address}, which a role granted by mistake let mint."
    )
    assert told[5] == (
        f"Removed by instruction No. {annul.number}, annul of 10 units, approved by two persons. "
        "Still in dispute: 0 units."
    )
    assert told[7].startswith("Signed: Danish Sample, incident officer, Debt office (sample)")
