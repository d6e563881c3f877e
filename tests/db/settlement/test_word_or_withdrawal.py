"""The registrar's word and two persons' withdrawal at the same moment: one wins, and the other is told so."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

from django.db import connections, transaction

from custody.registries.models import RegistryConfirmation
from custody.registries.services import confirmation_receive, confirmation_request
from custody.settlement.models import SettlementInstruction
from tests.db.settlement.test_never_confirmed import CHECKER, NOW, fresh, paid, propose
from tests.factories import ledgerless as world
from tokenization.identity.approvals import approval_approve
from tokenization.identity.models import Approval
from tokenization.kernel.errors import Conflict, PlatformError, Refused


def rival(call: Callable[[], Any]) -> Any:
    """The call on a connection of its own: what it returned, or what it was told."""
    try:
        return call()
    except PlatformError as told:
        return told
    finally:
        connections.close_all()


def test_of_the_two_at_once_the_second_is_told_what_happened(fresh_db: str) -> None:
    """On two connections: the registrar's word waits for the withdrawal and is told; and the other way round."""
    first, other, key = paid(), paid(), world.registrar()
    one, two = propose(first, first.deliver_by), propose(other, first.deliver_by)
    officer, checker = world.officer("REGISTRAR_OFFICER"), world.officer(CHECKER)

    def decide(asked: Approval) -> Any:
        return approval_approve(approval_id=asked.pk, actor=checker, now=first.deliver_by)

    def word(row: SettlementInstruction) -> Callable[[], Any]:
        issue, named = row.issue_instruction, f"CSD-{row.pk}"
        message = confirmation_request(instruction=issue, registry_reference=named, now=NOW)
        signature = key.sign_typed_data(message)
        return lambda: confirmation_receive(
            instruction=issue, registry_reference=named, signature=signature, actor=officer, now=NOW
        )

    def in_turn(winner: Callable[[], Any], loser: Callable[[], Any]) -> Any:
        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                winner()
                waiting = pool.submit(rival, loser)
                assert not wait([waiting], timeout=1).done
            return waiting.result(timeout=10)

    told = in_turn(lambda: decide(one), word(first))
    assert isinstance(told, Conflict), told
    assert (told.message, told.next_step) == (
        f"Number {first.confirm_instruction.number} was withdrawn meanwhile.",
        "Release what was blocked for it.",
    )
    assert (fresh(first).state, RegistryConfirmation.objects.count()) == ("WITHDRAWN", 0)
    told = in_turn(word(other), lambda: decide(two))
    assert isinstance(told, Refused), told
    assert "has confirmed" in told.message
    after = fresh(other)
    assert (after.state, after.issue_instruction.state, RegistryConfirmation.objects.count()) == (
        "CASH_CONFIRMED", "APPROVED", 1,
    )  # fmt: skip
