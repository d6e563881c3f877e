"""Cash pays exactly one settlement or waits in suspense; the journal adds up to zero, also for raw SQL."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction

from custody.settlement.models import CashEntry, CashLeg, SettlementInstruction, SuspenseItem
from custody.settlement.selectors import cash_balances, suspense_held
from custody.settlement.services import (
    cash_receive,
    journal_post,
    settlement_lapse,
    settlement_open,
    settlements_advance,
)
from issuance.allotment.models import Allotment
from tests.factories import issuance
from tests.factories import ledgerless as world
from tests.support.journal import balances
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.identity.models import Approval
from tokenization.kernel.errors import Conflict, NotAllowed, Refused

pytestmark = pytest.mark.django_db
NOW = world.NOW
SETTLES = world.SETTLES
EMPTY = balances()
REFUND = "custody.settlement.RefundApprove"


@pytest.fixture
def row() -> SettlementInstruction:
    return world.settlements(world.token(), 10)[0]


def legs(entry: CashEntry) -> list[tuple[str, int]]:
    return sorted(entry.legs.values_list("account__kind", "amount_minor"))


def receive(reference: str, amount: int, bank: str = "B-1", currency: str = "PKR") -> CashEntry:
    return cash_receive(
        payment_reference=reference,
        currency=currency,
        amount_minor=amount,
        bank_reference=bank,
        actor=world.officer("FISCAL_AGENT_OFFICER"),
        now=NOW,
    )


def now_of(row: SettlementInstruction) -> SettlementInstruction:
    return SettlementInstruction.objects.select_related("allotment__commitment").get(pk=row.pk)


def now_of_allotment(row: Allotment) -> tuple[str, str]:
    found = Allotment.objects.select_related("commitment").get(pk=row.pk)
    return found.state, found.commitment.state


def test_opening_twice_is_opening_once(row: SettlementInstruction) -> None:
    again = settlement_open(allotment=row.allotment, wallet=row.wallet, actor=world.officer("DEBT_MAKER"), now=NOW)
    assert again.pk == row.pk
    assert (row.amount_minor, row.currency) == (row.allotment.proceeds_minor, "PKR")
    assert 900_000 < row.amount_minor < 1_000_000, "ten units of 1,000 rupees, sold below par"
    assert (row.issue_instruction.number, row.confirm_instruction.number) == (1, 2)
    assert row.deliver_by.isoformat() == "2026-07-03T00:00:00+05:00"


def test_exact_cash_pays(row: SettlementInstruction) -> None:
    entry = world.pay(row, reference="B-1")
    paid = now_of(row)
    assert (paid.state, paid.cash_entry, paid.allotment.state) == ("CASH_CONFIRMED", entry, "PAID")
    assert (entry.key, entry.kind) == ("receipt:B-1", "RECEIPT")
    assert legs(entry) == [("BANK", row.amount_minor), ("BANK_LEG", -row.amount_minor)]
    assert cash_balances("PKR") == EMPTY | {"BANK": row.amount_minor, "BANK_LEG": -row.amount_minor}
    assert SuspenseItem.objects.count() == 0
    assert world.pay(row, reference="B-1") == entry
    assert CashEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [(-1, "short by 1 minor units"), (1, "over by 1 minor units"), (-500, "short by 500 minor units")],
)
def test_short_or_over_goes_to_suspense(row: SettlementInstruction, change: int, reason: str) -> None:
    amount = row.amount_minor + change
    entry = receive(row.payment_reference, amount)
    item = SuspenseItem.objects.get()
    assert (item.reason, item.amount_minor, item.settlement, item.entry, item.state) == (
        reason,
        amount,
        row,
        entry,
        "HELD",
    )
    assert legs(entry) == [("BANK", amount), ("SUSPENSE", -amount)]
    waiting = now_of(row)
    assert (waiting.state, waiting.cash_entry, waiting.allotment.state) == ("AWAITING_CASH", None, "ALLOTTED")
    world.pay(row)
    assert now_of(row).state == "CASH_CONFIRMED"
    assert cash_balances("PKR") == EMPTY | {
        "BANK": row.amount_minor + amount, "BANK_LEG": -row.amount_minor, "SUSPENSE": -amount,
    }  # fmt: skip


def test_unknown_foreign_second_and_late_money_goes_to_suspense(row: SettlementInstruction) -> None:
    other = world.settlements(row.token, 3)[0]
    world.pay(row)
    settlements_advance(now=other.deliver_by)
    receive("NOBODY", 5, "B-1")
    receive(row.payment_reference, row.amount_minor, "B-2")
    receive(other.payment_reference, other.amount_minor, "B-3")
    third = world.settlements(row.token, 2)[0]
    receive(third.payment_reference, third.amount_minor, "B-4", "USD")
    assert list(suspense_held().values_list("reason", "settlement", "amount_minor", "currency")) == [
        ("no settlement has this payment reference", None, 5, "PKR"),
        ("the settlement is CASH_CONFIRMED already", row.pk, row.amount_minor, "PKR"),
        ("the settlement is LAPSED already", other.pk, other.amount_minor, "PKR"),
        ("paid in USD, due in PKR", third.pk, third.amount_minor, "USD"),
    ]
    assert [now_of(r).state for r in (row, other, third)] == ["CASH_CONFIRMED", "LAPSED", "AWAITING_CASH"]
    held = 5 + row.amount_minor + other.amount_minor
    assert cash_balances("PKR") == EMPTY | {
        "BANK": row.amount_minor + held, "BANK_LEG": -row.amount_minor, "SUSPENSE": -held,
    }  # fmt: skip
    assert cash_balances("USD") == EMPTY | {"BANK": third.amount_minor, "SUSPENSE": -third.amount_minor}


def test_one_bank_reference_is_booked_once(row: SettlementInstruction) -> None:
    entry = receive(row.payment_reference, row.amount_minor)
    assert receive(row.payment_reference, row.amount_minor) == entry
    for reference, amount in ((row.payment_reference, row.amount_minor + 1), ("OTHER", row.amount_minor)):
        with pytest.raises(Refused, match="booked with other figures"):
            receive(reference, amount)
    assert (CashEntry.objects.count(), CashLeg.objects.count(), SuspenseItem.objects.count()) == (1, 2, 0)


@pytest.mark.parametrize(("amount", "bank"), [(0, "B"), (-5, "B"), (5, " "), (5, "B" * 65)])
def test_a_receipt_is_positive_and_named(row: SettlementInstruction, amount: int, bank: str) -> None:
    with pytest.raises(Refused):
        receive(row.payment_reference, amount, bank)
    with pytest.raises(NotAllowed):
        cash_receive(
            payment_reference=row.payment_reference, currency="PKR", amount_minor=row.amount_minor,
            bank_reference="B", actor=world.officer("DEBT_MAKER"), now=NOW,
        )  # fmt: skip
    assert (CashEntry.objects.count(), now_of(row).state) == (0, "AWAITING_CASH")


def test_suspended_money_goes_back_by_two_persons_once(row: SettlementInstruction) -> None:
    receive(row.payment_reference, 700)
    payload = {"suspense": SuspenseItem.objects.get().pk}
    maker, checker = world.officer("FISCAL_AGENT_OFFICER"), world.officer("FISCAL_AGENT_CHECKER")
    asked = approval_propose(action=REFUND, payload=payload, actor=maker, now=NOW)
    with pytest.raises(NotAllowed):
        approval_approve(approval_id=asked.pk, actor=maker, now=NOW)
    assert (SuspenseItem.objects.get().state, CashEntry.objects.count()) == ("HELD", 1)
    approval_approve(approval_id=asked.pk, actor=checker, now=NOW)
    item = SuspenseItem.objects.get()
    assert item.return_entry is not None
    assert (item.state, item.return_entry.key, item.return_entry.kind) == ("RETURNED", "return:B-1", "REFUND")
    assert legs(item.return_entry) == [("BANK", -700), ("SUSPENSE", 700)]
    assert cash_balances("PKR") == EMPTY
    approvals = Approval.objects.count()
    with pytest.raises(Refused, match="left suspense already"):
        world.approve(REFUND, payload, "FISCAL_AGENT_OFFICER", "FISCAL_AGENT_CHECKER")
    assert (Approval.objects.count(), CashEntry.objects.count()) == (approvals, 2)


def test_unpaid_at_the_deadline_lapses_and_gives_its_headroom_back(row: SettlementInstruction) -> None:
    paid = world.settlements(row.token, 5)[0]
    world.pay(paid)
    assert settlements_advance(now=row.deliver_by - timedelta(microseconds=1)) == 0
    assert settlements_advance(now=row.deliver_by) == 1
    late = now_of(row)
    assert (late.state, late.reason) == ("LAPSED", "not paid by the end of its settlement date")
    assert (late.issue_instruction.state, late.confirm_instruction.state) == ("CANCELLED", "CANCELLED")
    assert (late.allotment.state, late.allotment.commitment.state) == ("LAPSED", "RELEASED")
    kept = now_of(paid)
    assert (kept.state, kept.allotment.state, kept.allotment.commitment.state) == ("CASH_CONFIRMED", "PAID", "HELD")
    assert settlements_advance(now=row.deliver_by) == 0


def test_an_allotment_that_nobody_opened_lapses_when_its_day_is_over() -> None:
    """Its headroom returns; one that is opened in time is left to its own deadline."""
    people, token = issuance.office(), world.token()
    offer = issuance.offer(people, token.series)
    late, opened = issuance.allot(people, offer, (issuance.party(people), 10), (issuance.party(people), 20))
    settlement_open(
        allotment=opened,
        wallet=world.wallet(opened.party),
        actor=world.officer("DEBT_MAKER"),
        now=NOW,
        deliver_by=NOW + timedelta(days=9),
    )
    end = datetime.combine(late.settlement_date, time(0), tzinfo=ZoneInfo(late.series.record_zone)) + timedelta(days=1)
    assert settlements_advance(now=end - timedelta(microseconds=1)) == 0
    assert (now_of_allotment(late), now_of_allotment(opened)) == (("ALLOTTED", "HELD"), ("ALLOTTED", "HELD"))
    assert settlements_advance(now=end) == 1
    assert (now_of_allotment(late), now_of_allotment(opened)) == (("LAPSED", "RELEASED"), ("ALLOTTED", "HELD"))
    assert settlements_advance(now=end) == 0


def test_nothing_is_issued_before_its_settlement_day_and_no_hour_later() -> None:
    """Paid, confirmed, approved: until the day begins in the market's zone the issue stays here, its cap raised."""
    (row,) = world.paid_and_confirmed(world.token(), world.registrar(), 10)
    day = row.allotment.settlement_date
    midnight = datetime.combine(day, time(0), tzinfo=ZoneInfo(row.token.series.record_zone))
    settlements_advance(now=NOW)
    for early in (NOW, midnight - timedelta(microseconds=1)):
        assert settlements_advance(now=early) == 0
        waiting = now_of(row)
        assert (waiting.state, waiting.issue_instruction.state) == ("IMMOBILISED", "APPROVED")
        assert waiting.confirm_instruction.state == "SENT"
    assert settlements_advance(now=midnight) == 1
    assert (now_of(row).state, now_of(row).issued_on) == ("ISSUING", day)


def test_delivery_sweeps_the_proceeds_once() -> None:
    (row,) = world.paid_and_confirmed(world.token(), world.registrar(), 10)
    settlements_advance(now=SETTLES)
    assert now_of(row).state == "ISSUING"
    assert settlements_advance(now=SETTLES) == 0
    row.issue_instruction.refresh_from_db()
    world.settle(row.issue_instruction)
    assert settlements_advance(now=SETTLES) == 1
    done = now_of(row)
    assert done.sweep_entry is not None
    amount = row.amount_minor
    assert (done.state, done.allotment.state, done.sweep_entry.kind) == ("DELIVERED", "SETTLED", "SWEEP")
    expected = [("BANK", -amount), ("BANK_LEG", amount), ("DEBT", -amount), ("TREASURY", amount)]
    assert legs(done.sweep_entry) == expected
    assert cash_balances("PKR") == EMPTY | {"TREASURY": amount, "DEBT": -amount}
    assert settlements_advance(now=SETTLES) == 0
    assert CashEntry.objects.count() == 2
    with pytest.raises(Refused, match="is DELIVERED"):
        world.approve(REFUND, {"settlement": row.pk}, "FISCAL_AGENT_OFFICER", "FISCAL_AGENT_CHECKER")
    assert CashEntry.objects.count() == 2


def raw(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def post(*amounts: tuple[str, int]) -> CashEntry:
    """Posted, and the checks of commit made."""
    with transaction.atomic():
        entry = journal_post(key="K", kind="RECEIPT", words="w", currency="PKR", legs=amounts, now=NOW)
        raw("SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL DEFERRED")
    return entry


@pytest.mark.parametrize("amounts", [[("BANK", 5), ("SUSPENSE", -4)], [("BANK", 5)], []])
def test_an_entry_that_does_not_add_up_is_refused_at_commit(amounts: list[tuple[str, int]]) -> None:
    with pytest.raises(IntegrityError, match="cash_entry_is_balanced"):
        post(*amounts)
    assert CashEntry.objects.count() == 0
    post(("BANK", 5), ("SUSPENSE", -5))
    assert CashLeg.objects.count() == 2


@pytest.mark.parametrize(
    ("statement", "guard"),
    [
        ("UPDATE settlement_cashleg SET amount_minor = amount_minor * 2", "refused|denied"),
        ("DELETE FROM settlement_cashleg", "refused|denied"),
        ("UPDATE settlement_cashentry SET words = 'x'", "refused|denied"),
        (
            "INSERT INTO settlement_cashleg (entry_id, account_id, amount_minor)"
            " SELECT entry_id, account_id, 1 FROM settlement_cashleg LIMIT 1",
            "cash_entry_is_balanced",
        ),
        ("UPDATE settlement_settlementinstruction SET state = 'CASH_CONFIRMED'", "settlement_paid_has_cash"),
        ("UPDATE settlement_settlementinstruction SET amount_minor = 0", "settlement_amount_positive"),
    ],
)
def test_raw_sql_writes_no_money(row: SettlementInstruction, statement: str, guard: str) -> None:
    post(("BANK", 5), ("SUSPENSE", -5))
    with pytest.raises(Exception, match=guard), transaction.atomic():
        raw(statement, "SET CONSTRAINTS ALL IMMEDIATE")
    assert sorted(CashLeg.objects.values_list("amount_minor", flat=True)) == [-5, 5]
    assert (now_of(row).state, now_of(row).amount_minor) == ("AWAITING_CASH", row.amount_minor)


def test_one_key_has_one_set_of_legs() -> None:
    entry = post(("BANK", 5), ("SUSPENSE", -5))
    assert post(("SUSPENSE", -5), ("BANK", 5)) == entry
    with pytest.raises(Refused, match="other legs"):
        post(("BANK", 6), ("SUSPENSE", -6))
    assert CashLeg.objects.count() == 2


def test_a_settlement_paid_meanwhile_does_not_lapse(row: SettlementInstruction) -> None:
    world.pay(row)
    with pytest.raises((Conflict, Refused)):
        settlement_lapse(settlement=row, reason="late", actor=world.officer("DEBT_MAKER"), now=NOW)
    paid: Any = now_of(row)
    assert (paid.state, paid.issue_instruction.state) == ("CASH_CONFIRMED", "DRAFT")
