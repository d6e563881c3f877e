"""Pulling mints and burns forward: each looks at what has happened below and takes the next step, once.

-         -> CREDITED  a purchase that is delivered against cash tokens was paid at the bank
CREDITED  -> ISSUING   two houses approved, and the fiscal agent's confirmation is on its way to the chain
ISSUING   -> DONE      the register saw the tokens arrive: the credit is theirs now
ISSUING   -> FAILED    the issue was given up; a withdrawal of the cap is drafted for two persons
FAILED    -> RELEASED  cap lowered and released: the credit waits in suspense
REQUESTED -> BURNING   two persons approved
BURNING   -> BURNED    the register saw the tokens go: the money is owed to the payee now
BURNING   -> FAILED    the burn was given up: the tokens are where they were

A purchase that was not delivered is refunded once its money has gone home (`refunds`). What came back after bank rails
had paid in its place is drafted to be burned, for two persons (`recovery_draft`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from contracts.outbox.models import Intent
from custody.cash.models import CashBurn, CashMint, burn_machine, mint_machine
from custody.cash.services.burn import recovery_draft
from custody.cash.services.credit import confirm_draft, credit_to_suspense, settlement_mint_open
from custody.cash.services.refunds import purchase_refund, purchases_withdrawn
from custody.instructions.models import Instruction
from custody.instructions.services import instruction_create, instructions_send
from custody.registries.services import confirmations_send
from custody.settlement.models import CashEntry, SettlementInstruction
from custody.settlement.services import journal_post
from custody.tokenisation.models import TokenContract
from custody.tokenisation.selectors import treasury_wallet
from tokenization.identity import audit
from tokenization.identity.actors import system_user
from tokenization.kernel.locks import lock_rows
from tokenization.kernel.secrets import masked
from tokenization.kernel.states import Machine
from tokenization.kernel.turns import Turns

ONE_CALL = 200
Mint, Burn = CashMint.State, CashBurn.State


def cash_advance(*, now: datetime) -> int:
    """Take every step that can be taken now; returns how many. Safe to repeat, to run twice at once and to kill."""
    confirmations_send(now=now)
    turns = Turns()
    turns.each(_pks(_paid()), partial(_open_paid, now=now))
    turns.each(_batches(_mints_ready()), partial(_send_mint_batch, now=now))
    turns.each(_batches(_burns_ready()), partial(_send_burn_batch, now=now))
    for rows, step in _steps():
        turns.each(_pks(rows), partial(_one, rows, step=step, now=now))
    turns.each(_pks(purchases_withdrawn()), partial(purchase_refund, now=now))
    turns.each(_live().order_by("pk"), partial(_recover, now=now))
    return turns.end()


def _pks(rows: QuerySet[Any]) -> QuerySet[Any, int]:
    return rows.order_by("pk").values_list("pk", flat=True)


Step = Callable[[int, datetime], None]


def _steps() -> list[tuple[QuerySet[CashMint] | QuerySet[CashBurn], Step]]:
    mints, burns = CashMint.objects.all(), CashBurn.objects.all()
    failed = mints.filter(state=Mint.FAILED)
    return [
        (mints.filter(state=Mint.ISSUING, issue_instruction__state="DONE"), _minted),
        (mints.filter(state=Mint.ISSUING, issue_instruction__state="REJECTED"), _mint_failed),
        (failed.filter(confirm_instruction__state="REJECTED"), _ask_again),
        (failed.filter(withdraw_instruction__registry_confirmation__kind="WITHDRAW"), _released),
        (burns.filter(state=Burn.BURNING, instruction__state="DONE"), _burned),
        (burns.filter(state=Burn.BURNING, instruction__state="REJECTED"), _burn_failed),
    ]


@transaction.atomic
def _one(rows: QuerySet[CashMint] | QuerySet[CashBurn], pk: int, *, step: Step, now: datetime) -> int:
    """The step, under the row's lock, if the row still waits for it."""
    lock_rows(rows.model._default_manager.filter(pk=pk))
    if not rows.filter(pk=pk).exists():
        return 0
    step(pk, now)
    return 1


def _paid() -> QuerySet[SettlementInstruction]:
    """Purchases that settle in tokens, whose credit is booked and whose buyer has none for it yet."""
    return SettlementInstruction.objects.filter(
        rail=SettlementInstruction.Rail.TOKEN,
        state__in=("CASH_CONFIRMED", "IMMOBILISED"),
        cash_mint__isnull=True,
        currency__in=_live().values("currency"),
    )


def _live() -> QuerySet[TokenContract]:
    return TokenContract.objects.filter(purpose=TokenContract.Purpose.CASH, state=TokenContract.State.LIVE)


def _open_paid(pk: int, *, now: datetime) -> int:
    settlement_mint_open(settlement=SettlementInstruction.objects.get(pk=pk), actor=system_user(), now=now)
    return 1


def _recover(token: TokenContract, *, now: datetime) -> int:
    return int(recovery_draft(token=token, now=now) is not None)


def _mints_ready() -> QuerySet[CashMint]:
    return CashMint.objects.filter(
        state=Mint.CREDITED, confirm_instruction__state__in=("SENT", "DONE"), issue_instruction__state="APPROVED"
    )


def _burns_ready() -> QuerySet[CashBurn]:
    return CashBurn.objects.filter(state=Burn.REQUESTED, instruction__state="APPROVED")


@transaction.atomic
def _send_mint_batch(pks: list[int], now: datetime) -> int:
    lock_rows(CashMint.objects.filter(pk__in=pks))
    found = CashMint.objects.filter(pk__in=pks, state=Mint.CREDITED).order_by("pk")
    rows = list(found.select_related("token", "issue_instruction", "confirm_instruction"))
    if rows:
        numbers = [row.confirm_instruction.number for row in rows]
        before = Intent.objects.filter(
            items__contract=rows[0].token.address, items__number__in=numbers, items__live=True
        )
        after = list(before.distinct().order_by("pk"))
        instructions_send(instructions=[row.issue_instruction for row in rows], now=now, after=after)
    for row in rows:
        _move(mint_machine, row, Mint.ISSUING, now)
    return len(rows)


@transaction.atomic
def _send_burn_batch(pks: list[int], now: datetime) -> int:
    lock_rows(CashBurn.objects.filter(pk__in=pks))
    rows = list(CashBurn.objects.filter(pk__in=pks, state=Burn.REQUESTED).select_related("instruction").order_by("pk"))
    if rows:
        instructions_send(instructions=[row.instruction for row in rows], now=now)
    for row in rows:
        _move(burn_machine, row, Burn.BURNING, now)
    return len(rows)


def _batches(ready: QuerySet[CashMint] | QuerySet[CashBurn]) -> Iterable[list[int]]:
    groups: dict[int, list[int]] = defaultdict(list)
    for pk, token in ready.order_by("pk").values_list("pk", "token"):
        groups[token].append(pk)
    return [pks[at : at + ONE_CALL] for pks in groups.values() for at in range(0, len(pks), ONE_CALL)]


def _minted(pk: int, now: datetime) -> None:
    row = CashMint.objects.select_related("token", "wallet").get(pk=pk)
    amount, own = row.amount_minor, treasury_wallet()
    legs = [("BANK_LEG", amount), ("CASH_TOKEN", -amount)]
    if own is not None and row.wallet_id == own.pk:
        legs += [("TREASURY_TOKEN", amount), ("TREASURY", -amount)]
    words = f"{row.bank_reference}: {row.token.code} minted"
    entry = journal_post(
        key=f"cash:mint:{pk}", kind=CashEntry.Kind.MINT, currency=row.token.currency, words=words, legs=legs, now=now
    )
    _move(mint_machine, row, Mint.DONE, now, entry=entry)


def _mint_failed(pk: int, now: datetime) -> None:
    row = CashMint.objects.select_related("token", "wallet", "issue_instruction").get(pk=pk)
    issue = row.issue_instruction
    withdrawal = instruction_create(
        token=row.token,
        kind=Instruction.Kind.WITHDRAW,
        wallet=row.wallet,
        units=issue.units,
        source_key=f"cash:withdraw:{pk}",
        linked_to=issue,
        actor=system_user(),
        now=now,
    )
    _move(mint_machine, row, Mint.FAILED, now, reason=issue.reason, withdraw_instruction=withdrawal)


def _ask_again(pk: int, now: datetime) -> None:
    """The chain never took the confirmation: only a raised cap can be lowered, so the fiscal agent signs again."""
    row = CashMint.objects.select_related("issue_instruction__token", "confirm_instruction").get(pk=pk)
    key = f"cash:confirm:{row.receipt_id}:after:{row.confirm_instruction.number}"
    again = confirm_draft(row.issue_instruction, key, system_user(), now)
    CashMint.objects.filter(pk=pk).update(confirm_instruction=again)
    body = {"old": row.confirm_instruction.number, "new": again.number}
    audit.record(actor=system_user(), action="cash.mint.ask_again", subject=f"cash-mint:{pk}", body=body, now=now)


def _released(pk: int, now: datetime) -> None:
    row = CashMint.objects.select_related("token", "settlement").get(pk=pk)
    credit_to_suspense(row, row.reason, now)


def _burned(pk: int, now: datetime) -> None:
    row = CashBurn.objects.select_related("token").get(pk=pk)
    legs = [("CASH_TOKEN", row.amount_minor), ("PAYOUT", -row.amount_minor)]
    words = f"{row.token.code} burned, to be paid to {masked(row.payee)}"
    entry = journal_post(
        key=f"cash:burn:{pk}", kind=CashEntry.Kind.BURN, currency=row.token.currency, words=words, legs=legs, now=now
    )
    _move(burn_machine, row, Burn.BURNED, now, burn_entry=entry)


def _burn_failed(pk: int, now: datetime) -> None:
    row = CashBurn.objects.select_related("instruction").get(pk=pk)
    _move(burn_machine, row, Burn.FAILED, now, reason=row.instruction.reason)


def _move(
    machine: Machine, row: CashMint | CashBurn, to: str, now: datetime, reason: str = "", **fields: object
) -> None:
    machine.move(row, to, reason=reason, **fields)
    body = {"to": to, "amount_minor": row.amount_minor, "reason": reason}
    subject = f"{row._meta.label_lower}:{row.pk}"
    audit.record(actor=system_user(), action=f"{row._meta.label_lower}.move", subject=subject, body=body, now=now)
