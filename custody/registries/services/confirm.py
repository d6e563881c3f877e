"""Immobilisation: what the registrar is asked to sign, what it signed, and the relay of its word to the chain.

For cash the fiscal agent stands in the registrar's place: what is held is a booked credit, its reference the bank's.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from contracts.gateway import calls
from contracts.gateway.typed_data import Confirmation, confirmation_typed_data, recover
from contracts.outbox.models import Intent
from custody.instructions.models import Instruction
from custody.instructions.services import instructions_dispatch
from custody.registries.models import ConfirmationRequest, RegistryConfirmation
from custody.registries.services.keys import is_confirmer
from custody.tokenisation.selectors import contract_address
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.canonical import sha256_hex
from tokenization.kernel.errors import Conflict, Refused
from tokenization.kernel.locks import lock_rows

SIGNATURE_LIFE = timedelta(days=30)
RENEW_BEFORE = timedelta(days=7)


@transaction.atomic
def confirmation_request(*, instruction: Instruction, registry_reference: str, now: datetime) -> dict[str, Any]:
    """The EIP-712 message by which the registrar confirms that the units of an issue are immobilised.

    `instruction` is the ISSUE or its CONFIRM; `registry_reference` is the registrar's own, at most 64 characters: it
    goes on chain as a salted hash. Refused before the issue is approved by two houses, or once it is confirmed. Where
    the chain never took an earlier confirmation, the registrar signs again, under the same reference.
    """
    confirm, issue = _pair(instruction)
    _check_waiting(confirm, issue, registry_reference)
    request, _ = ConfirmationRequest.objects.get_or_create(
        instruction=confirm, defaults={"salt": "0x" + secrets.token_hex(32), "valid_until": _until(now)}
    )
    if request.valid_until < now + RENEW_BEFORE:
        request.valid_until = _until(now)
        request.save(update_fields=["valid_until"])
    return _typed_data(confirm, issue, request, registry_reference)


@transaction.atomic
def confirmation_receive(
    *, instruction: Instruction, registry_reference: str, signature: str, actor: User, now: datetime
) -> RegistryConfirmation:
    """Take the registrar's signed confirmation: the cap in the database rises with it.

    The call that raises the cap on chain is sent by `confirmations_send` (pulled by the settlement bell). The same
    confirmation again returns the first; a signature of anybody else, or of other figures, is Refused. Conflict
    when the purchase was withdrawn before it came.
    """
    confirm, _ = _pair(instruction)
    require_power(actor, Power.CASH_CONFIRM if confirm.token.is_cash else Power.IMMOBILISE_CONFIRM)
    lock_rows(Instruction.objects.filter(pk=confirm.pk))
    found = RegistryConfirmation.objects.filter(instruction=confirm).first()
    if found:
        return _same(found, registry_reference, signature)
    # As they stand under the lock: two persons may have withdrawn them while this waited for it.
    confirm, issue = _pair(confirm)
    if Instruction.State.CANCELLED in (confirm.state, issue.state):
        told = f"Number {confirm.number} was withdrawn meanwhile."
        raise Conflict(told, rule="not withdrawn", next_step="Release what was blocked for it.")
    _check_waiting(confirm, issue, registry_reference)
    request = ConfirmationRequest.objects.filter(instruction=confirm).first()
    if request is None or request.valid_until <= now:
        raise Refused("Nobody was asked to confirm this, or too long ago.", field="instruction", rule="asked first")
    signer = _signer(confirm, issue, request, registry_reference, signature, now)
    return _record(confirm, request, registry_reference, signature, signer, actor, now)


def _pair(instruction: Instruction) -> tuple[Instruction, Instruction]:
    row = Instruction.objects.select_related("token", "linked_to").get(pk=instruction.pk)
    if row.kind == Instruction.Kind.CONFIRM and row.linked_to is not None:
        return row, row.linked_to
    confirm = row.links.filter(kind=Instruction.Kind.CONFIRM).select_related("token").order_by("-pk").first()
    if row.kind != Instruction.Kind.ISSUE or confirm is None:
        raise Refused("Only an issue is confirmed by the registrar.", field="instruction", rule="issue")
    return confirm, row


def _check_waiting(confirm: Instruction, issue: Instruction, reference: str) -> None:
    if not reference.strip() or len(reference) > 64:
        raise Refused("A registry reference has 1 to 64 characters.", field="registry_reference", rule="length")
    earlier = given_up(issue)
    if earlier is not None and earlier.registry_reference != reference:
        raise Refused(
            f"These units are blocked under {earlier.registry_reference} already.",
            field="registry_reference",
            rule="signed again under the same reference",
            next_step=f"Sign again under {earlier.registry_reference}.",
        )
    if earlier is None and issue.state != Instruction.State.APPROVED:
        raise Refused(
            f"The issue {issue.number} is {issue.state}.",
            field="instruction",
            rule="approved by two houses, not yet sent",
            next_step="Have it approved first.",
        )
    if confirm.state != Instruction.State.DRAFT or RegistryConfirmation.objects.filter(instruction=confirm).exists():
        raise Refused("This is confirmed already.", field="instruction", rule="confirmed once")


def given_up(issue: Instruction) -> RegistryConfirmation | None:
    """The last confirmation of an issue that the chain never took, if a new one is wanted."""
    rows = RegistryConfirmation.objects.filter(instruction__linked_to=issue, kind="IMMOBILISE")
    last = rows.select_related("instruction").order_by("-pk").first()
    return last if last is not None and last.instruction.state == Instruction.State.REJECTED else None


def _until(now: datetime) -> datetime:
    return now.replace(microsecond=0) + SIGNATURE_LIFE


def reference_hash(salt: str, registry_reference: str) -> str:
    """What the chain sees of the registrar's reference."""
    return sha256_hex(bytes.fromhex(salt[2:]) + registry_reference.encode())


def _confirmation(confirm: Instruction, issue_number: int, hashed: str, until: datetime) -> Confirmation:
    return Confirmation(
        token=confirm.token.address,
        number=confirm.number,
        issue_number=issue_number,
        units=confirm.units,
        registry_reference=hashed,
        valid_until=int(until.timestamp()),
    )


def _typed_data(
    confirm: Instruction, issue: Instruction, request: ConfirmationRequest, reference: str
) -> dict[str, Any]:
    body = _confirmation(confirm, issue.number, reference_hash(request.salt, reference), request.valid_until)
    return confirmation_typed_data(confirm.token.chain_id, contract_address(confirm.token.controller), body)


def _signer(
    confirm: Instruction,
    issue: Instruction,
    request: ConfirmationRequest,
    reference: str,
    signature: str,
    now: datetime,
) -> str:
    try:
        signer = recover(_typed_data(confirm, issue, request, reference), signature)
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
    return _confirmation(row.instruction, issue.number, row.reference_hash, until)
