"""A credit given up while the fiscal agent's signature comes in: on two connections one wins, and the other is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from custody.cash.models import CashMint
from custody.cash.services import cash_mint_give_up
from custody.registries.models import CapAccount, RegistryConfirmation
from custody.registries.services import confirmation_receive, confirmation_request
from custody.settlement.selectors import cash_balances
from tests.db.settlement.test_correction_race import in_turn
from tests.factories import cashless as desk
from tests.factories import ledgerless as world
from tests.support.journal import balances
from tokenization.kernel.errors import Conflict, Refused

NOW = desk.NOW


def waiting() -> tuple[CashMint, Callable[[], Any], Callable[[], Any]]:
    """A credit whose tokens two houses approved; its signature as it comes in, and its giving up."""
    world.cash_token()
    key, mint = desk.fiscal_agent(), desk.credit(world.wallet(), 700, reference="B-1")
    desk.approve_mint(mint)
    mint = CashMint.objects.select_related("confirm_instruction").get(pk=mint.pk)
    confirm, officer = mint.confirm_instruction, world.officer("FISCAL_AGENT_OFFICER")
    asked = confirmation_request(instruction=confirm, registry_reference="B-1", now=NOW)
    signature = key.sign_typed_data(asked)

    def word() -> Any:
        return confirmation_receive(
            instruction=confirm, registry_reference="B-1", signature=signature, actor=officer, now=NOW
        )

    def give_up() -> Any:
        return cash_mint_give_up(mint=mint, reason="not wanted", actor=officer, now=NOW)

    return mint, word, give_up


def found(mint: CashMint) -> tuple[Any, ...]:
    row = CashMint.objects.get(pk=mint.pk)
    caps = list(CapAccount.objects.values_list("confirmed", "withdrawn", "issued"))
    states = (row.state, row.issue_instruction.state, row.confirm_instruction.state)
    return states, RegistryConfirmation.objects.count(), caps


def test_what_is_being_signed_for_is_not_given_up(fresh_db: str) -> None:
    mint, word, give_up = waiting()
    told = in_turn(word, give_up)
    assert isinstance(told, Refused), told
    assert "confirmed it already" in told.message
    assert found(mint) == (("CREDITED", "APPROVED", "DRAFT"), 1, [(700, 0, 0)])
    assert cash_balances("PKR") == balances(BANK=700, BANK_LEG=-700)


def test_what_is_being_given_up_is_not_signed_for(fresh_db: str) -> None:
    mint, word, give_up = waiting()
    told = in_turn(give_up, word)
    assert isinstance(told, Conflict), told
    assert "withdrawn meanwhile" in told.message
    assert found(mint) == (("RELEASED", "CANCELLED", "CANCELLED"), 0, [])
    assert cash_balances("PKR") == balances(BANK=700, SUSPENSE=-700)
