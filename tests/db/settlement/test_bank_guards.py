"""What the database refuses of the bank's word and of suspense by itself: as the application, and controls as owner."""

from __future__ import annotations

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from custody.registries.models import BankEntry, BankStatement
from custody.registries.services import bank_file_import
from custody.settlement.models import BankBooking, CashEntry, SettlementInstruction, SuspenseItem
from tests.factories import bank
from tests.factories import ledgerless as world
from tests.support.controls import guard_is_what_refuses
from tests.support.database import TestCluster
from tokenization.kernel.append_only import append_only_models
from tokenization.local.postgres import OWNER

STATEMENT = """INSERT INTO registries_bankstatement (account_id, file_id, format, identification, electronic_number,
    legal_number, opening_on, opening_minor, closing_on, closing_minor, line_count, imported_at, imported_by_id)
    SELECT account_id, (SELECT id FROM files_storedfile f WHERE NOT EXISTS
        (SELECT FROM registries_bankstatement s WHERE s.file_id = f.id) ORDER BY id LIMIT 1),
        format, 'RAW', {number}, {legal}, opening_on, {opening}, closing_on, {closing}, {lines}, imported_at,
        imported_by_id FROM registries_bankstatement WHERE electronic_number = 1"""
ENTRY = """INSERT INTO registries_bankentry (account_id, reference, credit, amount_minor, reversal, booking_date,
    value_date, end_to_end_id, remittance, quoted)
    SELECT account_id, '{reference}', true, {amount}, false, booking_date, value_date, '', '', '{{}}'
    FROM registries_bankentry WHERE reference = 'B-1'"""
NOTIFIED = ENTRY.replace("(account_id,", "(notification_id, account_id,").replace("B-1", "B-8")
NOTIFIED = NOTIFIED.replace("SELECT account_id", "SELECT notification_id, account_id")
LINE = """INSERT INTO registries_bankstatementline (statement_id, entry_id, position)
    SELECT s.id, e.id, 9 FROM registries_bankstatement s, registries_bankentry e WHERE e.reference = 'B-8'"""
BOOKING = """INSERT INTO settlement_bankbooking (entry_id, verdict, cash_entry_id, reason, booked_at)
    SELECT e.id, '{verdict}', {cash}, '', now() FROM registries_bankentry e WHERE e.reference = 'B-8'"""
BY_HAND = "(SELECT id FROM settlement_cashentry WHERE bank_reference = 'BY-HAND')"
TAKEN_OUT = """UPDATE settlement_suspenseitem SET state = 'APPLIED', apply_entry_id = {entry}
    WHERE bank_reference = 'B-2'"""


def filled() -> SettlementInstruction:
    """A statement of a paid purchase and of money held, a notified credit that is not booked, one receipt by hand."""
    bank.account()
    row, other = world.settlements(world.token(), 10, 20)
    bank.take(
        bank.statement(
            bank.credit("B-1", row.amount_minor, row.payment_reference),
            bank.credit("B-2", 700, "nothing"),
            legal_number=4,
        )
    )
    world.pay(other, reference="BY-HAND")
    told = bank.camt054(bank.notification(bank.credit("B-8", 5)))
    bank_file_import(content=told, name="n.xml", actor=bank.officer(), now=world.NOW)
    return row


CLOSING = "(SELECT closing_minor FROM registries_bankstatement)"
NEXT = {"number": 2, "legal": "5", "opening": CLOSING, "closing": CLOSING, "lines": 0}
CASES = [
    ("registries_bankstatement", "bank_statement_follows", STATEMENT.format(**NEXT | {"number": 3})),
    ("registries_bankstatement", "bank_statement_follows", STATEMENT.format(**NEXT | {"legal": "7"})),
    (
        "registries_bankstatement",
        "bank_statement_follows",
        STATEMENT.format(**NEXT | {"opening": f"{CLOSING} + 1", "closing": f"{CLOSING} + 1"}),
    ),
    ("registries_bankstatement", "bank_statement_adds_up", STATEMENT.format(**NEXT | {"closing": f"{CLOSING} + 1"})),
    ("registries_bankstatement", "bank_statement_adds_up", STATEMENT.format(**NEXT | {"lines": 1})),
    ("registries_bankstatementline", "bank_statement_is_whole", LINE),
    ("registries_bankentry", "bank_entry_has_source", ENTRY.format(reference="RAW", amount=5)),
    ("registries_bankentry", "bank_entry_once", NOTIFIED.format(reference="B-8", amount=5)),
    ("registries_bankentry", "bank_entry_positive", NOTIFIED.format(reference="RAW", amount=0)),
    ("settlement_bankbooking", "bank_booking_fits", BOOKING.format(verdict="KNOWN", cash=BY_HAND)),
    ("settlement_bankbooking", "bank_booking_has_entry", BOOKING.format(verdict="PAID", cash="NULL")),
    ("settlement_suspenseitem", "suspense_is_conserved", TAKEN_OUT.format(entry=BY_HAND)),
    (
        "settlement_suspenseitem",
        "suspense_item_is_fixed",
        "UPDATE settlement_suspenseitem SET amount_minor = amount_minor + 1",
    ),
    ("settlement_suspenseitem", "suspense_leaves_once", "UPDATE settlement_suspenseitem SET apply_entry_id = entry_id"),
]


def counted() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (BankStatement, BankEntry, BankBooking, CashEntry, SuspenseItem))


def test_each_guard_is_what_refuses_raw_sql(fresh_db: str, postgres: TestCluster) -> None:
    filled()
    before = counted()
    with psycopg.connect(postgres.url(fresh_db, OWNER), autocommit=True) as owner:
        for table, guard, statement in CASES:
            guard_is_what_refuses(owner, table=table, guard=guard, statement=statement, words=guard)
    assert counted() == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    "table",
    [
        *("registries_bankstatement", "registries_banknotification", "registries_bankentry"),
        *("registries_bankstatementline", "registries_settlementaccount", "settlement_bankbooking"),
    ],
)
def test_the_banks_word_is_never_rewritten(table: str) -> None:
    filled()
    assert table in {model._meta.db_table for model in append_only_models()}
    for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
        with pytest.raises(DatabaseError, match="refused|denied"), transaction.atomic():
            connection.cursor().execute(statement)


@pytest.mark.django_db
def test_an_item_of_suspense_is_never_deleted() -> None:
    filled()
    with pytest.raises(DatabaseError, match="refused|denied"), transaction.atomic():
        connection.cursor().execute("DELETE FROM settlement_suspenseitem")
    assert SuspenseItem.objects.count() == 1
