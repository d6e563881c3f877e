"""A row that cannot go on holds up no other row, and no later step, of settlement's, cash's and servicing's bells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from custody.cash.models import CashBurn
from custody.cash.services import cash_advance, refunds
from custody.servicing.chain import recover
from custody.servicing.chain.fallback import fallback_at_once
from custody.servicing.selectors import recoverable_minor, recoverables
from custody.servicing.services import coupon_open, servicing_advance
from custody.settlement.selectors import cash_balances
from custody.settlement.services import advance, journal_post, settlements_advance
from tests.db.settlement.test_never_confirmed import fresh, paid, withdraw
from tests.factories import cashless as desk
from tests.factories import ledgerless as world
from tests.factories.in_tokens import Tokens
from tests.factories.ledger import NOW
from tokenization.kernel.errors import Busy, Refused
from tokenization.kernel.turns import Turns

pytestmark = pytest.mark.django_db


def away_for(target: Any, real: Callable[..., Any], *args: Any, **named: Any) -> Any:
    """The call, unless it is about `target`: somebody else holds that."""
    if target in args or target in named.values():
        raise Busy("It is being changed by somebody else.")
    return real(*args, **named)


def test_all_have_their_turn_and_the_first_error_is_told() -> None:
    turns, seen = Turns(), []

    def take(item: int) -> int:
        seen.append(item)
        if item % 2:
            raise Refused(f"{item} is odd.")
        return 10

    turns.each([1, 2, 3], take)
    turns.each([4], take)
    assert (seen, turns.taken) == ([1, 2, 3, 4], 20)
    with pytest.raises(Refused, match=r"1 is odd"):
        turns.end()


def test_a_fault_of_ours_is_not_kept_quiet_until_the_end() -> None:
    def take(item: int) -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Turns().each([1], take)


def test_a_purchase_that_is_held_stops_no_other_purchase(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, key = paid(), paid(), world.registrar()
    for row in (first, second):
        world.confirm(row.issue_instruction, key)
    real = advance.move
    monkeypatch.setattr(advance, "move", lambda *a, **k: away_for(first, real, *a, **k))
    with pytest.raises(Busy):
        settlements_advance(now=world.SETTLES)
    assert (fresh(first).state, fresh(second).state) == ("CASH_CONFIRMED", "ISSUING")
    monkeypatch.undo()
    settlements_advance(now=world.SETTLES)
    assert fresh(first).state == "ISSUING"


def test_a_refund_that_is_held_stops_no_recovery(monkeypatch: pytest.MonkeyPatch) -> None:
    row = paid("TOKEN")
    withdraw(row)
    desk.minted(desk.treasury(), desk.fiscal_agent(), 900)
    desk.paid_by_bank_instead(400)
    real = refunds._money_home
    monkeypatch.setattr(refunds, "_money_home", lambda *a: away_for(row, real, *a))
    with pytest.raises(Busy):
        cash_advance(now=NOW)
    assert list(CashBurn.objects.values_list("amount_minor", "recovers")) == [(400, True)]
    assert fresh(row).state == "WITHDRAWN"


def test_tokens_of_one_event_that_cannot_be_booked_stop_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    bond = Tokens()
    first = bond.released_in_tokens()
    fallback_at_once(event=first, actor=bond.fiscal, now=bond.payday)
    second = coupon_open(token=bond.token, sequence=2, rail="TOKEN", actor=bond.treasury, now=NOW)
    legs = (("RECOVERABLE", 500), ("REDEMPTION", -500))
    key = f"servicing:{second.pk}:fallback:1"
    journal_post(key=key, kind="FUNDING", words="by bank", currency="PKR", legs=legs, now=bond.payday)
    assert [(row.event, row.amount_minor) for row in recoverables()] == [(first, 262_500), (second, 500)]
    assert (recoverable_minor(first), recoverable_minor(second)) == (262_500, 500)
    real = recover.tokens_back
    monkeypatch.setattr(recover, "tokens_back", lambda **k: away_for(first, real, **k))
    with pytest.raises(Busy):
        servicing_advance(now=bond.payday)
    assert (cash_balances("PKR")["RETURNED"], [row.event for row in recoverables()]) == (500, [first])
    monkeypatch.undo()
    servicing_advance(now=bond.payday)
    assert (cash_balances("PKR")["RETURNED"], recoverables()) == (262_500 + 500, [])
