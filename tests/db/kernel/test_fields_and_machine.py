"""What a field refuses holds for raw SQL too, and a state moves once however many try."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from custody.tokenisation.models import Wallet, wallet_machine
from tests.factories.ledger import address
from tokenization.kernel.errors import Conflict, Refused

HASH = "0x" + "ab" * 32
# A valid row of a table for each kind of field. Foreign keys are checked at commit, which never comes.
ROWS: dict[str, dict[str, Any]] = {
    "register_capentry": {
        "token_id": 1, "log_id": 1, "kind": "RAISED", "number": 1, "issue_number": 1, "units": 1,
        "registry_reference": "", "block_number": 1, "posted_at": "2026-01-01Z",
    },
    "register_position": {"token_id": 1, "account": "ISSUED", "units": 1},
    "tokenisation_wallet": {"address": address(0xA), "chain_state": "NONE", "proof_signature": "", "round": 0},
    "indexer_block": {
        "number": 1, "hash": HASH, "parent_hash": HASH, "timestamp": "2026-01-01Z", "final": False
    },
    "settlement_cashaccount": {"code": "X", "name": "x", "currency": "PKR", "kind": "BANK"},
    "settlement_cashleg": {"entry_id": 1, "account_id": 1, "amount_minor": 1},
}  # fmt: skip


def inserted(table: str, **changed: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table])
        columns = {name for (name,) in cursor.fetchall()}
        row = {name: value for name, value in (ROWS[table] | changed).items() if name in columns}
        names, marks = ", ".join(row), ", ".join(["%s"] * len(row))
        with transaction.atomic():
            cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))
            assert cursor.rowcount == 1


@pytest.fixture
def rolled_back(db: None) -> Any:
    """Rows whose foreign keys point nowhere: gone before anybody checks them."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.usefixtures("rolled_back")
@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("register_capentry", "units", 0),
        ("register_capentry", "units", 2**256 - 1),
        ("register_position", "units", -(2**255)),
        ("register_position", "units", 2**255 - 1),
        ("tokenisation_wallet", "address", "0x" + "0" * 40),
        ("indexer_block", "hash", "0x" + "f" * 64),
        ("settlement_cashaccount", "currency", "USD"),
        ("settlement_cashleg", "amount_minor", -(2**63)),
        ("settlement_cashleg", "amount_minor", 2**63 - 1),
    ],
)
def test_the_ends_of_the_range_are_inside(table: str, column: str, value: Any) -> None:
    """Control: the same INSERT passes with the last good value."""
    inserted(table, **{column: value})


@pytest.mark.usefixtures("rolled_back")
@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("register_capentry", "units", -1),
        ("register_capentry", "units", 2**256),
        ("register_position", "units", -(2**255) - 1),
        ("register_position", "units", 2**255),
        ("tokenisation_wallet", "address", "0x" + "A" * 40),
        ("tokenisation_wallet", "address", "0x" + "a" * 39),
        ("tokenisation_wallet", "address", "0x" + "g" * 40),
        ("tokenisation_wallet", "address", "00" + "a" * 40),
        ("tokenisation_wallet", "address", ""),
        ("indexer_block", "hash", "0x" + "F" * 64),
        ("indexer_block", "hash", "0x" + "f" * 63),
        ("settlement_cashaccount", "currency", "usd"),
        ("settlement_cashaccount", "currency", "US"),
        ("settlement_cashaccount", "currency", "U$D"),
    ],
)
def test_a_raw_insert_meets_the_field_s_check(table: str, column: str, value: Any) -> None:
    with pytest.raises(IntegrityError, match=f'"{table}_{column}_check"'):
        inserted(table, **{column: value})
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        assert cursor.fetchone() == (0,)


@pytest.mark.usefixtures("rolled_back")
@pytest.mark.parametrize(("value", "stored"), [("1.4", 1), ("-0.4", 0)])
def test_a_fraction_never_stands_in_a_column_of_units(value: str, stored: int) -> None:
    """NUMERIC(78, 0) rounds what raw SQL gives it; no fraction is ever stored."""
    inserted("register_position", units=value)
    with connection.cursor() as cursor:
        cursor.execute("SELECT units FROM register_position")
        assert cursor.fetchone() == (stored,)


@pytest.mark.usefixtures("rolled_back")
@pytest.mark.parametrize("value", ["9223372036854775808", "-9223372036854775809"])
def test_money_beyond_a_bigint_is_refused(value: str) -> None:
    with pytest.raises(Exception, match="out of range"):
        inserted("settlement_cashleg", amount_minor=value)


# Machine.move --------------------------------------------------------------------------------------------------------


def shown(row: Wallet) -> tuple[str, Any]:
    return Wallet.objects.values_list("chain_state", "recorded_expiry").get(pk=row.pk)


@pytest.mark.django_db
def test_the_second_of_two_who_saw_the_same_state_is_a_conflict() -> None:
    row = Wallet.objects.create(address=address(0xA), chain_state="NONE")
    first, second = Wallet.objects.get(pk=row.pk), Wallet.objects.get(pk=row.pk)
    wallet_machine.move(first, "SENT", recorded_expiry=7)
    assert (first.chain_state, first.recorded_expiry) == ("SENT", 7)
    with pytest.raises(Conflict, match="is no longer NONE"):
        wallet_machine.move(second, "SENT", recorded_expiry=8)
    assert shown(row) == ("SENT", 7)
    assert (second.chain_state, second.recorded_expiry) == ("NONE", row.recorded_expiry)


@pytest.mark.django_db
def test_a_move_that_is_not_declared_is_refused_and_a_row_that_is_gone_is_a_conflict() -> None:
    row = Wallet.objects.create(address=address(0xA), chain_state="NONE")
    before = shown(row)
    with pytest.raises(Refused, match="cannot become NOWHERE"):
        wallet_machine.move(row, "NOWHERE")
    assert shown(row) == before
    Wallet.objects.filter(pk=row.pk).delete()
    with pytest.raises(Conflict):
        wallet_machine.move(row, "SENT")


@pytest.mark.django_db
def test_a_state_nobody_declared_is_refused_by_the_database() -> None:
    row = Wallet.objects.create(address=address(0xA), chain_state="NONE")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE tokenisation_wallet SET chain_state = 'NOWHERE'")
    assert shown(row)[0] == "NONE"


def test_of_eight_at_once_one_moves_it(fresh_db: str) -> None:
    row = Wallet.objects.create(address=address(0xA), chain_state="NONE")
    start, outcomes = threading.Barrier(8), []

    def work(number: int) -> None:
        try:
            mine = Wallet.objects.get(pk=row.pk)
            start.wait(30)
            wallet_machine.move(mine, "SENT", recorded_expiry=number)
            outcomes.append(number)
        except Conflict:
            outcomes.append(-1)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes)[:7] == [-1] * 7
    assert shown(row) == ("SENT", max(outcomes))
