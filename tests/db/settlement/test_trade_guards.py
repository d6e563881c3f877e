"""Each guard of trades is what refuses: the same statement, as the owner, with it off. And rivals relay once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from django.db import connections

from contracts.outbox.models import Intent
from custody.settlement.trades.models import Trade
from custody.settlement.trades.services import trades_advance
from tests.factories.ledger import NOW
from tests.factories.trades import Floor
from tests.support.clones import Clone
from tests.support.controls import guard_is_what_refuses

T = "trades_trade"
LOG = "(SELECT id FROM indexer_log WHERE topics[2] = (SELECT digest FROM trades_trade WHERE units = 11))"
MOVED = "(SELECT id FROM indexer_log WHERE tx_hash = (SELECT tx_hash FROM indexer_log WHERE id = {log}) AND address = "
UNITS = MOVED.format(log=LOG) + "(SELECT address FROM tokenisation_tokencontract WHERE series_id IS NOT NULL LIMIT 1))"
CASH = MOVED.format(log=LOG) + "(SELECT address FROM tokenisation_tokencontract WHERE series_id IS NULL))"


def settled(where: str, *, units: str = UNITS, cash: str = CASH) -> str:
    logs = f"settled_log_id = {LOG}, units_log_id = {units}, cash_log_id = {cash}"
    return f"UPDATE {T} SET state = 'SETTLED', {logs} WHERE {where}"  # noqa: S608 our own words


ANOTHER = (
    "INSERT INTO trades_trade (token_id, cash_id, units, amount_minor, chain_id, contract, valid_until, digest, "
    "proposed_by_id, proposed_at, state, reason) "
    "SELECT token_id, cash_id, {units}, 1, chain_id, contract, valid_until, "
    "'0x' || repeat('{digit}', 64), proposed_by_id, proposed_at, 'PROPOSED', '' FROM trades_trade WHERE units = 10"
)
# By their units: 10 is proposed, 11 is signed and its logs are posted, 12 is signed, 13 is declined, 14 has no sides.
GUARDS = [
    (T, "trade_is_fixed", f"UPDATE {T} SET amount_minor = 1 WHERE units = 12", "trade_is_fixed"),
    (T, "trade_is_fixed", f"UPDATE {T} SET valid_until = now() WHERE units = 12", "trade_is_fixed"),
    (T, "trade_is_fixed", f"UPDATE {T} SET state = 'PROPOSED' WHERE units = 13", "trade_is_fixed"),
    (T, "trade_signed_by_both", f"UPDATE {T} SET state = 'SIGNED' WHERE units = 10", "trade_signed_by_both"),
    (T, "trade_settled_finally", settled("units = 12"), "trade_settled_finally"),
    (T, "trade_settled_finally", settled("units = 11", units=CASH, cash=UNITS), "trade_settled_finally"),
    (T, "trade_settled_by_logs", f"UPDATE {T} SET settled_log_id = {LOG} WHERE units = 12", "trade_settled_by_logs"),
    (T, "trade_expires_by_the_chain", f"UPDATE {T} SET state = 'EXPIRED' WHERE units = 12", "trade_expires_by_the"),
    (T, "trade_sent_by_intent", f"UPDATE {T} SET state = 'SENT' WHERE units = 12", "trade_sent_by_intent"),
    (T, "trade_state", f"UPDATE {T} SET state = 'PAID' WHERE units = 12", "trade_state"),
    (T, "trade_positive", ANOTHER.format(units=0, digit=8), "trade_positive"),
    ("trades_tradeside", "append_only_no_change", "UPDATE trades_tradeside SET nonce = nonce + 99", "never rewritten"),
    (
        "trades_tradesignature",
        "append_only_no_change",
        "UPDATE trades_tradesignature SET signature = '0x' || repeat('0', 130)",
        "never rewritten",
    ),
    (
        "trades_tradeside",
        "trade_nonce_once",
        "INSERT INTO trades_tradeside (trade_id, role, party_id, wallet_id, nonce) "
        "SELECT t.id, s.role, s.party_id, s.wallet_id, s.nonce FROM trades_tradeside s, trades_trade t "
        "WHERE t.units = 14 LIMIT 1",
        "trade_nonce_once",
    ),
    (
        "trades_tradesignature",
        "trade_signature_hex",
        "INSERT INTO trades_tradesignature (side_id, signature, signed_by_id, signed_at) "
        "SELECT s.id, '0x12', g.signed_by_id, g.signed_at FROM trades_tradeside s, trades_tradesignature g "
        "WHERE s.trade_id = (SELECT id FROM trades_trade WHERE units = 10) LIMIT 1",
        "trade_signature_hex",
    ),
]


@pytest.fixture(scope="module")
def owner(clone: Clone) -> Iterator[psycopg.Connection[Any]]:
    with clone.filling():
        floor = Floor()
        floor.funded(100, 10_000_000)
        floor.propose(units=10)
        trade = floor.signed(units=11)
        floor.signed(units=12)
        declined = floor.propose(units=13)
        Trade.objects.filter(pk=declined.pk).update(state="FAILED")
        floor.settle(trade)
        floor.books.mine_and_post()
    with clone.as_owner() as connection:
        connection.execute(ANOTHER.format(units=14, digit=9))
        yield connection


@pytest.mark.parametrize(
    ("table", "guard", "statement", "words"), GUARDS, ids=[f"{n}-{row[1]}" for n, row in enumerate(GUARDS)]
)
def test_with_the_guard_off_it_would_pass(
    owner: psycopg.Connection[Any], table: str, guard: str, statement: str, words: str
) -> None:
    before = owner.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
    guard_is_what_refuses(owner, table=table, guard=guard, statement=statement, words=words)
    assert owner.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() == before


def test_the_right_logs_pass_every_guard(owner: psycopg.Connection[Any]) -> None:
    owner.execute("BEGIN")
    assert owner.execute(settled("units = 11")).rowcount == 1
    owner.execute("ROLLBACK")


def test_two_bells_at_once_relay_once(fresh_db: str) -> None:
    floor = Floor()
    for _ in range(3):
        floor.signed()

    def bell() -> int:
        try:
            return trades_advance(now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        moved = [done.result() for done in [pool.submit(bell), pool.submit(bell)]]
    assert sum(moved) == 3
    assert Intent.objects.count() == 3
    assert set(Trade.objects.values_list("state", flat=True)) == {"SENT"}
