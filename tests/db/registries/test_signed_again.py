"""A confirmation that the chain never took: the cap falls, the registrar signs again, and one blocking counts once."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, InternalError, connection, transaction

from contracts.outbox.models import Intent
from custody.instructions.models import Instruction
from custody.instructions.services import instructions_pull_outcomes
from custody.registries.models import CapAccount, RegistryConfirmation
from custody.settlement.models import SettlementInstruction
from custody.settlement.selectors import settlements_to_confirm
from custody.settlement.services import settlements_advance
from custody.tokenisation.models import TokenContract
from tests.factories import ledgerless as world
from tokenization.kernel.errors import Refused

pytestmark = pytest.mark.django_db
NOW = world.NOW
SETTLES = world.SETTLES
EXPIRED = "the registrar's signature has expired"


def raw(statement: str, *values: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def cap(token: TokenContract) -> tuple[int, int, int]:
    row = CapAccount.objects.get(token=token)
    return row.confirmed, row.withdrawn, row.issued


@pytest.fixture
def stranded() -> SettlementInstruction:
    """Paid, sent, and both transactions given up: the signature expired before it was relayed."""
    (row,) = world.paid_and_confirmed(world.token(), world.registrar(), 10)
    settlements_advance(now=SETTLES)
    assert cap(row.token) == (10, 0, 10)
    world.give_up(row.confirm_instruction, EXPIRED)
    assert row.confirm_instruction.state == "SENT", "the cap covers the issue while it may still happen"
    assert cap(row.token) == (10, 0, 10)
    world.give_up(row.issue_instruction, "its deadline is over")
    row.confirm_instruction.refresh_from_db()
    assert (row.issue_instruction.state, row.confirm_instruction.state) == ("REJECTED", "REJECTED")
    assert cap(row.token) == (0, 0, 0)
    return row


def test_the_relay_is_given_up_when_the_signature_expires() -> None:
    (row,) = world.paid_and_confirmed(world.token(), world.registrar(), 10)
    settlements_advance(now=SETTLES)
    word = RegistryConfirmation.objects.get()
    assert Intent.objects.get(function="confirm").deadline == word.valid_until
    assert Intent.objects.get(function="issue").deadline == row.deliver_by


def test_the_registrar_signs_again_under_the_same_reference(stranded: SettlementInstruction) -> None:
    old = RegistryConfirmation.objects.get()
    settlements_advance(now=SETTLES)
    row = SettlementInstruction.objects.get(pk=stranded.pk)
    again = row.confirm_instruction
    assert (row.state, again.kind, again.state, again.units) == ("UNDELIVERABLE", "CONFIRM", "DRAFT", 10)
    assert (again.linked_to_id, again.number) == (row.issue_instruction_id, 4)
    assert list(settlements_to_confirm(row.token)) == [row]
    settlements_advance(now=SETTLES)
    assert Instruction.objects.filter(kind="CONFIRM").count() == 2, "asked for once"

    key = world.registrar()
    with pytest.raises(Refused, match=f"blocked under {old.registry_reference} already"):
        world.confirm(row.issue_instruction, key, "ANOTHER")
    assert (RegistryConfirmation.objects.count(), cap(row.token)) == (1, (0, 0, 0))
    new = world.confirm(row.issue_instruction, key, old.registry_reference)
    assert (new.replaces_id, new.instruction_id, cap(row.token)) == (old.pk, again.pk, (10, 0, 0))
    assert list(settlements_to_confirm(row.token)) == []
    settlements_advance(now=SETTLES)
    again.refresh_from_db()
    assert again.state == "SENT"


def test_nothing_is_withdrawn_before_the_cap_is_raised(stranded: SettlementInstruction) -> None:
    settlements_advance(now=SETTLES)
    row = SettlementInstruction.objects.get(pk=stranded.pk)
    assert row.withdraw_instruction is not None
    payload = {"instructions": [row.withdraw_instruction_id]}
    with pytest.raises(Refused, match="is not on chain"):
        world.approve("custody.instructions.WithdrawApprove", payload, "DEBT_MAKER", "REGISTRAR_CHECKER")
    assert Instruction.objects.get(pk=row.withdraw_instruction_id).state == "DRAFT"
    reference = RegistryConfirmation.objects.get().registry_reference
    world.confirm(row.issue_instruction, world.registrar(), reference)
    settlements_advance(now=SETTLES)
    world.settle(row.confirm_instruction)
    world.approve("custody.instructions.WithdrawApprove", payload, "DEBT_MAKER", "REGISTRAR_CHECKER")
    assert Instruction.objects.get(pk=row.withdraw_instruction_id).state == "APPROVED"


def test_a_confirmation_is_not_signed_again_while_it_may_still_arrive() -> None:
    (row,) = world.paid_and_confirmed(world.token(), world.registrar(), 10)
    settlements_advance(now=SETTLES)
    with pytest.raises(Refused, match="is SENT"):
        world.confirm(row.issue_instruction, world.registrar())
    assert instructions_pull_outcomes(now=NOW) == 0
    assert cap(row.token) == (10, 0, 10)


def test_raw_sql_cannot_count_one_blocking_twice(stranded: SettlementInstruction) -> None:
    settlements_advance(now=SETTLES)
    row = SettlementInstruction.objects.get(pk=stranded.pk)
    old = RegistryConfirmation.objects.get()
    other, other_confirm = world.issue_pair(row.token)
    insert = (
        "INSERT INTO registries_registryconfirmation (token_id, kind, instruction_id, units, registry_reference,"
        " reference_hash, signature, signer_address, confirmed_at, recorded_by_id, replaces_id)"
        " VALUES (%s, 'IMMOBILISE', %s, 10, %s, '0x' || repeat('00', 32), 'x', '0x' || repeat('00', 20), %s, %s, %s)"
    )
    mine, reference, by = row.confirm_instruction_id, old.registry_reference, old.recorded_by_id
    with pytest.raises(IntegrityError, match="registry_reference_once"):
        raw(insert, row.token_id, mine, reference, NOW, by, None)
    for instruction, named in ((other_confirm.pk, reference), (mine, "ANOTHER")):
        with pytest.raises((IntegrityError, InternalError), match="replaces a rejected one of the same issue"):
            raw(insert, row.token_id, instruction, named, NOW, by, old.pk)
    assert (RegistryConfirmation.objects.count(), cap(row.token), other.state) == (1, (0, 0, 0), "DRAFT")
    raw(insert, row.token_id, mine, reference, NOW, by, old.pk)
    assert cap(row.token) == (10, 0, 0)
