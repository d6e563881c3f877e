"""What the database refuses of corrections by itself: raw SQL as the owner, and a control with each guard away."""

from __future__ import annotations

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from custody.registries.models import BankEntry
from custody.registries.services import bank_file_import
from custody.settlement.models import BankCorrection, CashEntry, CashLeg, SuspenseItem
from tests.factories import bank, typed
from tests.factories import ledgerless as world
from tests.support.controls import guard_is_what_refuses
from tests.support.database import TestCluster
from tokenization.kernel.append_only import append_only_models
from tokenization.local.postgres import OWNER

LINE = """(SELECT b.id FROM settlement_bankbooking b JOIN registries_bankentry e ON e.id = b.entry_id
    WHERE e.reference = '{}')"""
ENTRY = "(SELECT id FROM settlement_cashentry WHERE key = '{}')"
RAW = ENTRY.format("raw")
MADE = """INSERT INTO settlement_cashentry (key, kind, at, words, bank_reference)
    VALUES ('raw', '{}', now(), '', '')"""
LEG = """INSERT INTO settlement_cashleg (entry_id, account_id, amount_minor)
    SELECT {raw}, id, {minor} FROM settlement_cashaccount WHERE code = '{account}-PKR'"""
ITEM = """INSERT INTO settlement_suspenseitem
    (entry_id, amount_minor, currency, bank_reference, payment_reference, kind, reason, state)
    VALUES ({entry}, {minor}, 'PKR', 'R', '', '{kind}', '', 'HELD')"""
CORRECTED = """INSERT INTO settlement_bankcorrection
    (booking_id, wrong_entry_id, entry_id, difference_minor, reason, evidence_id, approval_id, corrected_at)
    SELECT {line}, {wrong}, {raw}, {minor}, '{reason}', f.id, (SELECT min(id) FROM identity_approval), now()
    FROM files_storedfile f WHERE f.name = 'advice.txt'"""
BOOKED = """INSERT INTO settlement_bankbooking (entry_id, verdict, cash_entry_id, reason, booked_at)
    SELECT e.id, 'KNOWN', {}, '', now() FROM registries_bankentry e WHERE e.reference = 'B-8'"""
REPLACED = """UPDATE settlement_suspenseitem SET state = 'APPLIED', apply_entry_id = {} WHERE entry_id = {}"""


def posted(kind: str = "CORRECTION", **legs: int) -> str:
    """An entry `raw` with legs of these accounts."""
    made = [LEG.format(raw=RAW, minor=minor, account=account) for account, minor in legs.items()]
    return ";".join([MADE.format(kind), *made])


def held(minor: int, kind: str = "OVER", key: str = "raw") -> str:
    return ITEM.format(entry=ENTRY.format(key), minor=minor, kind=kind)


def corrected(minor: int = 5, of: str = "B-1", wrong: str = "receipt:B-1", reason: str = "typed wrong") -> str:
    return CORRECTED.format(line=LINE.format(of), wrong=ENTRY.format(wrong), raw=RAW, minor=minor, reason=reason)


def whole(minor: int = 5, kind: str = "CORRECTION", **more: str) -> str:
    """All of a correction: entry and legs, what it holds, and what it corrects."""
    return ";".join([posted(kind, BANK=minor, SUSPENSE=-minor), held(minor), corrected(minor, **more)])


TAKEN = REPLACED.format(RAW, ENTRY.format("receipt:B-4"))
CORRECTIONS, ENTRIES, ITEMS = "settlement_bankcorrection", "settlement_cashentry", "settlement_suspenseitem"
CASES = [
    (CORRECTIONS, "bank_correction_fits", whole(4)),
    (CORRECTIONS, "bank_correction_fits", whole(-5).replace("OVER", "MISSING")),
    (CORRECTIONS, "bank_correction_fits", whole(wrong="receipt:B-4")),
    (CORRECTIONS, "bank_correction_fits", whole(of="B-3", wrong="receipt:B-3")),
    (CORRECTIONS, "bank_correction_fits", whole(kind="APPLY")),
    (CORRECTIONS, "bank_correction_fits", whole(40, of="B-5", wrong="sixty")),
    (CORRECTIONS, "bank_correction_is_conserved", ";".join([posted(BANK=5, SUSPENSE=-5), corrected()])),
    (CORRECTIONS, "bank_correction_is_conserved", ";".join([posted(BANK=5, SUSPENSE=-5), held(4), corrected()])),
    (CORRECTIONS, "bank_correction_has_reason", whole(reason="")),
    (ENTRIES, "cash_correction_is_named", ";".join([posted(BANK=5, SUSPENSE=-5), held(5)])),
    ("settlement_bankbooking", "bank_booking_not_corrected", BOOKED.format(ENTRY.format("receipt:B-2"))),
    (ITEMS, "suspense_positive", held(5, "MISSING", "receipt:B-3")),
    (ITEMS, "suspense_positive", held(-5, "OVER", "receipt:B-3")),
    (ITEMS, "suspense_is_conserved", ";".join([posted("APPLY", BANK=-100, SUSPENSE=100), held(500), TAKEN])),
]


def filled() -> None:
    """B-1 differs by 5 and waits; B-2 differed and was put right; B-3 paid; B-4 is held; B-8 is not booked.

    Two entries stand under B-5, which together are what the bank says.
    """
    first, second, third = world.settlements(world.token(), 10, 20, 30)
    world.pay(first, reference="B-1")
    wrong = world.pay(second, reference="B-2")
    world.pay(third, 700, reference="B-4")
    for key, minor in (("sixty", 60), ("forty", 40)):
        typed.funded(key, minor, "B-5")
    bank.account()
    bank.take(
        bank.statement(
            bank.credit("B-5", 100),
            bank.credit("B-1", first.amount_minor + 5),
            bank.credit("B-2", second.amount_minor + 9),
            bank.credit("B-3", third.amount_minor, third.payment_reference),
            bank.credit("B-4", 700),
        )
    )
    typed.put_right(BankEntry.objects.select_related("booking").get(reference="B-2"))
    assert BankCorrection.objects.get().wrong_entry == wrong
    told = bank.camt054(bank.notification(bank.credit("B-8", second.amount_minor)))
    bank_file_import(content=told, name="n.xml", actor=bank.officer(), now=world.NOW)


def counted() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (BankCorrection, CashEntry, CashLeg, SuspenseItem))


def test_each_guard_is_what_refuses_raw_sql(fresh_db: str, postgres: TestCluster) -> None:
    filled()
    before = counted()
    with psycopg.connect(postgres.url(fresh_db, OWNER), autocommit=True) as owner:
        owner.execute("BEGIN")
        owner.execute(whole())
        owner.execute("SET CONSTRAINTS ALL IMMEDIATE")
        owner.execute("ROLLBACK")
        for table, guard, statement in CASES:
            guard_is_what_refuses(owner, table=table, guard=guard, statement=statement, words=guard)
    assert counted() == before


@pytest.mark.django_db
def test_a_correction_is_never_rewritten() -> None:
    filled()
    assert CORRECTIONS in {model._meta.db_table for model in append_only_models()}
    before = list(BankCorrection.objects.values_list())
    for statement in (f"UPDATE {CORRECTIONS} SET reason = 'x'", f"DELETE FROM {CORRECTIONS}"):
        with pytest.raises(DatabaseError, match="refused|denied"), transaction.atomic():
            connection.cursor().execute(statement)
    assert list(BankCorrection.objects.values_list()) == before
