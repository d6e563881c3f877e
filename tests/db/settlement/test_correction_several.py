"""Several entries under the reference of one line: which of them is wrong no rule says, so none is put right."""

from __future__ import annotations

import pytest

from custody.settlement.models import CashEntry
from custody.settlement.selectors import cash_balances
from custody.settlement.statements import open_lines, statement_difference
from tests.db.settlement.test_correction import commits, written
from tests.factories import ledgerless as world
from tests.factories import typed
from tests.support.journal import balances
from tokenization.kernel.errors import Refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures(commits.__name__)]
NOW = world.NOW
AGREE = "The entries under this reference add up to the bank's line: nothing is to be put right."
DIFFER = "Several entries stand under this reference: ask the bank which payment its line is, and what is missing."


@pytest.mark.parametrize(("told", "difference", "step"), [(100, 0, AGREE), (90, 10, DIFFER)])
def test_one_transfer_for_two_payments_is_not_put_right_against_one_of_them(
    told: int, difference: int, step: str
) -> None:
    two = [typed.funded("sixty", 60), typed.funded("forty", 40)]
    line = typed.told(told)
    assert line.booking.verdict == "DIFFERS"
    before = written()
    for one in two:
        with pytest.raises(Refused, match="2 entries stand under the reference B-1") as refused:
            typed.put_right(line, entry=one.pk)
        assert (refused.value.field, refused.value.rule) == ("entry", "one line, one entry")
        assert refused.value.next_step == step
    assert written() == before
    assert cash_balances("PKR") == balances(BANK=100, TREASURY=-100, DEBT=100, REDEMPTION=-100)
    found = statement_difference(line.account, NOW)
    assert (found.difference, found.missing, found.unbooked) == (difference, 100, told)
    at_the_bank, *in_the_journal = open_lines(line.account, NOW)
    assert (at_the_bank.next_step, at_the_bank.typed, at_the_bank.linkable) == (step, None, False)
    assert [row.in_the_journal for row in in_the_journal] == two
    assert {row.next_step for row in in_the_journal} == {
        "The bank has this reference with other figures: see its line."
    }


def test_the_one_that_is_left_is_put_right() -> None:
    """Of another reference there is one entry only, whatever stands under others."""
    typed.funded("sixty", 60, "B-7")
    one = typed.funded("forty", 40)
    done = typed.put_right(typed.told(45), entry=one.pk)
    assert (done.wrong_entry, done.difference_minor) == (CashEntry.objects.get(key="forty"), 5)
    assert typed.legs(done.entry) == [("BANK", 5), ("SUSPENSE", -5)]
