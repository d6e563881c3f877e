"""A correction beside the registrar's word, or another correction, at one moment: one waits and sees the outcome."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

from django.db import transaction

from custody.registries.models import RegistryConfirmation
from custody.registries.services import confirmation_receive, confirmation_request
from custody.settlement.models import BankCorrection, CashEntry, SettlementInstruction, SuspenseItem
from custody.settlement.selectors import cash_balances
from tests.db.settlement.test_word_or_withdrawal import rival
from tests.factories import ledgerless as world
from tests.factories import typed
from tests.support.journal import balances
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.identity.models import Approval
from tokenization.kernel.errors import Conflict, Refused

NOW = world.NOW


def in_turn(winner: Callable[[], Any], loser: Callable[[], Any]) -> Any:
    """The second on a connection of its own while the first is not yet committed."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            winner()
            waiting = pool.submit(rival, loser)
            assert not wait([waiting], timeout=0.5).done
        return waiting.result(timeout=10)


def paid() -> SettlementInstruction:
    (row,) = world.settlements(world.token(), 10)
    world.approve_issue(row.issue_instruction)
    world.pay(row, reference="B-1")
    return fresh(row)


def fresh(row: SettlementInstruction) -> SettlementInstruction:
    rows = SettlementInstruction.objects.select_related("issue_instruction", "confirm_instruction", "allotment")
    return rows.get(pk=row.pk)


def asked(row: SettlementInstruction, *reasons: str) -> list[Approval]:
    line, maker = typed.told(row.amount_minor - 5, row.payment_reference), world.officer("FISCAL_AGENT_OFFICER")
    payloads = [typed.payload(line, reason=reason) for reason in reasons]
    return [approval_propose(action=typed.NAME, payload=payload, actor=maker, now=NOW) for payload in payloads]


def decision(of: Approval) -> Callable[[], Any]:
    checker = world.officer("FISCAL_AGENT_CHECKER")
    return lambda: approval_approve(approval_id=of.pk, actor=checker, now=NOW)


def word(row: SettlementInstruction) -> Callable[[], Any]:
    key, old = world.registrar(), row.confirm_instruction
    signature = key.sign_typed_data(confirmation_request(instruction=old, registry_reference="CSD-1", now=NOW))
    officer = world.officer("REGISTRAR_OFFICER")
    return lambda: confirmation_receive(
        instruction=old, registry_reference="CSD-1", signature=signature, actor=officer, now=NOW
    )


def test_the_registrars_word_waits_for_the_correction_and_is_told(fresh_db: str) -> None:
    row = paid()
    (one,) = asked(row, "typed wrong")
    told = in_turn(decision(one), word(row))
    assert isinstance(told, Conflict), told
    assert fresh(row).state == "AWAITING_CASH"
    assert RegistryConfirmation.objects.count() == 0


def test_the_correction_waits_for_the_registrars_word_and_is_decided_again(fresh_db: str) -> None:
    """Approved as "waiting for payment again"; behind the lock it would be given up, which nobody has seen."""
    row = paid()
    (one,) = asked(row, "typed wrong")
    due = row.amount_minor
    told = in_turn(word(row), decision(one))
    assert isinstance(told, Conflict), told
    assert (told.message, told.rule, told.next_step) == (
        "The effect has changed while this decision waited.",
        "what is executed is what was approved",
        "Look at the new preview and decide again.",
    )
    after = fresh(row)
    assert (after.state, after.issue_instruction.state, after.allotment.state) == ("CASH_CONFIRMED", "APPROVED", "PAID")
    assert (BankCorrection.objects.count(), Approval.objects.get(pk=one.pk).state) == (0, "PENDING")
    assert (RegistryConfirmation.objects.count(), SuspenseItem.objects.count()) == (1, 0)
    assert cash_balances("PKR") == balances(BANK=due, BANK_LEG=-due)
    decision(one)()
    after = fresh(row)
    assert (after.state, after.issue_instruction.state, after.allotment.state) == ("UNDELIVERABLE", "CANCELLED", "PAID")
    assert cash_balances("PKR") == balances(BANK=due - 5, BANK_LEG=-due, SUSPENSE=5)
    seen = Approval.objects.get(pk=one.pk).preview_at_decision
    assert [row.payment_reference, "paid", "not issued: given up, and refunded less what is owed"] in seen["rows"]


def test_of_two_corrections_of_one_line_the_second_finds_it_put_right(fresh_db: str) -> None:
    row = paid()
    first, second = asked(row, "typed wrong", "told twice")
    told = in_turn(decision(first), decision(second))
    assert isinstance(told, Refused), told
    assert "agrees with the journal" in told.message
    assert (BankCorrection.objects.get().approval, CashEntry.objects.filter(kind="CORRECTION").count()) == (first, 1)
    assert Approval.objects.get(pk=second.pk).state == "PENDING"
