"""Many drafts of one kind at once: one range of numbers, rows written in portions, one audit entry."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from django.db import transaction

from contracts.gateway.leaves import leaf
from custody.instructions.models import Instruction
from custody.instructions.services.create import CREATABLE, numbers_take
from custody.tokenisation.models import TokenContract
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.kernel.errors import Refused

PORTION = 2_000
# Wallet's primary key, its address, the quantity, and the cause.
Wanted = tuple[int, str, int, str]


@transaction.atomic
def instructions_draft(
    *, token: TokenContract, kind: str, wanted: Iterable[Wanted], count: int, actor: User, now: datetime
) -> range:
    """Write `count` drafts, in the order of `wanted`; returns their numbers.

    Refused where fewer or more are given than announced, because the numbers are taken first.
    """
    if kind not in CREATABLE or kind == Instruction.Kind.CONFIRM:
        raise Refused(f"Instructions of kind {kind} are not drafted in bulk.", field="kind", rule="known kind")
    numbers = numbers_take(token, count)
    rows, at = iter(wanted), 0
    while portion := list(islice(rows, PORTION)):
        Instruction.objects.bulk_create(
            _draft(token, kind, numbers.start + at + offset, row, now) for offset, row in enumerate(portion)
        )
        at += len(portion)
    if at != count:
        raise Refused(f"{count} instructions were announced and {at} given.", field="count", rule="as announced")
    audit.record(
        actor=actor,
        action="instructions.draft",
        subject=f"token:{token.pk}",
        body={"kind": kind, "first": numbers[0], "last": numbers[-1], "count": count},
        now=now,
    )
    return numbers


def _draft(token: TokenContract, kind: str, number: int, row: Wanted, now: datetime) -> Instruction:
    wallet, address, units, source_key = row
    return Instruction(
        token=token,
        number=number,
        kind=kind,
        wallet_id=wallet,
        units=units,
        leaf=leaf(
            chain_id=token.chain_id, contract=token.address, kind=kind, number=number, wallet=address, units=units
        ),
        source_key=source_key,
        created_at=now,
    )
