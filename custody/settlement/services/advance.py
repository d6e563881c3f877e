"""Pulling settlements forward: each looks at what has happened below and takes the next step, once.

CASH_CONFIRMED -> IMMOBILISED   the registrar's confirmation is here
IMMOBILISED    -> ISSUING       on its settlement day: the cap is being raised on chain, the issue waits behind it
IMMOBILISED    -> UNDELIVERABLE its issue has not left by the deadline (no attestation carries it, for one)
ISSUING        -> DELIVERED     the register saw the units arrive; proceeds swept, allotment settled
                                (rail TOKEN: both legs in one transaction, `onchain`)
ISSUING        -> UNDELIVERABLE the issue was given up at its deadline; a withdrawal is drafted for two persons
UNDELIVERABLE  -> WITHDRAWN     cap reduced on chain and released at the registry; two persons refund it

A confirmation that the chain never took is asked for again: only a raised cap can be withdrawn and released.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import QuerySet

from custody.instructions.models import Instruction
from custody.instructions.services import instruction_cancel, instruction_create, instructions_send
from custody.registries.services import confirmations_send
from custody.settlement.models import CashEntry, SettlementInstruction
from custody.settlement.selectors import allotments_unopened
from custody.settlement.services import onchain
from custody.settlement.services.journal import journal_post
from custody.settlement.services.moves import (
    NEVER_CARRIED,
    NOT_CARRIED,
    carried,
    confirm_intents,
    due,
    issued,
    move,
    overdue,
)
from custody.settlement.services.opening import settlement_lapse, unopened_lapse
from issuance.allotment.services import allotment_mark_settled
from tokenization.identity import audit
from tokenization.identity.actors import system_user
from tokenization.kernel.locks import lock_rows
from tokenization.kernel.turns import Turns

State, Rail = SettlementInstruction.State, SettlementInstruction.Rail
ONE_CALL = 200


def settlements_advance(*, now: datetime) -> int:
    """Take every step that can be taken now; returns how many. Safe to repeat, to run twice at once and to kill."""
    confirmations_send(now=now)
    turns = Turns()
    turns.each(_confirmed(), partial(_one, step=_immobilised, now=now))
    turns.each(_issues_ready(now), partial(_send_batch, now=now))
    turns.each(_ended("DONE").filter(rail=Rail.BANK), partial(_one, step=_deliver, now=now))
    turns.each((now,), lambda at: onchain.deliveries_advance(now=at))
    turns.each(_ended("REJECTED"), partial(_one, step=_undeliverable, now=now))
    turns.each(_unconfirmed(), partial(_one, step=_ask_again, now=now))
    turns.each(_released(), partial(_one, step=_withdrawn, now=now))
    turns.each(_never_entered(now), partial(_one, step=_give_up, now=now))
    turns.each(_unpaid(now), partial(_lapse, now=now))
    turns.each(_never_opened(now), lambda pk: unopened_lapse(allotment=pk, actor=system_user(), now=now))
    return turns.end()


def _confirmed() -> Iterable[int]:
    rows = SettlementInstruction.objects.filter(
        state=State.CASH_CONFIRMED, confirm_instruction__registry_confirmation__isnull=False
    )
    return rows.values_list("pk", flat=True)


def _ended(state: str) -> QuerySet[SettlementInstruction, int]:
    rows = SettlementInstruction.objects.filter(state=State.ISSUING, issue_instruction__state=state)
    return rows.values_list("pk", flat=True)


def _never_entered(now: datetime) -> Iterable[int]:
    """At the deadline its issue is still here: no attestation carries it, or, paid in tokens, it was never fit for a
    batch (without money or allowance, for one)."""
    rows = SettlementInstruction.objects.filter(state=State.IMMOBILISED, deliver_by__lte=now)
    return rows.filter(issue_instruction__state__in=("DRAFT", "APPROVED")).values_list("pk", flat=True)


def _unconfirmed() -> Iterable[int]:
    rows = SettlementInstruction.objects.filter(state=State.UNDELIVERABLE, confirm_instruction__state="REJECTED")
    return rows.values_list("pk", flat=True)


def _released() -> Iterable[int]:
    rows = SettlementInstruction.objects.filter(
        state=State.UNDELIVERABLE, withdraw_instruction__registry_confirmation__kind="WITHDRAW"
    )
    return rows.values_list("pk", flat=True)


@transaction.atomic
def _one(pk: int, *, step: Callable[[SettlementInstruction, datetime], None], now: datetime) -> int:
    before = SettlementInstruction.objects.values_list("state", flat=True).get(pk=pk)
    ((row,),) = lock_rows(SettlementInstruction.objects.filter(pk=pk))
    if row.state != before:
        return 0
    step(row, now)
    return 1


def _immobilised(row: SettlementInstruction, now: datetime) -> None:
    move(row, State.IMMOBILISED, now)


def _issues_ready(now: datetime) -> list[list[int]]:
    """Issues of today whose confirmation has left for the chain, in batches: each is sent after what confirms it."""
    ready = SettlementInstruction.objects.filter(
        rail=Rail.BANK,
        state=State.IMMOBILISED,
        confirm_instruction__state__in=("SENT", "DONE"),
        issue_instruction__state="APPROVED",
    )
    groups: dict[int, list[int]] = defaultdict(list)
    for pk, token in due(ready, now).order_by("pk").values_list("pk", "token"):
        groups[token].append(pk)
    return [pks[at : at + ONE_CALL] for pks in groups.values() for at in range(0, len(pks), ONE_CALL)]


@transaction.atomic
def _send_batch(pks: list[int], now: datetime) -> int:
    (rows,) = lock_rows(SettlementInstruction.objects.filter(pk__in=pks))
    waiting = carried([row for row in rows if row.state == State.IMMOBILISED])
    if not waiting:
        return 0
    issues = [row.issue_instruction for row in waiting]
    instructions_send(instructions=issues, now=now, after=confirm_intents(waiting))
    issued(waiting, now)
    return len(waiting)


def _deliver(row: SettlementInstruction, now: datetime) -> None:
    legs = [("BANK_LEG", row.amount_minor), ("BANK", -row.amount_minor)]
    legs += [("TREASURY", row.amount_minor), ("DEBT", -row.amount_minor)]
    entry = journal_post(
        key=f"sweep:{row.payment_reference}",
        kind=CashEntry.Kind.SWEEP,
        currency=row.currency,
        words=f"Proceeds of {row.payment_reference} to the treasury",
        legs=legs,
        now=now,
        bank_reference=row.payment_reference,
    )
    move(row, State.DELIVERED, now, sweep_entry=entry)
    allotment_mark_settled(allotment=row.allotment, actor=system_user(), now=now)


def _give_up(row: SettlementInstruction, now: datetime) -> None:
    reason = NEVER_CARRIED if row.reason == NOT_CARRIED else row.reason or "not delivered by its deadline"
    settlement_give_up(row, now, reason)


def settlement_give_up(row: SettlementInstruction, now: datetime, reason: str) -> None:
    """Its issue never left; cancelled, it never will, and what the registrar blocked for it is taken back."""
    instruction_cancel(instruction=row.issue_instruction, reason=reason, actor=system_user(), now=now)
    _undeliverable(row, now, reason)


def _undeliverable(row: SettlementInstruction, now: datetime, why: str = "") -> None:
    issue = row.issue_instruction
    withdrawal = instruction_create(
        token=row.token,
        kind=Instruction.Kind.WITHDRAW,
        wallet=row.wallet,
        units=issue.units,
        source_key=f"withdraw:{row.payment_reference}",
        linked_to=issue,
        actor=system_user(),
        now=now,
    )
    reason = why or issue.reason or row.reason or "not delivered by its deadline"
    move(row, State.UNDELIVERABLE, now, reason=reason, withdraw_instruction=withdrawal)


def _ask_again(row: SettlementInstruction, now: datetime) -> None:
    if row.confirm_instruction.state == Instruction.State.REJECTED:
        settlement_ask_again(row, now)


def settlement_ask_again(row: SettlementInstruction, now: datetime) -> None:
    """A new confirmation of the same issue, for the registrar to sign; the old one has ended."""
    old = row.confirm_instruction
    confirm = instruction_create(
        token=row.token,
        kind=Instruction.Kind.CONFIRM,
        wallet=None,
        units=old.units,
        source_key=f"confirm:{row.payment_reference}:after:{old.number}",
        linked_to=row.issue_instruction,
        actor=system_user(),
        now=now,
    )
    SettlementInstruction.objects.filter(pk=row.pk).update(confirm_instruction=confirm)
    body = {"reference": row.payment_reference, "old": old.number, "new": confirm.number, "reason": old.reason}
    audit.record(actor=system_user(), action="settlement.ask_again", subject=f"settlement:{row.pk}", body=body, now=now)


def _withdrawn(row: SettlementInstruction, now: datetime) -> None:
    move(row, State.WITHDRAWN, now, reason=row.reason)


def _unpaid(now: datetime) -> QuerySet[SettlementInstruction]:
    return SettlementInstruction.objects.filter(state=State.AWAITING_CASH, deliver_by__lte=now).order_by("pk")


def _never_opened(now: datetime) -> Iterable[int]:
    return overdue(allotments_unopened(), now).values_list("pk", flat=True)


def _lapse(row: SettlementInstruction, *, now: datetime) -> int:
    reason = "not paid by the end of its settlement date"
    settlement_lapse(settlement=row, reason=reason, actor=system_user(), now=now)
    return 1
