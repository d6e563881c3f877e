"""Immobilisation: what the registrar is asked to sign, one message or a list of them with a few questions.

For cash the fiscal agent stands in the registrar's place: what is held is a booked credit, its reference the bank's.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from contracts.gateway.typed_data import Confirmation, confirmation_typed_data
from custody.instructions.models import Instruction
from custody.registries.models import ConfirmationRequest, RegistryConfirmation
from custody.tokenisation.selectors import contract_address
from tokenization.kernel.canonical import sha256_hex
from tokenization.kernel.errors import Refused

SIGNATURE_LIFE = timedelta(days=30)
RENEW_BEFORE = timedelta(days=7)
IMMOBILISE = RegistryConfirmation.Kind.IMMOBILISE


def confirmation_request(*, instruction: Instruction, registry_reference: str, now: datetime) -> dict[str, Any]:
    """The EIP-712 message by which the registrar confirms that the units of an issue are immobilised.

    `instruction` is the ISSUE or its CONFIRM; `registry_reference` is the registrar's own, at most 64 characters: it
    goes on chain as a salted hash. Refused before the issue is approved by two houses, or once it is confirmed. Where
    the chain never took an earlier confirmation, the registrar signs again, under the same reference.
    """
    confirm, _ = pair_of(instruction)
    return confirmation_requests(wanted=[(confirm, registry_reference)], now=now)[0]


@transaction.atomic
def confirmation_requests(*, wanted: Sequence[tuple[Instruction, str]], now: datetime) -> list[dict[str, Any]]:
    """The message of each CONFIRM with its reference, in their order; all of them or none. Asks the database a few
    times, whatever their number. Refused as `confirmation_request` is."""
    rows = Instruction.objects.select_related("token__series", "linked_to").in_bulk([row.pk for row, _ in wanted])
    pairs = [(*_linked(rows[row.pk]), reference) for row, reference in wanted]
    earlier = given_up_among([issue for _, issue, _ in pairs])
    confirmed = set(RegistryConfirmation.objects.filter(instruction__in=rows).values_list("instruction", flat=True))
    for confirm, issue, reference in pairs:
        check_waiting(confirm, issue, reference, earlier.get(issue.pk), confirm.pk in confirmed)
    asked = _asked(list(rows), now)
    targets = {name: contract_address(name) for name in {confirm.token.controller for confirm, _, _ in pairs}}
    return [
        _message(confirm, issue, asked[confirm.pk], reference, targets[confirm.token.controller])
        for confirm, issue, reference in pairs
    ]


def _asked(confirms: Sequence[int], now: datetime) -> dict[int, ConfirmationRequest]:
    """The salt and the end of each; one whose end is near is given a later one."""
    until = now.replace(microsecond=0) + SIGNATURE_LIFE
    ConfirmationRequest.objects.bulk_create(
        [
            ConfirmationRequest(instruction_id=pk, salt="0x" + secrets.token_hex(32), valid_until=until)
            for pk in confirms
        ],
        ignore_conflicts=True,
    )
    rows = ConfirmationRequest.objects.filter(instruction__in=confirms)
    rows.filter(valid_until__lt=now + RENEW_BEFORE).update(valid_until=until)
    return {row.instruction_id: row for row in rows}


def pair_of(instruction: Instruction) -> tuple[Instruction, Instruction]:
    """The CONFIRM and its ISSUE, given either."""
    row = Instruction.objects.select_related("token", "linked_to").get(pk=instruction.pk)
    if row.kind == Instruction.Kind.ISSUE:
        confirm = row.links.filter(kind=Instruction.Kind.CONFIRM).select_related("token").order_by("-pk").first()
        if confirm is not None:
            return confirm, row
    return _linked(row)


def _linked(confirm: Instruction) -> tuple[Instruction, Instruction]:
    if confirm.kind != Instruction.Kind.CONFIRM or confirm.linked_to is None:
        raise Refused("Only an issue is confirmed by the registrar.", field="instruction", rule="issue")
    return confirm, confirm.linked_to


def check_waiting(
    confirm: Instruction, issue: Instruction, reference: str, earlier: RegistryConfirmation | None, confirmed: bool
) -> None:
    """Refused unless the issue waits for this confirmation; `earlier` is the one that the chain never took."""
    if not reference.strip() or len(reference) > 64:
        raise Refused("A registry reference has 1 to 64 characters.", field="registry_reference", rule="length")
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
    if confirm.state != Instruction.State.DRAFT or confirmed:
        raise Refused("This is confirmed already.", field="instruction", rule="confirmed once")


def given_up(issue: Instruction) -> RegistryConfirmation | None:
    """The last confirmation of an issue that the chain never took, if a new one is wanted."""
    return given_up_among([issue]).get(issue.pk)


def given_up_among(issues: Collection[Instruction]) -> dict[int, RegistryConfirmation]:
    """By issue, by its primary key: see `given_up`."""
    rows = RegistryConfirmation.objects.filter(instruction__linked_to__in=[row.pk for row in issues], kind=IMMOBILISE)
    last = {row.instruction.linked_to_id: row for row in rows.select_related("instruction").order_by("pk")}
    return {
        pk: row for pk, row in last.items() if pk is not None and row.instruction.state == Instruction.State.REJECTED
    }


def reference_hash(salt: str, registry_reference: str) -> str:
    """What the chain sees of the registrar's reference."""
    return sha256_hex(bytes.fromhex(salt[2:]) + registry_reference.encode())


def typed_data(
    confirm: Instruction, issue: Instruction, request: ConfirmationRequest, reference: str
) -> dict[str, Any]:
    return _message(confirm, issue, request, reference, contract_address(confirm.token.controller))


def _message(
    confirm: Instruction, issue: Instruction, request: ConfirmationRequest, reference: str, target: str
) -> dict[str, Any]:
    body = confirmation_of(confirm, issue.number, reference_hash(request.salt, reference), request.valid_until)
    return confirmation_typed_data(confirm.token.chain_id, target, body)


def confirmation_of(confirm: Instruction, issue_number: int, hashed: str, until: datetime) -> Confirmation:
    return Confirmation(
        token=confirm.token.address,
        number=confirm.number,
        issue_number=issue_number,
        units=confirm.units,
        registry_reference=hashed,
        valid_until=int(until.timestamp()),
    )
