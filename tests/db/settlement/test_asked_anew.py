"""An issue whose first confirmation ended in vain leaves after the one that was signed in its place."""

from __future__ import annotations

import pytest

from contracts.outbox.models import Intent, IntentItem
from custody.registries.services import confirmations_send
from custody.settlement.services import settlements_advance
from tests.db.settlement.test_correction import now_of
from tests.factories import ledgerless as world
from tests.factories import typed

pytestmark = pytest.mark.django_db


def test_unpaid_paid_again_and_signed_anew_its_issue_follows_the_new_confirmation() -> None:
    (row,) = world.settlements(world.token(), 10)
    world.approve_issue(row.issue_instruction)
    world.pay(row, reference="B-1")
    first = row.confirm_instruction
    typed.put_right(typed.told(row.amount_minor - 1, row.payment_reference))
    world.pay(row, reference="B-2")
    again = now_of(row).confirm_instruction
    first.refresh_from_db()
    assert (first.state, again.state) == ("CANCELLED", "DRAFT")
    world.confirm(row.issue_instruction, world.registrar())
    confirmations_send(now=world.NOW)
    settlements_advance(now=world.SETTLES)
    assert now_of(row).state == "ISSUING"
    raised, issue = Intent.objects.get(function="confirm"), Intent.objects.get(function="issue")
    assert [item.number for item in raised.items.all()] == [again.number]
    left = IntentItem.objects.get(intent=issue)
    assert (left.number, left.follows) == (row.issue_instruction.number, again.number)
    assert again.number > first.number
    assert [link.prerequisite for link in issue.after.all()] == [raised]
