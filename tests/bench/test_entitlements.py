"""A coupon with tax for a million holders, beside one bare INSERT ... SELECT of the same rules: into a table without
keys to others and without triggers."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import connection, transaction

from custody.servicing import entitlement_sql
from custody.servicing.models import ServicingEvent
from custody.servicing.services import event_record
from custody.servicing.services.record import _values
from tests.bench.conftest import Record
from tests.factories.servicing import Bond
from tests.support.database import TestCluster
from tokenization.local.postgres import SUPERUSER

HOLDERS = 1_000_000
MEGABYTES = 500
# As they would stand after years of trading; triggers are off only while the market is filled.
FILLED = """
    SET session_replication_role = replica;
    INSERT INTO identity_party (id, reference, name, kind, country, category)
        SELECT 1000 + n, 'H' || n, 'Holder ' || n, 'PERSON', 'PK', 'RESIDENT' FROM generate_series(1, {holders}) n;
    INSERT INTO tokenisation_wallet (id, address, proof_signature, chain_state, round)
        SELECT 1000 + n, '0x' || lpad(to_hex(n + 68719476736), 40, '0'), '', 'NONE', 0
        FROM generate_series(1, {holders}) n;
    INSERT INTO tokenisation_walletholder (wallet_id, party_id, valid_from)
        SELECT 1000 + n, 1000 + n, '2026-07-01' FROM generate_series(1, {holders}) n;
    INSERT INTO servicing_taxstatus (party_id, status, source, valid_from, approval_id)
        SELECT 1000 + n, CASE n % 3 WHEN 1 THEN 'FILER' ELSE 'NON_FILER' END, 'list', '2026-07-01', 1
        FROM generate_series(1, {holders}) n WHERE n % 3 > 0;
    INSERT INTO indexer_log (id, block_id, log_index, tx_hash, tx_index, address, topics, data)
        SELECT 1000000 + n, 100, n, '0x' || repeat('0', 64), 0, '{token}', ARRAY[]::varchar[], ''
        FROM generate_series(0, {holders} / 10000) n;
    INSERT INTO register_entry (token_id, log_id, leg, account, units, cause, block_number, block_hash, posted_at)
        SELECT {pk}, 1000000 + n / 10000, n % 10000, '0x' || lpad(to_hex(n + 68719476736), 40, '0'), 1 + n % 97,
               'UNEXPLAINED', 100, '0x' || repeat('0', 64), '2026-07-01' FROM generate_series(1, {holders}) n;
    UPDATE register_registercursor SET log_id = 2000000;
    SET session_replication_role = origin;
    ANALYZE;
"""


def seconds_and_megabytes(work: object) -> tuple[float, float]:
    """Of this process: the most it held while it worked, from the kernel's own mark."""
    assert callable(work)
    Path("/proc/self/clear_refs").write_text("5")
    start = time.perf_counter()
    work()
    taken = time.perf_counter() - start
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return taken, int(found.group(1)) / 1024


@pytest.fixture
def coupon(fresh_db: str, postgres: TestCluster) -> tuple[Bond, ServicingEvent]:
    bond = Bond()
    for status, rate in (("FILER", 1_500), ("NON_FILER", 3_000)):
        bond.rule(status, rate, "COUPON")
    event = bond.coupon(1)
    bond.mine_and_post()
    with psycopg.connect(postgres.url(fresh_db, SUPERUSER), autocommit=True) as owner:
        owner.execute(FILLED.format(holders=HOLDERS, token=bond.token.address, pk=bond.token.pk))
    bond.mine(at=event.record_at)
    bond.mine(at=event.record_at + timedelta(seconds=1))
    bond.post()
    return bond, event


@pytest.mark.timeout(1800)
def test_entitlements(coupon: tuple[Bond, ServicingEvent], record: Record) -> None:
    bond, event = coupon
    reference = _bare(event)
    ours, megabytes = seconds_and_megabytes(lambda: event_record(event=event, now=bond.payday))
    event.refresh_from_db()
    units = sum(1 + n % 97 for n in range(1, HOLDERS + 1))
    assert (event.state, event.total_minor, event.residual_minor) == ("RECORDED", units * 6_250, 0)
    due = [(1 + n % 97) * 6_250 * (1_500 if n % 3 == 1 else 3_000) for n in range(1, HOLDERS + 1)]
    assert event.tax_minor == sum((2 * base + 10_000) // 20_000 for base in due)
    assert event.entitlements.count() == HOLDERS
    name = f"write {HOLDERS:,} entitlements with tax"
    record(name=f"{name} / one INSERT ... SELECT of the same rules", unit="s", ours=ours, reference=reference, aim=4)
    record(name=f"{name}, most memory / {MEGABYTES} MB", unit="MB", ours=megabytes, reference=MEGABYTES, aim=1)


def _bare(event: ServicingEvent) -> float:
    block = event.token.entries.earliest("block_number").log.block
    statement = entitlement_sql.INSERT.replace("INSERT INTO servicing_entitlement", "INSERT INTO copied")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE copied (LIKE servicing_entitlement INCLUDING ALL) ON COMMIT DROP")
        start = time.perf_counter()
        cursor.execute(statement, _values(event, block))
        taken = time.perf_counter() - start
        assert cursor.rowcount == HOLDERS
        transaction.set_rollback(True)
    return taken
