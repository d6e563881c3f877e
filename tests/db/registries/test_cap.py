"""The registrar's word and the cap that follows: minting beyond it is refused by the database alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, InternalError, connection, transaction

from contracts.gateway.keys import LocalKey
from custody.instructions.models import Instruction
from custody.registries.models import CapAccount, RegistryConfirmation
from custody.registries.services import confirmation_receive, confirmation_request, confirmations_send, release_receive
from custody.tokenisation.models import TokenContract
from tests.factories import ledgerless as world
from tokenization.kernel.errors import NotAllowed, Refused

pytestmark = pytest.mark.django_db
NOW = world.NOW
REFUSALS = (IntegrityError, InternalError)


def raw(statement: str, *values: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def cap(token: TokenContract) -> tuple[int, int, int]:
    row = CapAccount.objects.get(token=token)
    return row.confirmed, row.withdrawn, row.issued


def approved(token: TokenContract, units: int = 10) -> Instruction:
    issue, _ = world.issue_pair(token, units)
    world.approve_issue(issue)
    return issue


def sent(issue: Instruction) -> None:
    raw("UPDATE instructions_instruction SET state = 'SENT' WHERE id = %s", issue.pk)


def test_a_signed_confirmation_raises_the_cap_once() -> None:
    token, key = world.token(), world.registrar()
    issue = approved(token)
    row = world.confirm(issue, key, "CSD-1")
    assert (row.kind, row.units, row.signer_address, row.instruction.kind) == ("IMMOBILISE", 10, key.address, "CONFIRM")
    assert cap(token) == (10, 0, 0)
    again = confirmation_receive(
        instruction=issue,
        registry_reference="CSD-1",
        signature=row.signature,
        actor=world.officer("REGISTRAR_OFFICER"),
        now=NOW,
    )
    assert (again.pk, cap(token)) == (row.pk, (10, 0, 0))


def test_minting_beyond_the_cap_is_refused_by_the_database_alone() -> None:
    token, key = world.token(), world.registrar()
    first, second = approved(token, 10), approved(token, 1)
    world.confirm(first, key)
    sent(first)
    assert cap(token) == (10, 0, 10)
    with pytest.raises(REFUSALS, match="cap_covers_issued"):
        sent(second)
    assert cap(token) == (10, 0, 10)
    assert Instruction.objects.get(pk=second.pk).state == "APPROVED"
    world.confirm(second, key)
    sent(second)
    assert cap(token) == (11, 0, 11)


def test_minting_before_anything_is_immobilised_is_refused() -> None:
    issue = approved(world.token())
    with pytest.raises(REFUSALS, match="nothing was ever immobilised"):
        sent(issue)


@pytest.mark.parametrize("change", ["confirmed = confirmed + 100", "issued = 0", "withdrawn = -5"])
def test_nobody_moves_the_cap_by_hand(change: str) -> None:
    token = world.token()
    world.confirm(approved(token), world.registrar())
    with pytest.raises(REFUSALS, match="cap_moves_with_its_cause"):
        raw(f"UPDATE registries_capaccount SET {change} WHERE token_id = %s", token.pk)
    assert cap(token) == (10, 0, 0)


def test_a_rejected_issue_gives_its_room_back() -> None:
    token = world.token()
    issue = approved(token)
    world.confirm(issue, world.registrar())
    sent(issue)
    raw("UPDATE instructions_instruction SET state = 'REJECTED' WHERE id = %s", issue.pk)
    assert cap(token) == (10, 0, 0)


def test_another_signature_is_not_the_registrars() -> None:
    token = world.token()
    world.registrar()
    issue = approved(token)
    with pytest.raises(Refused, match="not the registrar's"):
        world.confirm(issue, LocalKey.create())
    with pytest.raises(Refused, match="cannot be read"):
        world.confirm(issue, world.registrar(), signature="0x1234")
    assert (RegistryConfirmation.objects.count(), CapAccount.objects.count()) == (0, 0)


def test_a_signature_over_other_figures_counts_for_nothing() -> None:
    token, key = world.token(), world.registrar()
    small, large = approved(token, 1), approved(token, 1_000)
    message = confirmation_request(instruction=small, registry_reference="R-1", now=NOW)
    confirmation_request(instruction=large, registry_reference="R-1", now=NOW)
    with pytest.raises(Refused, match="not the registrar's"):
        confirmation_receive(
            instruction=large,
            registry_reference="R-1",
            signature=key.sign_typed_data(message),
            actor=world.officer("REGISTRAR_OFFICER"),
            now=NOW,
        )
    assert CapAccount.objects.count() == 0


def test_only_the_registrars_officer_hands_it_in_and_only_for_approved_issues() -> None:
    token, key = world.token(), world.registrar()
    issue = approved(token)
    with pytest.raises(NotAllowed):
        world.confirm(issue, key, actor=world.officer("DEBT_MAKER"))
    draft, _ = world.issue_pair(token)
    with pytest.raises(Refused, match="is DRAFT"):
        confirmation_request(instruction=draft, registry_reference="R", now=NOW)
    assert RegistryConfirmation.objects.count() == 0


def test_a_registry_reference_is_used_once() -> None:
    token, key = world.token(), world.registrar()
    world.confirm(approved(token), key, "CSD-7")
    with pytest.raises(Refused, match="used already"):
        world.confirm(approved(token), key, "CSD-7")
    assert cap(token) == (10, 0, 0)


def test_confirmations_are_never_rewritten() -> None:
    world.confirm(approved(world.token()), world.registrar())
    for statement in (
        "UPDATE registries_registryconfirmation SET units = 99",
        "DELETE FROM registries_registryconfirmation",
    ):
        with pytest.raises(Exception, match="refused|denied"):
            raw(statement)
    assert RegistryConfirmation.objects.get().units == 10


def test_confirming_by_raw_sql_needs_a_draft_of_the_same_units() -> None:
    token = world.token()
    _, confirm = world.issue_pair(token)
    insert = (
        "INSERT INTO registries_registryconfirmation (token_id, kind, instruction_id, units, registry_reference,"
        " reference_hash, signature, signer_address, confirmed_at, recorded_by_id)"
        " VALUES (%s, %s, %s, %s, 'raw', '0x' || repeat('00', 32), 'x', '0x' || repeat('00', 20), %s, %s)"
    )
    actor = world.officer("REGISTRAR_OFFICER").pk
    for kind, units in (("IMMOBILISE", 11), ("EXTINGUISH", 10), ("WITHDRAW", 10)):
        with pytest.raises(REFUSALS, match="registry_confirmation_fits"):
            raw(insert, token.pk, kind, confirm.pk, units, NOW, actor)
    assert CapAccount.objects.count() == 0
    raw(insert, token.pk, "IMMOBILISE", confirm.pk, 10, NOW, actor)
    assert cap(token) == (10, 0, 0)


def test_nothing_is_released_before_the_final_log() -> None:
    token = world.token()
    burn = world.instruction(token, "REDEEM")
    with pytest.raises(Refused, match="is DRAFT"):
        release_receive(
            instruction=burn,
            kind="EXTINGUISH",
            registry_reference="X-1",
            actor=world.officer("REGISTRAR_OFFICER"),
            now=NOW,
        )
    assert RegistryConfirmation.objects.count() == 0


def test_confirmations_of_a_token_travel_in_one_call() -> None:
    token, key = world.token(), world.registrar()
    for _ in range(3):
        world.confirm(approved(token), key)
    (intent,) = confirmations_send(now=NOW)
    assert (intent.function, intent.items.count(), intent.signer.name) == ("confirm", 3, "issuer")
    assert confirmations_send(now=NOW) == []
