"""A file of the bank against all that is awaited: exact money pays, the rest waits with its kind and reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection

from custody.registries.bank.document import Line
from custody.registries.models import BankEntry, BankNotification, BankStatement, BankStatementLine, SettlementAccount
from custody.settlement.models import BankBooking, CashEntry, CashLeg, SettlementInstruction, SuspenseItem
from custody.settlement.selectors import cash_balances
from custody.settlement.services import bank_file_take, cash_receive, settlements_advance, statement_match
from custody.settlement.services.matching import FileTaken
from tests.factories import bank
from tests.factories import ledgerless as world
from tokenization.files.models import StoredFile
from tokenization.identity import audit
from tokenization.identity.models import AuditEntry
from tokenization.kernel.errors import NotAllowed

pytestmark = pytest.mark.django_db
NOW = world.NOW


@pytest.fixture
def rows() -> list[SettlementInstruction]:
    bank.account()
    return world.settlements(world.token(), 10, 20, 30)


def take(*lines: Line, number: int = 1, opening: int = 0) -> FileTaken:
    return bank.take(bank.statement(*lines, number=number, opening=opening))


def now_of(row: SettlementInstruction) -> SettlementInstruction:
    return SettlementInstruction.objects.select_related("allotment", "cash_entry").get(pk=row.pk)


def legs(entry: CashEntry) -> list[tuple[str, int]]:
    return sorted(entry.legs.values_list("account__kind", "amount_minor"))


def held() -> list[tuple[str, str, int | None, int]]:
    found = SuspenseItem.objects.order_by("pk")
    return list(found.values_list("kind", "reason", "settlement", "amount_minor"))


def written() -> tuple[int, ...]:
    models = (BankStatement, BankNotification, BankEntry, BankStatementLine, BankBooking, CashEntry, CashLeg)
    return (*(model.objects.count() for model in models), SuspenseItem.objects.count(), StoredFile.objects.count())


def test_exact_money_pays_as_a_single_receipt_does(rows: list[SettlementInstruction]) -> None:
    first, second, third = rows
    world.pay(third, reference="BY-HAND")
    done = take(
        bank.credit("B-1", first.amount_minor, f"bill {first.payment_reference}, thanks"),
        bank.credit("B-2", second.amount_minor, end_to_end_id=second.payment_reference),
    )
    assert (done.outcome.counts, done.taken.new) == ({"PAID": 2}, 2)
    for row, reference in ((first, "B-1"), (second, "B-2")):
        paid = now_of(row)
        assert (paid.state, paid.allotment.state) == ("CASH_CONFIRMED", "PAID")
        entry = paid.cash_entry
        assert entry is not None
        assert (entry.key, entry.kind, entry.bank_reference) == (f"receipt:{reference}", "RECEIPT", reference)
        assert entry.words == f"{reference} for {row.payment_reference}"
        assert legs(entry) == [("BANK", row.amount_minor), ("BANK_LEG", -row.amount_minor)]
        booking = BankBooking.objects.get(cash_entry=entry)
        assert (booking.verdict, booking.settlement, booking.entry.reference) == ("PAID", row, reference)
        told = AuditEntry.objects.get(action="cash.receive", subject=f"cash:{reference}")
        by_hand = AuditEntry.objects.get(action="cash.receive", subject="cash:BY-HAND")
        assert told.body == by_hand.body.replace(third.payment_reference, row.payment_reference).replace(
            str(third.amount_minor), str(row.amount_minor)
        )
        moved = AuditEntry.objects.filter(subject=f"allotment.allotment:{row.allotment_id}")
        assert moved.filter(body__contains="PAID").count() == 1
    total = sum(row.amount_minor for row in rows)
    balances = cash_balances("PKR")
    assert (balances["BANK"], balances["BANK_LEG"], balances["SUSPENSE"]) == (total, -total, 0)
    assert held() == []


@pytest.mark.parametrize(
    "text",
    [
        "{0}",
        "{0} ",
        "INV 7/{0}/thank you",
        "{1}",
        "pay {1} now",
        "{2}",
        "{0}; again {0}",
    ],
)
def test_references_are_found_as_people_retype_them(rows: list[SettlementInstruction], text: str) -> None:
    reference = rows[0].payment_reference
    isin, number = reference.split("-")
    retyped = f"{isin[:4]} {isin[4:].lower()} {number[:4]}-{number[4:]}"
    take(bank.credit("B-1", rows[0].amount_minor, " ".join(text.format(reference, reference.lower(), retyped).split())))
    assert now_of(rows[0]).state == "CASH_CONFIRMED"


@pytest.mark.parametrize("text", ["", "X{0}", "{0}1", "{1} {2}", "{3}", "bill of 2026"])
def test_nothing_is_guessed(rows: list[SettlementInstruction], text: str) -> None:
    one, two = rows[0].payment_reference, rows[1].payment_reference
    take(bank.credit("B-1", rows[0].amount_minor, text.format(one, one, two, one[:-1])))
    reason = "2 settlements are named" if "{2}" in text else "no settlement has this payment reference"
    assert held() == [("UNKNOWN", reason, None, rows[0].amount_minor)]
    assert {now_of(row).state for row in rows} == {"AWAITING_CASH"}


def test_what_does_not_fit_waits_with_its_kind(rows: list[SettlementInstruction]) -> None:
    short, over, late = rows
    paid = world.settlements(short.token, 5)[0]
    take(
        bank.credit("B-1", short.amount_minor - 1, short.payment_reference),
        bank.credit("B-2", over.amount_minor + 5, over.payment_reference),
        bank.credit("B-3", late.amount_minor, late.payment_reference, value_date=date(2026, 7, 3)),
        bank.credit("B-4", paid.amount_minor, paid.payment_reference),
        bank.credit("B-5", paid.amount_minor, paid.payment_reference),
    )
    assert held() == [
        ("SHORT", "short by 1 minor units", short.pk, short.amount_minor - 1),
        ("OVER", "over by 5 minor units", over.pk, over.amount_minor + 5),
        ("LATE", "the settlement's deadline has passed", late.pk, late.amount_minor),
        ("DUPLICATE", "paid twice in one file", paid.pk, paid.amount_minor),
    ]
    assert [now_of(row).state for row in (*rows, paid)] == ["AWAITING_CASH"] * 3 + ["CASH_CONFIRMED"]
    entry = now_of(paid).cash_entry
    assert entry is not None
    assert entry.bank_reference == "B-4", "the first in the bank's order pays"
    balances = cash_balances("PKR")
    waiting = sum(item.amount_minor for item in SuspenseItem.objects.all())
    assert balances["SUSPENSE"] == -waiting
    assert balances["BANK"] == waiting + paid.amount_minor


def test_a_second_payment_a_lapsed_one_and_another_currency(rows: list[SettlementInstruction]) -> None:
    first, second, third = rows
    world.pay(first)
    bank.account(bank.OTHER_IBAN, "USD")
    foreign = bank.statement(bank.credit("U-1", third.amount_minor, third.payment_reference))
    bank.take(replace(foreign, iban=bank.OTHER_IBAN, currency="USD"))
    settlements_advance(now=second.deliver_by)
    after = bank.statement(
        bank.credit("B-1", first.amount_minor, first.payment_reference),
        bank.credit("B-2", second.amount_minor, second.payment_reference),
    )
    bank.take(after, now=second.deliver_by)
    assert [(kind, reason) for kind, reason, _, _ in held()] == [
        ("CURRENCY", "paid in USD, due in PKR"),
        ("DUPLICATE", "the settlement is CASH_CONFIRMED already"),
        ("LATE", "the settlement is LAPSED already"),
    ]
    assert cash_balances("USD")["SUSPENSE"] == -third.amount_minor


def test_late_means_at_the_deadline_even_before_the_bell(rows: list[SettlementInstruction]) -> None:
    row = rows[0]
    bank.take(bank.statement(bank.credit("B-1", row.amount_minor, row.payment_reference)), now=row.deliver_by)
    assert held()[0][:2] == ("LATE", "the settlement's deadline has passed")
    assert now_of(row).state == "AWAITING_CASH"
    second = bank.statement(
        bank.credit("B-2", rows[1].amount_minor, rows[1].payment_reference), number=2, opening=row.amount_minor
    )
    bank.take(second, now=row.deliver_by - timedelta(microseconds=1))
    assert now_of(rows[1]).state == "CASH_CONFIRMED"


def test_a_receipt_recorded_by_hand_is_recognised_not_booked_again(rows: list[SettlementInstruction]) -> None:
    row, other = rows[0], rows[1]
    entry = world.pay(row, reference="B-1")
    world.pay(other, reference="B-2")
    before = CashEntry.objects.count()
    done = take(
        bank.credit("B-1", row.amount_minor, row.payment_reference),
        bank.credit("B-2", other.amount_minor + 100, other.payment_reference),
    )
    assert done.outcome.counts == {"KNOWN": 1, "DIFFERS": 1}
    assert CashEntry.objects.count() == before
    assert BankBooking.objects.get(verdict="KNOWN").cash_entry == entry
    differs = BankBooking.objects.get(verdict="DIFFERS")
    assert (differs.cash_entry, differs.reason) == (None, "the journal has this reference with other figures")


def test_the_bank_and_a_hand_are_one_the_other_way_round_too(rows: list[SettlementInstruction]) -> None:
    row = rows[0]
    take(bank.credit("B-1", row.amount_minor, row.payment_reference))
    again = cash_receive(
        payment_reference=row.payment_reference,
        currency="PKR",
        amount_minor=row.amount_minor,
        bank_reference="B-1",
        actor=world.officer("FISCAL_AGENT_OFFICER"),
        now=NOW,
    )
    assert again == now_of(row).cash_entry
    assert CashEntry.objects.count() == 1


def test_a_notified_credit_pays_at_once_and_the_statement_books_it_once(rows: list[SettlementInstruction]) -> None:
    row = rows[0]
    line = bank.credit("B-1", row.amount_minor, row.payment_reference)
    told = bank.take(bank.notification(line))
    assert told.outcome.counts == {"PAID": 1}
    assert now_of(row).state == "CASH_CONFIRMED"
    after = take(line, bank.credit("B-2", 5))
    assert (after.outcome.counts, after.taken.new) == ({"UNKNOWN": 1}, 1)
    assert (BankEntry.objects.count(), BankStatementLine.objects.count(), CashEntry.objects.count()) == (2, 2, 2)
    again = bank.take(bank.notification(line, identification="NTFCN-2"))
    assert (again.outcome.counts, again.taken.new) == ({}, 0)
    assert BankEntry.objects.count() == 2


def test_what_the_bank_takes_back_is_never_silent(rows: list[SettlementInstruction]) -> None:
    row = rows[0]
    take(
        bank.credit("B-1", row.amount_minor, row.payment_reference),
        bank.debit("B-9", row.amount_minor, row.payment_reference, reversal=True),
        bank.credit("B-10", 300, "RETURN-1", reversal=True),
    )
    assert held() == [
        ("REVERSAL", "the bank took back what it had credited", row.pk, -row.amount_minor),
        ("BOUNCED", "a payment of ours came back", None, 300),
    ]
    entry = SuspenseItem.objects.get(kind="REVERSAL").entry
    assert legs(entry) == [("BANK", -row.amount_minor), ("SUSPENSE", row.amount_minor)]
    balances = cash_balances("PKR")
    assert (balances["BANK"], balances["SUSPENSE"]) == (300, row.amount_minor - 300)
    assert now_of(row).state == "CASH_CONFIRMED", "people decide what becomes of it"


def test_our_own_payments_are_seen_and_others_stay_open(rows: list[SettlementInstruction]) -> None:
    take(bank.credit("B-1", 700, "nothing known"))
    item = SuspenseItem.objects.get()
    refund = "custody.settlement.RefundApprove"
    world.approve(refund, {"suspense": item.pk}, "FISCAL_AGENT_OFFICER", "FISCAL_AGENT_CHECKER")
    done = take(bank.debit("B-2", 700, "B-1"), bank.debit("B-3", 50, "WHO-KNOWS"), number=2, opening=700)
    assert done.outcome.counts == {"SEEN": 1}
    seen = BankBooking.objects.get(verdict="SEEN")
    assert seen.cash_entry is not None
    assert (seen.entry.reference, seen.cash_entry.key) == ("B-2", "return:B-1")
    open_ = BankEntry.objects.filter(booking=None)
    assert [row.reference for row in open_] == ["B-3"]
    assert statement_match(account=SettlementAccount.objects.get(), actor=bank.officer(), now=NOW).counts == {}
    assert cash_balances("PKR")["BANK"] == 0


def test_only_the_fiscal_agents_officer_brings_files(rows: list[SettlementInstruction]) -> None:
    before = written()
    content = bank.camt053(bank.statement(bank.credit("B-1", 5)))
    for role in ("DEBT_MAKER", "FISCAL_AGENT_CHECKER", "TREASURY_OFFICER", "REGISTRAR_OFFICER"):
        actor = world.officer(role)
        with pytest.raises(NotAllowed):
            bank_file_take(content=content, name="s.xml", actor=actor, now=NOW)
        with pytest.raises(NotAllowed):
            statement_match(account=SettlementAccount.objects.get(), actor=actor, now=NOW)
    assert written() == before


def test_matching_leaves_its_work_table_empty_and_the_audit_chain_unbroken(rows: list[SettlementInstruction]) -> None:
    take(bank.credit("B-1", rows[0].amount_minor, rows[0].payment_reference))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM settlement_bankverdict")
        assert cursor.fetchone() == (0,)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert audit.verify().ok
