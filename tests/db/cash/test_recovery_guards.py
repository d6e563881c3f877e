"""What came back after the bank had paid is not paid a second time, whoever writes it: each rule alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from custody.cash.models import CashBurn
from custody.cash.services import cash_advance
from custody.settlement.services import journal_post
from tests.factories import cashless as desk
from tests.factories import ledgerless as world
from tests.support.clones import Clone
from tests.support.controls import guard_is_what_refuses

BURN = "cash_cashburn"
PAID_AGAIN = (
    f"UPDATE {BURN} SET state = 'PAID', bank_reference = 'x',"  # noqa: S608 our own table name
    " payout_entry_id = (SELECT id FROM settlement_cashentry WHERE key = 'again')"
)


@pytest.fixture(scope="module")
def owner(clone: Clone) -> Iterator[psycopg.Connection[Any]]:
    """The owner of a clone with a burn of what came back, and an entry that would pay it a second time."""
    with clone.filling():
        world.cash_token()
        desk.minted(desk.treasury(), desk.fiscal_agent(), 90)
        desk.paid_by_bank_instead(60)
        cash_advance(now=desk.NOW)
        burn = CashBurn.objects.get(recovers=True)
        desk.approve_burn(burn)
        cash_advance(now=desk.NOW)
        desk.gone(burn)
        cash_advance(now=desk.NOW)
        legs = [("PAYOUT", 60), ("BANK", -60)]
        journal_post(key="again", kind="PAYOUT", currency="PKR", words="again", legs=legs, now=desk.NOW)
    with clone.as_owner() as connection:
        yield connection


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (PAID_AGAIN, "paid by bank before, and is not paid again"),
        (f"UPDATE {BURN} SET recovers = false", "never changes"),  # noqa: S608 our own table name
    ],
)
def test_with_the_guard_off_it_would_pass(owner: psycopg.Connection[Any], statement: str, words: str) -> None:
    before = owner.execute(f"SELECT * FROM {BURN}").fetchall()  # noqa: S608 our own table name
    guard_is_what_refuses(owner, table=BURN, guard="cash_burn_before_pay_out", statement=statement, words=words)
    assert owner.execute(f"SELECT * FROM {BURN}").fetchall() == before  # noqa: S608 our own table name
