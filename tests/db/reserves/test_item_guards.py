"""What the database itself refuses about items, each guard alone, also to the owner of its tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.factories import reserves, vault_lists
from tests.support.clones import Clone
from tests.support.controls import guard_is_what_refuses
from tokenization.identity.approvals import approval_propose

ITEM, MOVE = "reserves_vaultitem", "reserves_vaultitemmove"
# Bars 0 and 1 are behind a token, 2 is free with an allocation that waits, 3 is pledged, 4 and 5 are free.
TOKEN = "(SELECT id FROM tokenisation_tokencontract WHERE currency = '{}' ORDER BY id LIMIT 1)"
GOLD, OIL = TOKEN.format("XAU"), TOKEN.format("OIL")
OTHER_GOLD = "(SELECT max(id) FROM tokenisation_tokencontract WHERE currency = 'XAU')"


def bar(position: int) -> str:
    return f"(SELECT id FROM {ITEM} WHERE serial = 'TS{position:05d}')"


def history(position: int, old: str, new: str, token: str = "NULL", approval: str = "", ahead: int = 1) -> str:
    decided = approval or "(SELECT max(approval_id) FROM reserves_vaultitemmove)"
    return (
        f"INSERT INTO {MOVE} (item_id, sequence, old_state, new_state, token_id, approval_id, reason, moved_by_id,"
        f" moved_at) SELECT id, moves + {ahead}, '{old}', '{new}', {token}, {decided}, '',"
        f" (SELECT min(id) FROM identity_user), '2026-03-02' FROM {ITEM} WHERE id = {bar(position)}"
    )


def moved(position: int, to: str, token: str = "NULL") -> str:
    return f"UPDATE {ITEM} SET state = '{to}', token_id = {token}, moves = moves + 1 WHERE id = {bar(position)}"


# Approved for bar 4 and the third token, but not executed: the database is tried between the two.
AGREED = "(SELECT id FROM identity_approval WHERE payload LIKE '%agreed on bar 4%')"
AGREED_PLEDGE = "(SELECT id FROM identity_approval WHERE payload LIKE '%agreed to pledge%')"
AGREED_TOKEN = "(SELECT max(id) FROM tokenisation_tokencontract)"
PENDING = "(SELECT max(id) FROM identity_approval WHERE state = 'PENDING')"
GUARDS = [
    # Never backing two things: a second token in its place, or pledged while it stays behind the first.
    (
        ITEM,
        "vault_item_moves_with_history",
        f"UPDATE {ITEM} SET token_id = {OTHER_GOLD}, moves = moves + 1 WHERE id = {bar(0)}",
        "vault_item_moves_with_history",
    ),
    (ITEM, "vault_item_moves_with_history", moved(4, "PLEDGED"), "vault_item_moves_with_history"),
    (
        MOVE,
        "vault_item_moves_by_decision",
        f"{history(4, 'FREE', 'ALLOCATED', GOLD)}; {moved(4, 'ALLOCATED', GOLD)}",
        "no approved approval holds this move",
    ),
    (
        MOVE,
        "vault_item_moves_by_decision",
        f"{history(2, 'FREE', 'ALLOCATED', GOLD, PENDING)}; {moved(2, 'ALLOCATED', GOLD)}",
        "no approved approval holds this move",
    ),
    # Approved, told in the history, and of another measure.
    (
        ITEM,
        "vault_item_of_one_measure",
        "UPDATE reserves_vault SET commodity = 'OIL';"
        f" {history(4, 'FREE', 'ALLOCATED', AGREED_TOKEN, AGREED)}; {moved(4, 'ALLOCATED', AGREED_TOKEN)}",
        "the token counts in another measure than the vault",
    ),
    # Pledged by decision, and still said to be behind its token.
    (
        ITEM,
        "vault_item_backs_one_token",
        f"{history(0, 'ALLOCATED', 'PLEDGED', GOLD, AGREED_PLEDGE)}; {moved(0, 'PLEDGED', GOLD)}",
        "vault_item_backs_one_token",
    ),
    (
        ITEM,
        "vault_item_begins_free",
        f"INSERT INTO {ITEM} (vault_id, form, key, brand, serial, year, tank, batch, certificate, gross_minor, assay,"
        " refiner_fine_minor, fine_minor, state, token_id, moves) SELECT vault_id, form, 'x', brand, 'x', year, '',"
        f" '', '', gross_minor, assay, refiner_fine_minor, fine_minor, 'ALLOCATED', {GOLD}, 0 FROM {ITEM}"
        f" WHERE id = {bar(4)}",
        "an item is written as FREE",
    ),
    (ITEM, "vault_item_is_itself", f"UPDATE {ITEM} SET serial = 'x' WHERE id = {bar(4)}", "which item it is"),
    (ITEM, "vault_item_positive", f"UPDATE {ITEM} SET fine_minor = 0 WHERE id = {bar(4)}", "vault_item_positive"),
    (
        ITEM,
        "vault_item_bar_once",
        f"INSERT INTO {ITEM} (vault_id, form, key, brand, serial, year, tank, batch, certificate, gross_minor, assay,"
        " refiner_fine_minor, fine_minor, state, moves) SELECT vault_id, form, 'x', lower(brand), lower(serial), year,"
        f" '', '', '', gross_minor, assay, refiner_fine_minor, fine_minor, 'FREE', 0 FROM {ITEM} WHERE id = {bar(4)}",
        "vault_item_bar_once",
    ),
    (
        ITEM,
        "vault_item_named_plainly",
        f"INSERT INTO {ITEM} (vault_id, form, key, brand, serial, year, tank, batch, certificate, gross_minor, assay,"
        " refiner_fine_minor, fine_minor, state, moves) SELECT vault_id, form, 'x', 'A  B', serial, year, '', '', '',"
        f" gross_minor, assay, refiner_fine_minor, fine_minor, 'FREE', 0 FROM {ITEM} WHERE id = {bar(4)}",
        "vault_item_named_plainly",
    ),
    (
        ITEM,
        "vault_item_batch_once",
        f"INSERT INTO {ITEM} (vault_id, form, key, brand, serial, tank, batch, certificate, fine_minor, state, moves)"
        " SELECT vault_id, form, 'x', '', '', lower(tank), batch, 'another', fine_minor, 'FREE', 0"
        f" FROM {ITEM} WHERE form = 'TANK'",
        "vault_item_batch_once",
    ),
    (MOVE, "append_only_no_change", f"UPDATE {MOVE} SET reason = 'x'", "rewritten or removed"),
]


@pytest.fixture(scope="module")
def owner(clone: Clone) -> Iterator[psycopg.Connection[Any]]:
    with clone.filling():
        gold = reserves.token("XAU")
        reserves.token("OIL")
        third = reserves.token("XAU")
        bars = reserves.bars(6)
        reserves.take(reserves.vault(vault_lists.TERMINAL, "OIL"), vault_lists.certificate(1))
        reserves.allocate(bars[:2], gold)
        reserves.decide("EncumberItems", bars[3:4], to="PLEDGED", holder="Bank of tests")
        payload = {"items": [bars[2].pk], "token": gold.pk, "reason": "waits"}
        maker = reserves.world.officer("DEBT_MAKER")
        approval_propose(action="custody.reserves.AllocateItems", payload=payload, actor=maker, now=reserves.NOW)
        agreed = {"items": [bars[4].pk], "token": third.pk, "reason": "agreed on bar 4"}
        approval_propose(action="custody.reserves.AllocateItems", payload=agreed, actor=maker, now=reserves.NOW)
        agreed = {"items": [bars[0].pk], "to": "PLEDGED", "holder": "x", "reason": "agreed to pledge"}
        approval_propose(action="custody.reserves.EncumberItems", payload=agreed, actor=maker, now=reserves.NOW)
        checker = reserves.world.officer("REGISTRAR_CHECKER").pk
    with clone.as_owner() as connection:
        connection.execute(
            "UPDATE identity_approval SET state = 'APPROVED', checker_id = %s, checker_house = 'REGISTRAR',"
            " decided_at = made_at, preview_at_decision = preview WHERE payload LIKE '%%agreed%%'",
            [checker],
        )
        yield connection


@pytest.mark.parametrize(("table", "guard", "statement", "words"), GUARDS)
def test_with_the_guard_off_it_would_pass(
    owner: psycopg.Connection[Any], table: str, guard: str, statement: str, words: str
) -> None:
    before = owner.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()  # noqa: S608 our own table names
    guard_is_what_refuses(owner, table=table, guard=guard, statement=statement, words=words)
    assert owner.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() == before  # noqa: S608
