"""Approved issues that leave in settlement's own call: units against cash, under the same numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from contracts.gateway.calls import Call
from contracts.outbox.models import Intent
from custody.instructions.models import Instruction
from custody.instructions.services.send import check_leaves, enqueue, one_kind, unsent
from tokenization.kernel.errors import Refused


@transaction.atomic
def instructions_deliver(
    *,
    instructions: Sequence[Instruction],
    call: Call,
    signer: str,
    after: Sequence[Intent],
    deadline: datetime,
    now: datetime,
) -> Intent | None:
    """Send approved ISSUE instructions of one token with a call that also moves their cash, all or none.

    Refused unless the call's items are exactly these instructions: what is executed is what was approved. Sending
    twice sends once; a batch of which a part has left already is Refused, since the call cannot be thinned here.
    """
    rows = unsent(instructions, "APPROVED")
    if not rows:
        return None
    if one_kind(rows) != Instruction.Kind.ISSUE or len(rows) != len(instructions):
        raise Refused("Only issues that all wait are delivered together.", field="kind", rule="unsent issues")
    check_leaves(rows)
    said = sorted((item.number, item.wallet, item.units) for item in call.items)
    if call.numbered_by != rows[0].token.address or said != sorted(map(_item, rows)):
        raise Refused("The call is about other units.", field="call", rule="what is executed is what was approved")
    return enqueue(rows, call=call, after=after, deadline=deadline, now=now, signer=signer)


def _item(row: Instruction) -> tuple[int, str, int]:
    return row.number, row.wallet.address if row.wallet else "", row.units
