"""What a correction put into suspense and two persons paid back is known again when the bank's file shows it leave."""

from __future__ import annotations

import pytest

from custody.registries.models import SettlementAccount
from custody.settlement.models import SuspenseItem
from custody.settlement.selectors import cash_balances
from custody.settlement.statements import statement_difference
from tests.db.settlement.test_correction import REFUND, commits
from tests.factories import bank, typed
from tests.factories import ledgerless as world
from tests.support.journal import balances

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures(commits.__name__)]
LONGEST = "REFERENCE-OF-THIRTY-FIVE-CHARACTERS"


def test_its_refund_is_seen_under_an_end_to_end_id_that_a_bank_can_carry() -> None:
    (row,) = world.settlements(world.token(), 10)
    world.pay(row, reference=LONGEST)
    line = typed.told(row.amount_minor + 8, row.payment_reference, reference=LONGEST)
    typed.put_right(line)
    item = SuspenseItem.objects.get()
    assert item.bank_reference == f"K{line.booking.pk}-{LONGEST}"[:35]
    world.approve(REFUND, {"suspense": item.pk}, *typed.ROLES)
    out = bank.debit("B-9", 8, item.bank_reference)
    done = bank.take(bank.statement(out, number=2, opening=row.amount_minor + 8))
    assert done.outcome.counts == {"SEEN": 1}
    found = statement_difference(SettlementAccount.objects.get(), world.NOW)
    assert (found.difference, found.missing, found.unbooked, found.after) == (0, 0, 0, 0)
    assert cash_balances("PKR") == balances(BANK=row.amount_minor, BANK_LEG=-row.amount_minor)
