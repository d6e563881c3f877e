"""Matching a large file of the bank, beside one SQL join of the same rows in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from psycopg import sql

from custody.registries.models import SettlementAccount
from custody.settlement.services.matching import match_entries
from tests.bench.conftest import Record
from tests.factories import bank
from tests.factories import ledgerless as world
from tests.support.database import TestCluster
from tokenization.local.postgres import SUPERUSER

LINES = 100_000
# As many purchases as there are lines, each open and each with its own reference; what they hang on is one row's.
OPEN = """INSERT INTO settlement_settlementinstruction
    SELECT made.* FROM settlement_settlementinstruction s, generate_series(1, %(lines)s) n,
        LATERAL jsonb_populate_record(s, jsonb_build_object('id', 1000000 + n, 'allotment_id', 1000000 + n,
            'payment_reference', 'XXTEST777777-' || to_char(n, 'FM00000000'), 'amount_minor', 1000000 + n,
            'issue_instruction_id', 1000000 + n, 'confirm_instruction_id', 3000000 + n)) made
    WHERE s.id = %(row)s"""
# Retyped as people do, in no order; one in ten is short, and one in twenty names nothing.
TOLD = """INSERT INTO registries_bankentry (account_id, reference, credit, amount_minor, reversal, booking_date,
    value_date, end_to_end_id, remittance, quoted)
    SELECT a.id, 'BENCH-' || n, true, 1000000 + n - CASE WHEN n %% 10 = 0 THEN 1 ELSE 0 END, false, '2026-07-01',
        '2026-07-01', 'E2E' || to_char(n, 'FM00000000'), '', ARRAY['E2E' || to_char(n, 'FM00000000'),
            CASE WHEN n %% 20 = 1 THEN 'NOBODY' ELSE 'XXTEST777777' || to_char(n, 'FM00000000') END,
            'XXTEST777777', to_char(n, 'FM00000000')]::varchar[]
    FROM registries_settlementaccount a, generate_series(1, %(lines)s) n ORDER BY hashint8(n)"""
JOIN = """CREATE TEMPORARY TABLE joined ON COMMIT DROP AS
    SELECT e.id AS entry_id, e.reference, e.amount_minor, s.id AS settlement_id, s.payment_reference, s.state,
        s.amount_minor AS due_minor, s.allotment_id
    FROM registries_bankentry e JOIN settlement_settlementinstruction s
        ON regexp_replace(upper(s.payment_reference), '[^A-Z0-9]', '', 'g') = e.quoted[2]"""


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@pytest.fixture
def filled(fresh_db: str, postgres: TestCluster) -> SettlementAccount:
    bank.account()
    (row,) = world.settlements(world.token(), 10)
    with psycopg.connect(postgres.url(fresh_db, SUPERUSER), autocommit=True) as owner:
        # Foreign keys and guards are not what is measured here: the rows of other rooms are left out.
        # The join that is the measure makes a temporary table; the application itself may not.
        owner.execute(sql.SQL("GRANT TEMPORARY ON DATABASE {} TO PUBLIC").format(sql.Identifier(fresh_db)))
        owner.execute("SET session_replication_role = replica")
        owner.execute(OPEN, {"lines": LINES, "row": row.pk})
        owner.execute(TOLD, {"lines": LINES})
        owner.execute("VACUUM ANALYZE")
    return SettlementAccount.objects.get()


@pytest.mark.timeout(900)
def test_matching_a_file(filled: SettlementAccount, record: Record) -> None:
    """Every line decided: which purchase it names, whether the journal has it, exact, short or unknown."""
    facts: dict[str, Any] = {"account": filled.pk, "currency": "PKR", "now": world.NOW}
    ours, reference = [], []
    for _ in range(3):
        with transaction.atomic(), connection.cursor() as cursor:
            reference.append(seconds(lambda cursor=cursor: cursor.execute(JOIN)))  # type: ignore[misc]
            transaction.set_rollback(True)
        with transaction.atomic(), connection.cursor() as cursor:
            ours.append(seconds(lambda cursor=cursor: match_entries(cursor, facts)))  # type: ignore[misc]
            cursor.execute("SELECT kind, count(*) FROM settlement_bankverdict GROUP BY kind ORDER BY kind")
            told = dict(cursor.fetchall())
            transaction.set_rollback(True)
    assert told == {"PAID": 85_000, "SHORT": 10_000, "UNKNOWN": 5_000}
    record(
        name=f"match {LINES:,} bank lines with {LINES:,} open references / one SQL join of them",
        unit="s",
        ours=min(ours),
        reference=min(reference),
        aim=4,
    )
