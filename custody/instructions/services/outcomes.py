"""How instructions end: DONE by a final log and by nothing else, REJECTED when the outbox gave up."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from contracts.indexer.models import Log
from contracts.outbox.models import IntentItem, IntentState
from custody.instructions.models import Instruction, instruction_machine
from custody.tokenisation.models import TokenContract
from custody.tokenisation.selectors import in_names
from tokenization.identity import audit
from tokenization.identity.actors import system_user
from tokenization.kernel.locks import lock_rows

# Events of these kinds name no wallet.
WALLETLESS = (Instruction.Kind.CONFIRM, Instruction.Kind.WITHDRAW)
GIVEN_UP = (IntentState.REJECTED, IntentState.REVERTED, IntentState.CANCELLED)
ENDED_WITHOUT = (Instruction.State.REJECTED, Instruction.State.CANCELLED)


def instruction_settled_by_log(
    *, token: TokenContract, number: int, kind: str, wallet: str | None, units: int, log: Log, now: datetime
) -> Instruction | None:
    """Mark the instruction that caused a final log DONE. None if no sent instruction says exactly what the log says.

    Called by the register inside the transaction that posts the log. `wallet` is None for CONFIRM and WITHDRAW.
    """
    row = (
        Instruction.objects.select_related("wallet").filter(token=token, number=number, kind=kind, units=units).first()
    )
    if row is None or not _same_wallet(row, wallet):
        return None
    if row.state == Instruction.State.DONE:
        return row if row.settled_log_id == log.pk else None
    if row.state != Instruction.State.SENT:
        return None
    instruction_machine.move(row, "DONE", settled_log=log)
    return row


def _same_wallet(row: Instruction, wallet: str | None) -> bool:
    if row.kind in WALLETLESS:
        return True
    return row.wallet is not None and wallet is not None and row.wallet.address == wallet.lower()


def instructions_pull_outcomes(*, now: datetime) -> int:
    """Move to REJECTED what the outbox has given up: no intent for the number lives and the last one failed.

    A number that was split lives on in the parts, so it is not touched here. A CONFIRM ends after its ISSUE: the cap
    covers an issue for as long as it may still happen. Returns how many ended.
    """
    items = IntentItem.objects.filter(contract=OuterRef("token__address"), number=OuterRef("number"))
    waiting = Instruction.objects.filter(Exists(items), ~Exists(items.filter(live=True)), state=Instruction.State.SENT)
    confirms = waiting.filter(kind=Instruction.Kind.CONFIRM)
    ended = [_reject(pk, now) for pk in waiting.exclude(kind=Instruction.Kind.CONFIRM).values_list("pk", flat=True)]
    return sum(ended) + sum(_reject(pk, now) for pk in confirms.values_list("pk", flat=True))


@transaction.atomic
def _reject(pk: int, now: datetime) -> int:
    ((row,),) = lock_rows(Instruction.objects.filter(pk=pk))
    if row.kind == Instruction.Kind.CONFIRM and row.linked_to and row.linked_to.state not in ENDED_WITHOUT:
        return 0
    items = IntentItem.objects.filter(contract=row.token.address, number=row.number)
    last = items.select_related("intent").order_by("-pk").first()
    if row.state != Instruction.State.SENT or last is None or items.filter(live=True).exists():
        return 0
    if last.intent.state not in GIVEN_UP:
        return 0
    reason = in_names(last.intent.reason, now=now) or f"the transaction ended {last.intent.state}"
    instruction_machine.move(row, "REJECTED", reason=reason)
    audit.record(
        actor=system_user(),
        action="instruction.rejected",
        subject=f"instruction:{pk}",
        body={"number": row.number, "reason": reason},
        now=now,
    )
    return 1
