"""Signatures handed in as a list: each verified as if it came alone, all taken or none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from custody.instructions.models import Instruction
from custody.registries.models import RegistryConfirmation
from custody.registries.services.confirm import confirmation_receive
from custody.registries.signed.reading import SignedLine
from tokenization.identity.models import User
from tokenization.kernel.errors import Conflict, LineProblem, Problems, Refused
from tokenization.kernel.locks import lock_rows


@transaction.atomic
def confirmations_receive(*, lines: Sequence[SignedLine], actor: User, now: datetime) -> list[RegistryConfirmation]:
    """Take every signature of the list; Problems, line by line, if one of them is refused, and nothing is written.

    What was taken before is returned again: a list sent twice changes nothing. NotAllowed for the wrong house.
    """
    rows = _confirms(lines)
    lock_rows(Instruction.objects.filter(pk__in=[row.pk for row in rows.values()]))
    taken, faults = [], []
    for line in lines:
        row = rows.get((line.security, line.number))
        if row is None:
            text = f"No. {line.number} of {line.security} asks for no signature."
            faults.append(LineProblem(line.line, "number", "on the list of what waits", text))
            continue
        try:
            taken.append(
                confirmation_receive(
                    instruction=row,
                    registry_reference=line.registry_reference,
                    signature=line.signature,
                    actor=actor,
                    now=now,
                )
            )
        except (Refused, Conflict) as error:
            faults.append(LineProblem(line.line, error.field, error.rule, error.message))
    if faults:
        raise Problems(faults)
    return taken


def _confirms(lines: Sequence[SignedLine]) -> dict[tuple[str, int], Instruction]:
    wanted = {line.number for line in lines}
    rows = Instruction.objects.filter(kind=Instruction.Kind.CONFIRM, number__in=wanted)
    named = {(line.security, line.number) for line in lines}
    found = {(row.token.code, row.number): row for row in rows.select_related("token__series")}
    return {key: row for key, row in found.items() if key in named}
