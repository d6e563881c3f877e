"""What is owed is set off while a refund waits for the locks: it is not the refund that was approved, and waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from custody.settlement.models import SettlementInstruction, SuspenseItem
from custody.settlement.selectors import cash_balances
from tests.db.settlement.test_correction import APPLY, REFUND, written
from tests.db.settlement.test_correction_late import parts
from tests.db.settlement.test_correction_race import decision, in_turn
from tests.factories import ledgerless as world
from tests.factories import typed
from tests.support.journal import balances
from tokenization.identity.approvals import approval_propose, approval_reject
from tokenization.identity.models import Approval
from tokenization.kernel.errors import Conflict, Refused

NOW = world.NOW


def owing() -> SettlementInstruction:
    """Withdrawn because eleven of it never came; the buyer has paid eleven since, and forty by mistake."""
    (row,) = world.settlements(world.token(), 10)
    parts(row)
    typed.put_right(typed.told(row.amount_minor // 3 - 11, row.payment_reference))
    for reference, minor in (("B-3", 11), ("B-4", 40)):
        world.pay(row, minor, reference=reference)
    row.refresh_from_db()
    assert row.state == "WITHDRAWN"
    return row


def proposed(action: str, payload: dict[str, Any]) -> Approval:
    return approval_propose(action=action, payload=payload, actor=world.officer("FISCAL_AGENT_OFFICER"), now=NOW)


def set_off() -> Callable[[], Any]:
    items = SuspenseItem.objects.filter(amount_minor__in=(11, -11)).values_list("pk", flat=True)
    return decision(proposed(APPLY, {"settlement": None, "items": list(items)}))


@pytest.mark.parametrize("what", ["settlement", "suspense"])
def test_a_refund_of_another_sum_than_was_approved_is_not_executed(fresh_db: str, what: str) -> None:
    row = owing()
    due = row.amount_minor
    payload = {what: row.pk if what == "settlement" else SuspenseItem.objects.get(bank_reference="B-4").pk}
    asked = proposed(REFUND, payload)
    gross = due if what == "settlement" else 40
    assert asked.items.get().body["amount_minor"] == gross - 11
    told = in_turn(set_off(), decision(asked))
    assert isinstance(told, Conflict), told
    assert told.rule == "what is executed is what was approved"
    before = written()
    assert (Approval.objects.get(pk=asked.pk).state, row.refund_entry) == ("PENDING", None)
    assert cash_balances("PKR") == balances(BANK=due + 40, BANK_LEG=-due, SUSPENSE=-40)
    with pytest.raises(Refused, match="no longer what was proposed"):
        decision(asked)()
    assert written() == before
    checker = world.officer("FISCAL_AGENT_CHECKER")
    approval_reject(approval_id=asked.pk, reason="another sum", actor=checker, now=NOW)
    world.approve(REFUND, payload, *typed.ROLES)
    rest = {"BANK": 40, "SUSPENSE": -40} if what == "settlement" else {"BANK": due, "BANK_LEG": -due}
    assert cash_balances("PKR") == balances(**rest)


def test_what_is_owed_leaves_with_the_first_of_two_refunds(fresh_db: str) -> None:
    """Both were approved less the same eleven; whoever comes second is told that it is kept already."""
    row = owing()
    extra = SuspenseItem.objects.get(bank_reference="B-4")
    whole, part = proposed(REFUND, {"settlement": row.pk}), proposed(REFUND, {"suspense": extra.pk})
    told = in_turn(decision(whole), decision(part))
    assert isinstance(told, Conflict), told
    assert list(SuspenseItem.objects.filter(state="HELD").values_list("amount_minor", flat=True)) == [11, 40]
    assert cash_balances("PKR") == balances(BANK=51, SUSPENSE=-51)
