"""Handing approved instructions to the outbox: state and intent commit together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction

from contracts.gateway import calls
from contracts.gateway.calls import Call, Item
from contracts.gateway.orders import BY_NAME
from contracts.gateway.roles import ROLE_KEYS, ChainRole
from contracts.outbox.models import Intent
from contracts.outbox.services import intent_enqueue
from custody.instructions.models import APPROVED_KINDS, Instruction, OrderReference, instruction_machine
from custody.instructions.services.create import instruction_leaf
from custody.tokenisation.selectors import contract_address
from tokenization.identity.models import ApprovalItem
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import Refused
from tokenization.kernel.locks import lock_rows

# An annulment corrects an error: units that should never have existed.
UNDUE_UNITS_BASIS = BY_NAME["ERROR"].code
SIGNERS = {
    "CONFIRM": ROLE_KEYS[ChainRole.RELAY],
    "ISSUE": ROLE_KEYS[ChainRole.ISSUER],
    "WITHDRAW": ROLE_KEYS[ChainRole.WITHDRAW],
    "REDEEM": ROLE_KEYS[ChainRole.SERVICING],
    "ANNUL": ROLE_KEYS[ChainRole.ENFORCEMENT],
}


@transaction.atomic
def instructions_send(
    *, instructions: Sequence[Instruction], now: datetime, after: Sequence[Intent] = ()
) -> list[Intent]:
    """Send approved instructions of one token and kind, in batches of at most settings.BATCH_SIZE.

    1. Lock them and drop those already sent (sending twice sends once).
    2. Refuse unless every leaf is an item of its APPROVED approval.
    3. Build the calls, move to SENT and enqueue the intents, `after` the given ones.
    """
    rows = unsent(instructions, "APPROVED")
    if not rows:
        return []
    kind = one_kind(rows)
    if kind not in APPROVED_KINDS:
        raise Refused(f"{kind} is sent by the room that holds its signature.", field="kind", rule="approved kind")
    check_leaves(rows)
    intents = []
    for batch in _batches(rows):
        call = _call(kind, batch)
        intents.append(enqueue(batch, call=call, after=after, deadline=batch[0].deadline, now=now))
    return intents


@transaction.atomic
def instructions_dispatch(
    *, instructions: Sequence[Instruction], call: Call, deadline: datetime, now: datetime
) -> Intent | None:
    """Send CONFIRM drafts with the call that carries the registrar's signatures (built by custody.registries).

    `deadline` (chain time) is when the last of the signatures expires: then the relay is given up.
    """
    rows = unsent(instructions, "DRAFT")
    if not rows:
        return None
    if one_kind(rows) != Instruction.Kind.CONFIRM or len(rows) != len(instructions):
        raise Refused("Only unsent confirmations go without an approval.", field="kind", rule="confirmations only")
    return enqueue(rows, call=call, after=(), deadline=deadline, now=now)


def unsent(instructions: Iterable[Instruction], ready: str) -> list[Instruction]:
    rows = Instruction.objects.filter(pk__in=[i.pk for i in instructions])
    lock_rows(rows)
    found = list(rows.select_related("token", "wallet", "linked_to", "approval").order_by("number"))
    unsent = [row for row in found if row.state not in (Instruction.State.SENT, Instruction.State.DONE)]
    for row in unsent:
        if row.state != ready:
            raise Refused(
                f"Instruction {row.number} is {row.state}, not {ready}.",
                field="state",
                rule="approved before sent",
                next_step="Have it approved by two persons.",
            )
    return unsent


def one_kind(rows: Sequence[Instruction]) -> str:
    if len({(row.token_id, row.kind) for row in rows}) != 1:
        raise Refused("One batch is of one token and one kind.", field="instructions", rule="one token, one kind")
    return rows[0].kind


def check_leaves(rows: Sequence[Instruction]) -> None:
    approved = set(
        ApprovalItem.objects.filter(
            approval__in={row.approval_id for row in rows}, approval__state="APPROVED"
        ).values_list("approval_id", "leaf")
    )
    for row in rows:
        made = instruction_leaf(row.token, row.kind, row.number, row.wallet, row.units)
        if made != row.leaf or (row.approval_id, made) not in approved:
            raise Refused(
                f"Instruction {row.number} is not an item of an approved approval.",
                field="approval",
                rule="what is executed is what was approved",
                next_step="Have it approved by two persons.",
            )


def _batches(rows: Sequence[Instruction]) -> Iterable[list[Instruction]]:
    # An intent has one deadline, an annulment one reference: both separate batches.
    groups: dict[object, list[Instruction]] = defaultdict(list)
    for row in rows:
        groups[(row.deadline, row.approval_id if row.kind == Instruction.Kind.ANNUL else None)].append(row)
    for group in groups.values():
        for start in range(0, len(group), settings.BATCH_SIZE):
            yield group[start : start + settings.BATCH_SIZE]


def _call(kind: str, batch: Sequence[Instruction]) -> Call:
    controller = contract_address(batch[0].token.controller)
    token = batch[0].token.address
    items = [Item(row.number, row.wallet.address if row.wallet else "", row.units, _follows(row)) for row in batch]
    if kind == Instruction.Kind.ISSUE:
        return calls.issue(controller, token, items)
    if kind == Instruction.Kind.REDEEM:
        return calls.redeem(controller, token, items)
    if kind == Instruction.Kind.ANNUL:
        approval = batch[0].approval
        reference = OrderReference.objects.get_or_create(approval=approval)[0].reference if approval else ""
        return calls.annul(controller, token, items, basis=UNDUE_UNITS_BASIS, reference=reference)
    withdrawals = [(row.number, row.linked_to.number if row.linked_to else 0, row.units) for row in batch]
    return calls.withdraw(controller, token, withdrawals)


def _follows(row: Instruction) -> int:
    """The number of the confirmation that makes room for an issue: the last asked for that has not ended in vain."""
    if row.kind != Instruction.Kind.ISSUE:
        return 0
    ended = (Instruction.State.REJECTED, Instruction.State.CANCELLED)
    live = row.links.filter(kind=Instruction.Kind.CONFIRM).exclude(state__in=ended).order_by("-pk")
    return live.values_list("number", flat=True).first() or 0


def enqueue(
    rows: Sequence[Instruction],
    *,
    call: Call,
    after: Sequence[Intent],
    deadline: datetime | None,
    now: datetime,
    signer: str = "",
) -> Intent:
    """Move the rows to SENT with the intent that carries them; `signer` if it is not the key of their kind."""
    numbers = [row.number for row in rows]
    token, kind = rows[0].token_id, rows[0].kind
    for row in rows:
        instruction_machine.move(row, "SENT")
    key = f"instructions:{token}:{kind}:{numbers[0]}-{numbers[-1]}:{sha256_hex(canonical_json(numbers))[2:18]}"
    return intent_enqueue(key=key, signer=signer or SIGNERS[kind], call=call, after=after, deadline=deadline, now=now)


def instructions_send_approved(*, now: datetime) -> int:
    """Send every approved withdrawal and annulment: nothing else has to happen before them. Returns how many."""
    kinds = (Instruction.Kind.WITHDRAW, Instruction.Kind.ANNUL)
    ready = Instruction.objects.filter(state=Instruction.State.APPROVED, kind__in=kinds).order_by(
        "token", "kind", "number"
    )
    groups: dict[tuple[int, str], list[Instruction]] = defaultdict(list)
    for row in ready:
        groups[(row.token_id, row.kind)].append(row)
    for rows in groups.values():
        instructions_send(instructions=rows, now=now)
    return sum(len(rows) for rows in groups.values())
