"""What the database itself refuses about cash tokens, each guard alone, also to the owner of its tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from custody.cash.services import cash_advance
from tests.factories import cashless as desk
from tests.factories import ledgerless as world
from tests.support.clones import Clone
from tests.support.controls import guard_is_what_refuses

MINT, BURN, INSTRUCTION = "cash_cashmint", "cash_cashburn", "instructions_instruction"
COPY = """
    INSERT INTO cash_cashmint (token_id, wallet_id, settlement_id, receipt_id, bank_reference, amount_minor,
        issue_instruction_id, confirm_instruction_id, state, reason, opened_at)
    SELECT m.token_id, {wallet}, {settlement}, {receipt}, 'again', {amount}, i.id, c.id, {state}, '', m.opened_at
    FROM cash_cashmint m, instructions_instruction i, instructions_instruction c
    WHERE m.state = 'DONE' AND i.source_key = 'free:issue' AND c.source_key = 'free:confirm'
"""
SECOND = "(SELECT id FROM settlement_cashentry WHERE key = 'receipt:FREE')"
FIRST = "(SELECT id FROM settlement_cashentry WHERE kind = 'MINT')"
PAID = "(SELECT min(id) FROM settlement_settlementinstruction)"
OTHER = "(SELECT max(id) FROM tokenisation_wallet)"


def copy(**change: str) -> str:
    # What would be allowed, but for the change: the guard's control needs a statement that passes without it.
    fine = {"wallet": "i.wallet_id", "settlement": "NULL", "receipt": SECOND, "amount": "500", "state": "'CREDITED'"}
    return COPY.format(**{**fine, **change})


GUARDS = [
    (MINT, "cash_mint_on_credit", copy(receipt=FIRST), "tokens stand for a booked credit"),
    (MINT, "cash_mint_on_credit", copy(amount="501"), "tokens stand for a booked credit"),
    (MINT, "cash_mint_on_credit", copy(settlement=PAID), "the credit pays that purchase"),
    (MINT, "cash_mint_on_credit", copy(wallet=OTHER), "issue and confirmation say"),
    (MINT, "cash_mint_is_fixed", f"UPDATE {MINT} SET amount_minor = 1 WHERE state = 'CREDITED'", "never changes"),
    (MINT, "cash_mint_is_fixed", f"UPDATE {MINT} SET reason = 'x' WHERE state = 'DONE'", "nor a finished one"),
    (
        MINT,
        "cash_mint_is_fixed",
        f"UPDATE {MINT} SET state = 'DONE', entry_id = (SELECT min(id) FROM settlement_cashentry)"
        " WHERE amount_minor = 40",
        "DONE only by the final log",
    ),
    (MINT, "cash_mint_ended_by_entry", f"UPDATE {MINT} SET state = 'RELEASED' WHERE state = 'CREDITED'", "ended_by"),
    (MINT, "cash_mint_is_kept_no_delete", f"DELETE FROM {MINT} WHERE state = 'CREDITED'", "never rewritten or removed"),
    (
        INSTRUCTION,
        "cash_issued_on_credit",
        f"UPDATE {INSTRUCTION} SET state = 'APPROVED' WHERE source_key = 'free:issue'",
        "confirmed and minted on a booked credit only",
    ),
    (
        BURN,
        "cash_burn_begins",
        f"INSERT INTO {BURN} (token_id, wallet_id, party_id, amount_minor, payee, instruction_id, bank_reference,"
        " state, reason, requested_by_id, requested_at) SELECT b.token_id, b.wallet_id, b.party_id, 5, b.payee, i.id,"
        f" '', 'REQUESTED', '', b.requested_by_id, b.requested_at FROM {BURN} b, {INSTRUCTION} i"
        " WHERE b.state = 'REQUESTED' AND i.source_key = 'free:issue'",
        "begins with the burn of the same tokens",
    ),
    (
        BURN,
        "cash_burn_before_pay_out",
        f"UPDATE {BURN} SET payee = 'gAAAA' WHERE state = 'REQUESTED'",
        "never changes",
    ),
    (
        BURN,
        "cash_burn_before_pay_out",
        f"UPDATE {BURN} SET state = 'PAID', bank_reference = 'x',"
        " burn_entry_id = (SELECT min(id) FROM settlement_cashentry),"
        " payout_entry_id = (SELECT max(id) FROM settlement_cashentry) WHERE state = 'REQUESTED'",
        "burned by a final log, then paid",
    ),
    (BURN, "cash_burn_burned_has_entry", f"UPDATE {BURN} SET state = 'BURNED' WHERE state = 'BURNING'", "has_entry"),
    (
        BURN,
        "cash_burn_paid_has_entry",
        f"UPDATE {BURN} SET bank_reference = 'x' WHERE state = 'REQUESTED'",
        "cash_burn_paid_has_entry",
    ),
]


@pytest.fixture(scope="module")
def owner(clone: Clone) -> Iterator[psycopg.Connection[Any]]:
    """The owner of a clone with a finished mint, one that waits, a credit nobody minted yet, and two pay-outs."""
    with clone.filling():
        token, wallet, key = world.cash_token(), world.wallet(), desk.fiscal_agent()
        desk.minted(wallet, key, 700)
        waiting = desk.credit(wallet, 500, reference="FREE")
        desk.credit(wallet, 40)
        settlement = world.settlements(world.token(), 5)[0]
        world.pay(settlement)
        desk.request(wallet, 100)
        burning = desk.request(wallet, 50)
        desk.approve_burn(burning)
        cash_advance(now=desk.NOW)
        world.settle(burning.instruction.__class__.objects.get(pk=burning.instruction_id))
        free = world.instruction(token, "ISSUE", 500, source_key="free:issue", wallet=wallet)
        world.instruction(token, "CONFIRM", 500, source_key="free:confirm", linked_to=free)
        assert waiting.state == "CREDITED"
    with clone.as_owner() as connection:
        # The credit of 500 has its mint already: a copy is let past that rule, so that the trigger alone refuses it.
        connection.execute("ALTER TABLE cash_cashmint DROP CONSTRAINT cash_cashmint_receipt_id_key")
        yield connection


@pytest.mark.parametrize(("table", "guard", "statement", "words"), GUARDS)
def test_with_the_guard_off_it_would_pass(
    owner: psycopg.Connection[Any], table: str, guard: str, statement: str, words: str
) -> None:
    before = owner.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()  # noqa: S608 our own table names
    guard_is_what_refuses(owner, table=table, guard=guard, statement=statement, words=words)
    assert owner.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() == before  # noqa: S608
