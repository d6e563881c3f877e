"""Release at the registry: only after the final log of the burn or of the cap reduction."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction

from custody.instructions.models import Instruction
from custody.registries.models import RegistryConfirmation
from custody.registries.services.asking import reference_hash
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.errors import Refused
from tokenization.kernel.locks import lock_rows

RELEASES = {"EXTINGUISH": Instruction.Kind.REDEEM, "WITHDRAW": Instruction.Kind.WITHDRAW}


@transaction.atomic
def release_receive(
    *, instruction: Instruction, kind: str, registry_reference: str, actor: User, now: datetime
) -> RegistryConfirmation:
    """Record that the registrar has released: EXTINGUISH after a final burn, WITHDRAW after a final cap reduction.

    For cash it is the fiscal agent who has paid out, or holds the credit free again.
    Refused while the instruction is not DONE (only the register's final log makes it so). The same release again
    returns the first.
    """
    lock_rows(Instruction.objects.filter(pk=instruction.pk))
    row = Instruction.objects.select_related("token").get(pk=instruction.pk)
    require_power(actor, Power.CASH_CONFIRM if row.token.is_cash else Power.REGISTRY_RELEASE)
    found = RegistryConfirmation.objects.filter(instruction=row).first()
    if found:
        if (found.kind, found.registry_reference) != (kind, registry_reference):
            raise Refused("This is released already.", field="instruction", rule="released once")
        return found
    _check(row, kind, registry_reference)
    released = RegistryConfirmation.objects.create(
        token=row.token,
        kind=kind,
        instruction=row,
        units=row.units,
        registry_reference=registry_reference,
        reference_hash=reference_hash("0x" + secrets.token_hex(32), registry_reference),
        confirmed_at=now,
        recorded_by=actor,
    )
    body = {"kind": kind, "number": row.number, "units": row.units, "reference": registry_reference}
    audit.record(actor=actor, action="registry.release", subject=f"instruction:{row.pk}", body=body, now=now)
    return released


def _check(row: Instruction, kind: str, reference: str) -> None:
    if kind not in RELEASES:
        raise Refused(f"{kind} is not a release.", field="kind", rule="EXTINGUISH or WITHDRAW")
    if not reference.strip() or len(reference) > 64:
        raise Refused("A registry reference has 1 to 64 characters.", field="registry_reference", rule="length")
    if RegistryConfirmation.objects.filter(token=row.token, kind=kind, registry_reference=reference).exists():
        raise Refused("This registry reference was used already.", field="registry_reference", rule="used once")
    if row.kind != RELEASES[kind] or row.state != Instruction.State.DONE:
        raise Refused(
            f"Instruction {row.number} ({row.kind}) is {row.state}.",
            field="instruction",
            rule="release only after the final log",
            next_step="Wait until the register shows it as done.",
        )
