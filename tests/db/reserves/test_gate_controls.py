"""Each gate alone, as the owner of the tables: refused with it, and nothing else refuses without it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from custody.reserves.services import attestations_advance, redemptions_advance
from tests.db.reserves.test_redemptions import FIRST, Held, burn
from tests.factories.examined import NOW
from tests.support.clones import Clone
from tests.support.controls import guard_is_what_refuses

INSTRUCTION, REDEMPTION = "instructions_instruction", "reserves_physicalredemption"
ITEM, ORDER, WORD = "reserves_redemptionitem", "reserves_releaseorder", "reserves_reserveattestation"
BURNED, AGREED, ASKED = (
    f"(SELECT id FROM {REDEMPTION} WHERE state = '{state}')" for state in ("BURNING", "APPROVED", "REQUESTED")
)
GATES = [
    (
        INSTRUCTION,
        "reserve_backs_issue",
        f"UPDATE {INSTRUCTION} SET state = 'SENT' WHERE kind = 'ISSUE' AND state = 'APPROVED'",
        "are needed and 793736 are eligible",
    ),
    (
        INSTRUCTION,
        "reserve_burn_for_items",
        f"UPDATE {REDEMPTION} SET state = 'BURNING' WHERE id = {AGREED};"
        f" UPDATE {INSTRUCTION} SET state = 'SENT' WHERE kind = 'REDEEM' AND state = 'APPROVED'",
        "burned for chosen items",
    ),
    (
        REDEMPTION,
        "physical_redemption_no_burn_without_order",
        f"UPDATE {REDEMPTION} SET state = 'BURNED' WHERE id = {BURNED}",
        "burned units and no release order",
    ),
    (
        ORDER,
        "release_order_after_burn",
        f"INSERT INTO {ORDER} (redemption_id, file_id, ordered_at) SELECT r.id, (SELECT max(id) FROM files_storedfile),"
        f" r.requested_at FROM {REDEMPTION} r WHERE r.id = {AGREED}",
        "before the final log of its burn",
    ),
    (
        ITEM,
        "redemption_item_asked_once",
        f"INSERT INTO {ITEM} (redemption_id, item_id, fine_minor, live) SELECT {ASKED}, i.item_id, i.fine_minor, true"
        f" FROM {ITEM} i WHERE i.redemption_id = {AGREED}",
        "redemption_item_asked_once",
    ),
    (
        WORD,
        "reserve_attestation_counts_when_final",
        f"UPDATE {WORD} SET state = 'IN_FORCE' WHERE state = 'RELAYED'",
        "not in a final block",
    ),
    (WORD, "reserve_attestation_is_fixed", f"UPDATE {WORD} SET encumbered_minor = 1", "never changes"),
]


@pytest.fixture(scope="module")
def owner(clone: Clone) -> Iterator[psycopg.Connection[Any]]:
    """A redemption whose burn is final, one approved, one asked for; an issue too large; a word not final yet."""
    with clone.filling():
        case = Held()
        first = case.ask(0)
        case.approve(first)
        redemptions_advance(now=NOW)
        burn(first)
        case.approve(case.ask(1))
        case.ask(2)
        case.sendable(FIRST + 1)
        case.signed()
        attestations_advance(now=NOW)
    with clone.as_owner() as connection:
        yield connection


@pytest.mark.parametrize(("table", "guard", "statement", "words"), GATES, ids=[row[1] for row in GATES])
def test_with_the_gate_off_it_would_pass(
    owner: psycopg.Connection[Any], table: str, guard: str, statement: str, words: str
) -> None:
    before = owner.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()  # noqa: S608 our own table names
    guard_is_what_refuses(owner, table=table, guard=guard, statement=statement, words=words)
    assert owner.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() == before  # noqa: S608
