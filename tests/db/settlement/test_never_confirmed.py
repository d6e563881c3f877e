"""Paid, and the registrar never said a word: by the dated deadline two persons withdraw and refund, on both rails."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from custody.cash.models import CashMint
from custody.cash.services import cash_advance, cash_mint_give_up
from custody.instructions.models import Instruction
from custody.settlement.models import CashEntry, SettlementInstruction, SuspenseItem
from custody.settlement.selectors import cash_balances, suspense_held
from custody.settlement.services import settlements_advance
from custody.settlement.withdrawal import UnconfirmedWithdraw, never_confirmed
from tests.factories import ledgerless as world
from tests.support.journal import balances
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.identity.models import Approval, AuditEntry
from tokenization.kernel.errors import NotAllowed, Refused

pytestmark = pytest.mark.django_db
NOW = world.NOW
MAKER, CHECKER = "DEBT_MAKER", "REGISTRAR_CHECKER"


def paid(rail: str = "BANK") -> SettlementInstruction:
    """Paid and approved by two houses, waiting for the registrar."""
    if rail == "TOKEN":
        world.cash_token()
    (row,) = world.settlements(world.token(), 10, rail=rail)
    world.approve_issue(row.issue_instruction)
    world.pay(row)
    return fresh(row)


def fresh(row: SettlementInstruction) -> SettlementInstruction:
    rows = SettlementInstruction.objects.select_related("allotment__commitment", "issue_instruction")
    return rows.get(pk=row.pk)


def propose(row: SettlementInstruction, now: datetime) -> Approval:
    payload = {"settlement": row.pk}
    return approval_propose(action=UnconfirmedWithdraw.name, payload=payload, actor=world.officer(MAKER), now=now)


def withdraw(row: SettlementInstruction) -> None:
    asked = propose(row, row.deliver_by)
    approval_approve(approval_id=asked.pk, actor=world.officer(CHECKER), now=row.deliver_by)


def refunded(payload: dict[str, int]) -> None:
    world.approve("custody.settlement.RefundApprove", payload, "FISCAL_AGENT_OFFICER", "FISCAL_AGENT_CHECKER")


def kept() -> tuple[Any, ...]:
    states = tuple(Instruction.objects.order_by("pk").values_list("state", flat=True))
    return states, tuple(SettlementInstruction.objects.values_list("state", "reason")), CashEntry.objects.count()


def test_it_stands_still_by_itself_and_is_named_from_the_deadline_on() -> None:
    row = paid()
    settlements_advance(now=row.deliver_by + timedelta(days=30))
    assert fresh(row).state == "CASH_CONFIRMED"
    assert not never_confirmed(row.deliver_by - timedelta(seconds=1)).exists()
    assert list(never_confirmed(row.deliver_by)) == [row]
    with pytest.raises(Refused, match="CASH_CONFIRMED, to be delivered by"):
        propose(row, row.deliver_by - timedelta(seconds=1))


def test_paid_through_the_bank_two_persons_withdraw_and_two_refund() -> None:
    row = paid()
    before = kept()
    asked = propose(row, row.deliver_by)
    with pytest.raises(NotAllowed):
        approval_approve(approval_id=asked.pk, actor=world.officer("TREASURY_CHECKER"), now=row.deliver_by)
    assert kept() == before
    approval_approve(approval_id=asked.pk, actor=world.officer(CHECKER), now=row.deliver_by)
    after = fresh(row)
    assert (after.state, after.reason) == ("WITHDRAWN", "the registrar did not confirm it by its deadline")
    assert (after.issue_instruction.state, after.confirm_instruction.state) == ("CANCELLED", "CANCELLED")
    assert cash_balances("PKR") == balances(BANK=row.amount_minor, BANK_LEG=-row.amount_minor)
    moves = AuditEntry.objects.filter(action="settlement.move", subject=f"settlement:{row.pk}")
    assert moves.latest("pk").actor == Approval.objects.get(pk=asked.pk).checker
    refunded({"settlement": row.pk})
    done = fresh(row)
    assert (done.state, done.allotment.state) == ("REFUNDED", "WITHDRAWN")
    assert done.refund_entry is not None
    assert cash_balances("PKR") == balances()
    settlements_advance(now=row.deliver_by)
    assert fresh(row).state == "REFUNDED"


def test_paid_for_tokens_its_credit_goes_home_through_suspense() -> None:
    row = paid("TOKEN")
    cash_advance(now=NOW)
    mint = CashMint.objects.get(settlement=row)
    withdraw(row)
    with pytest.raises(Refused, match="became cash tokens, or waits in suspense"):
        refunded({"settlement": row.pk})
    cash_advance(now=row.deliver_by)
    assert fresh(row).state == "WITHDRAWN"
    cash_mint_give_up(mint=mint, reason="withdrawn", actor=world.officer("FISCAL_AGENT_OFFICER"), now=row.deliver_by)
    cash_advance(now=row.deliver_by)
    done = fresh(row)
    assert (done.state, done.allotment.state) == ("REFUNDED", "WITHDRAWN")
    (item,) = suspense_held()
    assert (item.amount_minor, item.settlement) == (row.amount_minor, row)
    refunded({"suspense": item.pk})
    assert SuspenseItem.objects.get().state == "RETURNED"
    assert cash_balances("PKR") == balances()


def test_withdrawn_before_any_token_was_asked_for_it_is_refunded_as_through_the_bank() -> None:
    row = paid("TOKEN")
    withdraw(row)
    assert cash_advance(now=row.deliver_by) == 0
    refunded({"settlement": row.pk})
    assert (fresh(row).state, cash_balances("PKR")) == ("REFUNDED", balances())


def test_the_registrars_word_that_came_meanwhile_wins_and_after_the_decision_it_is_refused() -> None:
    row, other, key = paid(), paid(), world.registrar()
    asked = propose(row, row.deliver_by)
    world.confirm(row.issue_instruction, key)
    before = kept()
    with pytest.raises(Refused, match="has confirmed"):
        approval_approve(approval_id=asked.pk, actor=world.officer(CHECKER), now=row.deliver_by)
    with pytest.raises(Refused, match="has confirmed"):
        propose(row, row.deliver_by)
    assert kept() == before
    withdraw(other)
    before = kept()
    with pytest.raises(Refused):
        world.confirm(fresh(other).issue_instruction, key)
    assert kept() == before


@pytest.mark.parametrize("payload", [{}, {"settlement": None}, {"settlement": 999_999}])
def test_what_names_no_purchase_is_refused(payload: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="Name a purchase"):
        approval_propose(action=UnconfirmedWithdraw.name, payload=payload, actor=world.officer(MAKER), now=NOW)
