"""Immobilisation: what the registrar signed, and the relay of its word to the chain."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from django.conf import settings
from django.db import transaction

from contracts.gateway import calls
from contracts.gateway.typed_data import Confirmation, recover
from contracts.outbox.models import Intent
from custody.instructions.models import Instruction
from custody.instructions.services import instructions_dispatch
from custody.registries.models import ConfirmationRequest, RegistryConfirmation
from custody.registries.services.asking import (
    check_waiting,
    confirmation_of,
    given_up,
    pair_of,
    reference_hash,
    typed_data,
)
from custody.registries.services.keys import is_confirmer
from custody.tokenisation.selectors import contract_address
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.errors import Conflict, Refused
from tokenization.kernel.locks import lock_rows


@transaction.atomic
def confirmation_receive(
    *, instruction: Instruction, registry_reference: str, signature: str, actor: User, now: datetime
) -> RegistryConfirmation:
    """Take the registrar's signed confirmation: the cap in the database rises with it.

    The call that raises the cap on chain is sent by `confirmations_send` (pulled by the settlement bell). The same
    confirmation again returns the first; a signature of anybody else, or of other figures, is Refused. Conflict
    when the purchase was withdrawn before it came.
    """
    confirm, _ = pair_of(instruction)
    require_power(actor, Power.CASH_CONFIRM if confirm.token.is_cash else Power.IMMOBILISE_CONFIRM)
    lock_rows(Instruction.objects.filter(pk=confirm.pk))
    found = RegistryConfirmation.objects.filter(instruction=confirm).first()
    if found:
        return _same(found, registry_reference, signature)
    # As they stand under the lock: two persons may have withdrawn them while this waited for it.
    confirm, issue = pair_of(confirm)
    if Instruction.State.CANCELLED in (confirm.state, issue.state):
        told = f"Number {confirm.number} was withdrawn meanwhile."
        raise Conflict(told, rule="not withdrawn", next_step="Release what was blocked for it.")
    check_waiting(confirm, issue, registry_reference, given_up(issue), False)
    request = ConfirmationRequest.objects.filter(instruction=confirm).first()
    if request is None or request.valid_until <= now:
        raise Refused("Nobody was asked to confirm this, or too long ago.", field="instruction", rule="asked first")
    signer = _signer(confirm, issue, request, registry_reference, signature, now)
    return _record(confirm, request, registry_reference, signature, signer, actor, now)


def _signer(
    confirm: Instruction,
    issue: Instruction,
    request: ConfirmationRequest,
    reference: str,
    signature: str,
    now: datetime,
) -> str:
    try:
        signer = recover(typed_data(confirm, issue, request, reference), signature)
    except ValueError as error:
        raise Refused(f"The signature cannot be read: {error}.", field="signature", rule="EIP-712") from error
    if not is_confirmer(confirm.token, signer, now):
        whose = "fiscal agent" if confirm.token.is_cash else "registrar"
        raise Refused(
            f"The signature is not the {whose}'s over these figures.",
            field="signature",
            rule=f"{whose}'s own key",
            next_step=f"Sign the message of confirmation_request unchanged with the {whose}'s key.",
        )
    return signer


def _record(
    confirm: Instruction,
    request: ConfirmationRequest,
    reference: str,
    signature: str,
    signer: str,
    actor: User,
    now: datetime,
) -> RegistryConfirmation:
    earlier = given_up(confirm.linked_to) if confirm.linked_to else None
    used = RegistryConfirmation.objects.filter(token=confirm.token, kind="IMMOBILISE", registry_reference=reference)
    if earlier is None and used.exists():
        raise Refused("This registry reference was used already.", field="registry_reference", rule="used once")
    row = RegistryConfirmation.objects.create(
        token=confirm.token,
        kind=RegistryConfirmation.Kind.IMMOBILISE,
        instruction=confirm,
        units=confirm.units,
        registry_reference=reference,
        replaces=earlier,
        reference_hash=reference_hash(request.salt, reference),
        valid_until=request.valid_until,
        signature=signature,
        signer_address=signer,
        confirmed_at=now,
        recorded_by=actor,
    )
    body = {"number": confirm.number, "units": confirm.units, "reference": reference, "signer": signer}
    if earlier is not None:
        body["replaces"] = earlier.instruction.number
    audit.record(actor=actor, action="registry.immobilise", subject=f"instruction:{confirm.pk}", body=body, now=now)
    return row


def _same(found: RegistryConfirmation, reference: str, signature: str) -> RegistryConfirmation:
    if (found.registry_reference, found.signature.lower()) != (reference, signature.lower()):
        raise Refused("This is confirmed already, with another reference.", field="instruction", rule="confirmed once")
    return found


def confirmations_send(*, now: datetime) -> list[Intent]:
    """Relay every confirmation not yet sent, in batches per token. Safe to repeat: what was sent is not sent again."""
    waiting = RegistryConfirmation.objects.filter(kind="IMMOBILISE", instruction__state=Instruction.State.DRAFT)
    groups: dict[int, list[RegistryConfirmation]] = defaultdict(list)
    for row in waiting.select_related("token", "instruction__token", "instruction__linked_to").order_by(
        "instruction__number"
    ):
        groups[row.token_id].append(row)
    size = settings.BATCH_SIZE
    batches = [rows[at : at + size] for rows in groups.values() for at in range(0, len(rows), size)]
    return [intent for batch in batches if (intent := _send(batch, now)) is not None]


@transaction.atomic
def _send(batch: list[RegistryConfirmation], now: datetime) -> Intent | None:
    lock_rows(Instruction.objects.filter(pk__in=[row.instruction_id for row in batch]))
    drafts = Instruction.objects.filter(pk__in=[r.instruction_id for r in batch], state=Instruction.State.DRAFT)
    still = set(drafts.values_list("pk", flat=True))
    rows = [row for row in batch if row.instruction_id in still]
    if not rows:
        return None
    bodies = [_sent_body(row) for row in rows]
    call = calls.confirm(contract_address(rows[0].token.controller), bodies, [row.signature for row in rows])
    # Given up once none of them can raise a cap any more; one that expires earlier is set apart by the dry run.
    end = max(row.valid_until for row in rows if row.valid_until)
    return instructions_dispatch(instructions=[row.instruction for row in rows], call=call, deadline=end, now=now)


def _sent_body(row: RegistryConfirmation) -> Confirmation:
    issue = row.instruction.linked_to
    until = row.valid_until
    if issue is None or until is None:
        raise Refused("A confirmation belongs to an issue and has an end.", field="instruction", rule="issue")
    return confirmation_of(row.instruction, issue.number, row.reference_hash, until)
