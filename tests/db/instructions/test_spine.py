"""Numbers, approvals and ends of instructions: by the services, and round them with raw SQL."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, InternalError, connection, transaction

from contracts.outbox.models import Intent, IntentItem
from custody.instructions.models import Instruction
from custody.instructions.services import (
    instruction_cancel,
    instruction_settled_by_log,
    instructions_pull_outcomes,
    instructions_send,
    numbers_take,
)
from custody.registries.services import confirmations_send
from tests.factories import ledgerless as world
from tokenization.identity.approvals import approval_propose
from tokenization.kernel.errors import Conflict, NotAllowed, Refused
from tokenization.kernel.locks import LockOrder

pytestmark = pytest.mark.django_db
NOW = world.NOW
REFUSALS = (IntegrityError, InternalError)


def raw(statement: str, *values: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def state(row: Instruction) -> str:
    return Instruction.objects.values_list("state", flat=True).get(pk=row.pk)


def ready(units: int = 10) -> tuple[Instruction, Instruction]:
    """An approved issue whose units the registrar confirmed."""
    issue, confirm = world.issue_pair(world.token(), units)
    world.approve_issue(issue)
    world.confirm(issue, world.registrar())
    return issue, confirm


def test_numbers_are_given_without_gaps_and_one_cause_has_one_number() -> None:
    token = world.token()
    first, second = world.instruction(token), world.instruction(token, "CONFIRM")
    assert (first.number, second.number) == (1, 2)
    again = world.instruction(token, wallet=first.wallet, source_key=first.source_key)
    assert again.pk == first.pk
    with pytest.raises(LockOrder, match="inside transaction.atomic"):
        numbers_take(token, 3)
    with transaction.atomic():
        assert list(numbers_take(token, 3)) == [3, 4, 5]
    with pytest.raises(Refused, match="another instruction"):
        world.instruction(token, units=11, wallet=first.wallet, source_key=first.source_key)
    assert Instruction.objects.count() == 2
    token.refresh_from_db()
    assert token.next_number == 6


@pytest.mark.parametrize("kind", ["FORCED_TRANSFER", "MINT"])
def test_unknown_kinds_are_refused(kind: str) -> None:
    token = world.token()
    with pytest.raises(Refused):
        world.instruction(token, kind)
    token.refresh_from_db()
    assert (token.next_number, Instruction.objects.count()) == (1, 0)


def test_an_unapproved_instruction_is_not_sent() -> None:
    issue = world.instruction(world.token())
    with pytest.raises(Refused, match="is DRAFT"):
        instructions_send(instructions=[issue], now=NOW)
    assert (state(issue), Intent.objects.count()) == ("DRAFT", 0)


def test_an_approved_and_confirmed_issue_is_sent_once() -> None:
    issue, confirm = ready()
    (raising,) = confirmations_send(now=NOW)
    (intent,) = instructions_send(instructions=[issue], now=NOW, after=[raising])
    assert instructions_send(instructions=[issue], now=NOW, after=[raising]) == []
    assert (state(issue), state(confirm)) == ("SENT", "SENT")
    assert [p.prerequisite_id for p in intent.after.all()] == [raising.pk]
    items = IntentItem.objects.order_by("number").values_list("number", "units", "follows")
    assert list(items) == [(1, 10, 2), (2, 10, 0)]
    assert confirmations_send(now=NOW) == []
    assert Intent.objects.count() == 2


def test_raw_sql_cannot_send_what_no_approval_holds() -> None:
    issue, other = world.instruction(world.token()), world.instruction(world.token())
    approval = world.approve_issue(other)
    raise_state = "UPDATE instructions_instruction SET state = 'SENT', approval_id = %s WHERE id = %s"
    with pytest.raises(REFUSALS, match="instruction_sent_only_if_approved"):
        raw(raise_state, None, issue.pk)
    with pytest.raises(REFUSALS, match="instruction_sent_only_if_approved"):
        raw(raise_state, approval.pk, issue.pk)
    assert state(issue) == "DRAFT"


def test_control_raw_sql_sends_what_is_approved_and_confirmed() -> None:
    issue, _ = ready()
    raw("UPDATE instructions_instruction SET state = 'SENT' WHERE id = %s", issue.pk)
    assert state(issue) == "SENT"


def test_a_pending_approval_sends_nothing() -> None:
    issue = world.instruction(world.token())
    pending = approval_propose(
        action="custody.instructions.IssueApprove",
        payload={"instructions": [issue.pk]},
        actor=world.officer("DEBT_MAKER"),
        now=NOW,
    )
    with pytest.raises(REFUSALS, match="instruction_sent_only_if_approved"):
        raw("UPDATE instructions_instruction SET state = 'SENT', approval_id = %s WHERE id = %s", pending.pk, issue.pk)


def test_issuing_needs_two_houses() -> None:
    issue = world.instruction(world.token())
    payload = {"instructions": [issue.pk]}
    with pytest.raises(NotAllowed):
        world.approve("custody.instructions.IssueApprove", payload, "DEBT_MAKER", "DEBT_CHECKER")
    assert state(issue) == "DRAFT"


def test_one_instruction_is_not_approved_twice() -> None:
    issue = world.instruction(world.token())
    world.approve_issue(issue)
    with pytest.raises(Refused, match="is APPROVED"):
        world.approve_issue(issue)


@pytest.mark.parametrize(
    "change",
    ["units = 11", "number = 99", "kind = 'REDEEM'", "leaf = '0x' || repeat('ab', 32)", "source_key = 'x'"],
)
def test_what_an_instruction_does_never_changes(change: str) -> None:
    issue = world.instruction(world.token())
    with pytest.raises(REFUSALS, match="instruction_is_fixed"):
        raw(f"UPDATE instructions_instruction SET {change} WHERE id = %s", issue.pk)
    raw("UPDATE instructions_instruction SET reason = 'control' WHERE id = %s", issue.pk)


def test_instructions_are_never_removed() -> None:
    issue = world.instruction(world.token())
    with pytest.raises(REFUSALS + (Exception,), match="refused|denied"):
        raw("DELETE FROM instructions_instruction WHERE id = %s", issue.pk)
    assert Instruction.objects.filter(pk=issue.pk).exists()


def test_an_instruction_begins_as_a_draft() -> None:
    issue = world.instruction(world.token())
    with pytest.raises(REFUSALS, match="instruction_begins_as_draft"):
        raw(
            "INSERT INTO instructions_instruction (token_id, number, kind, wallet_id, units, leaf, state, source_key,"
            " reason, created_at) SELECT token_id, 77, kind, wallet_id, units, '0x' || repeat('cd', 32), 'SENT', 'raw',"
            " '', created_at FROM instructions_instruction WHERE id = %s",
            issue.pk,
        )


def test_only_a_log_that_says_the_same_makes_it_done() -> None:
    issue, _ = ready()
    confirmations_send(now=NOW)
    log = world.log(issue.token)
    said: dict[str, Any] = {
        "token": issue.token, "number": 1, "kind": "ISSUE", "wallet": issue.wallet.address, "units": 10, "log": log,
    }  # fmt: skip
    assert instruction_settled_by_log(**said, now=NOW) is None
    instructions_send(instructions=[issue], now=NOW)
    for lie in ({"units": 9}, {"number": 2}, {"kind": "REDEEM"}, {"wallet": world.address()}, {"wallet": None}):
        assert instruction_settled_by_log(**(said | lie), now=NOW) is None
    assert state(issue) == "SENT"
    done = instruction_settled_by_log(**said, now=NOW)
    assert done is not None
    assert (state(issue), done.settled_log_id) == ("DONE", log.pk)
    assert instruction_settled_by_log(**said, now=NOW) == done
    assert instruction_settled_by_log(**(said | {"log": world.log(issue.token)}), now=NOW) is None


def test_done_without_a_log_is_refused_by_the_database() -> None:
    issue, _ = ready()
    confirmations_send(now=NOW)
    instructions_send(instructions=[issue], now=NOW)
    with pytest.raises(REFUSALS, match="instruction_done_by_log"):
        raw("UPDATE instructions_instruction SET state = 'DONE' WHERE id = %s", issue.pk)


def test_what_the_outbox_gave_up_is_rejected_with_its_reason() -> None:
    issue, _ = ready()
    confirmations_send(now=NOW)
    (intent,) = instructions_send(instructions=[issue], now=NOW)
    assert instructions_pull_outcomes(now=NOW) == 0
    Intent.objects.filter(pk=intent.pk).update(state="REJECTED", reason="the wallet's record has expired")
    assert instructions_pull_outcomes(now=NOW) == 0
    intent.items.update(live=False)
    assert instructions_pull_outcomes(now=NOW) == 1
    issue.refresh_from_db()
    assert (issue.state, issue.reason) == ("REJECTED", "the wallet's record has expired")
    assert instructions_pull_outcomes(now=NOW) == 0


def test_a_sent_instruction_is_not_cancelled() -> None:
    issue, _ = ready()
    confirmations_send(now=NOW)
    stale = Instruction.objects.get(pk=issue.pk)
    instructions_send(instructions=[issue], now=NOW)
    with pytest.raises(Conflict):
        instruction_cancel(instruction=stale, reason="too late", actor=world.officer("DEBT_MAKER"), now=NOW)
    assert state(issue) == "SENT"


def test_one_issue_has_one_live_confirmation() -> None:
    issue, _ = world.issue_pair(world.token())
    with pytest.raises(IntegrityError, match="instruction_one_live_link"), transaction.atomic():
        world.instruction(issue.token, "CONFIRM", linked_to=issue)
