"""A line of the bank that differs from what was typed: put right by two, to the minor unit, in both directions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import connection

from custody.registries.models import RegistryConfirmation, SettlementAccount
from custody.registries.services import confirmation_receive, confirmation_request
from custody.settlement.models import (
    BankBooking,
    BankCorrection,
    CashEntry,
    CashLeg,
    SettlementInstruction,
    SuspenseItem,
)
from custody.settlement.selectors import cash_balances, settlements_to_confirm
from custody.settlement.services import settlements_advance, statement_match
from custody.settlement.statements import open_lines, statement_difference, suggestions
from issuance.allotment.models import Allotment
from tests.factories import bank, typed
from tests.factories import ledgerless as world
from tests.support.journal import balances
from tokenization.identity import audit
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.identity.models import Approval, AuditEntry
from tokenization.kernel.errors import Conflict, NotAllowed, Refused

pytestmark = pytest.mark.django_db
NOW = world.NOW
APPLY, REFUND = "custody.settlement.SuspenseApply", "custody.settlement.RefundApprove"


@pytest.fixture(autouse=True)
def commits(db: None) -> Iterator[None]:
    """What is asked at commit is asked at the end of each test."""
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert audit.verify().ok


@pytest.fixture
def row() -> SettlementInstruction:
    return world.settlements(world.token(), 10)[0]


def now_of(row: SettlementInstruction) -> SettlementInstruction:
    return SettlementInstruction.objects.select_related("allotment__commitment", "cash_entry").get(pk=row.pk)


def held() -> list[tuple[str, str, int | None, int]]:
    found = SuspenseItem.objects.filter(state="HELD").order_by("pk")
    return list(found.values_list("kind", "reason", "settlement", "amount_minor"))


def written() -> tuple[Any, ...]:
    models = (BankBooking, BankCorrection, CashEntry, CashLeg, SuspenseItem)
    states = list(SettlementInstruction.objects.order_by("pk").values_list("state", "cash_entry", "reason"))
    items = list(SuspenseItem.objects.order_by("pk").values_list("state", "apply_entry", "return_entry"))
    allotments = list(Allotment.objects.order_by("pk").values_list("state", flat=True))
    return (*(model.objects.count() for model in models), states, items, allotments)


def agreed() -> None:
    """Journal and bank say the same, no line is open, and nothing got lost on the way."""
    account = SettlementAccount.objects.get()
    found = statement_difference(account, NOW)
    assert (found.difference, found.missing, found.unbooked, found.after) == (0, 0, 0, 0)
    assert found.journal == found.closing
    assert open_lines(account, NOW) == []
    assert sum(cash_balances("PKR").values()) == 0


def test_more_came_than_was_typed_the_purchase_stays_paid_and_the_rest_waits(row: SettlementInstruction) -> None:
    wrong = world.pay(row, reference="B-1")
    line = typed.told(row.amount_minor + 4_321, row.payment_reference)
    assert line.booking.verdict == "DIFFERS"
    before = list(CashLeg.objects.order_by("pk").values_list())
    done = typed.put_right(line)
    assert (done.wrong_entry, done.difference_minor, done.booking) == (wrong, 4_321, line.booking)
    assert (done.entry.kind, done.entry.key) == ("CORRECTION", f"correction:{line.booking.pk}")
    assert typed.legs(done.entry) == [("BANK", 4_321), ("SUSPENSE", -4_321)]
    assert list(CashLeg.objects.order_by("pk").values_list())[: len(before)] == before, "nothing was rewritten"
    assert BankBooking.objects.get().verdict == "DIFFERS"
    paid = now_of(row)
    assert (paid.state, paid.cash_entry, paid.allotment.state) == ("CASH_CONFIRMED", wrong, "PAID")
    assert held() == [("OVER", "4321 minor units more came than were typed", row.pk, 4_321)]
    assert cash_balances("PKR") == balances(
        BANK=row.amount_minor + 4_321, BANK_LEG=-row.amount_minor, SUSPENSE=-4_321,
    )  # fmt: skip
    agreed()
    world.approve(REFUND, {"suspense": SuspenseItem.objects.get().pk}, *typed.ROLES)
    assert cash_balances("PKR") == balances(BANK=row.amount_minor, BANK_LEG=-row.amount_minor)


def test_less_came_so_the_purchase_is_unpaid_again_and_what_came_waits_for_the_rest(
    row: SettlementInstruction,
) -> None:
    world.approve_issue(row.issue_instruction)
    wrong = world.pay(row, reference="B-1")
    assert list(settlements_to_confirm()) == [row]
    due = row.amount_minor
    line = typed.told(due - 1, row.payment_reference)
    done = typed.put_right(line)
    assert typed.legs(done.entry) == [("BANK", -1), ("BANK_LEG", due), ("SUSPENSE", 1 - due)]
    unpaid = now_of(row)
    assert (unpaid.state, unpaid.cash_entry, unpaid.allotment.state) == ("AWAITING_CASH", None, "ALLOTTED")
    assert unpaid.allotment.commitment.state == "HELD"
    assert unpaid.reason.startswith("not paid: B-1: ")
    assert list(settlements_to_confirm()) == [], "the registrar is not asked for what is not paid"
    assert held() == [("SHORT", "short by 1 minor units", row.pk, due - 1)]
    assert cash_balances("PKR") == balances(BANK=due - 1, SUSPENSE=1 - due)
    assert done.wrong_entry == wrong
    agreed()
    bank.take(bank.statement(bank.credit("B-2", 1, row.payment_reference), number=2, opening=due - 1))
    (found,) = suggestions(NOW)
    assert (found.settlement, sum(item.amount_minor for item in found.items)) == (row, due)
    world.approve(APPLY, {"settlement": row.pk, "items": [item.pk for item in found.items]}, *typed.ROLES)
    assert (now_of(row).state, now_of(row).allotment.state) == ("CASH_CONFIRMED", "PAID")
    assert cash_balances("PKR") == balances(BANK=due, BANK_LEG=-due)


def test_what_the_registrar_signs_for_a_purchase_that_is_unpaid_again_is_not_taken(row: SettlementInstruction) -> None:
    """He was asked while it was paid, and signs after two persons put the entry right: no cap rises for no money."""
    world.approve_issue(row.issue_instruction)
    world.pay(row, reference="B-1")
    key, named = world.registrar(), "CSD-1"
    old = row.confirm_instruction
    signature = key.sign_typed_data(confirmation_request(instruction=old, registry_reference=named, now=NOW))
    typed.put_right(typed.told(row.amount_minor - 1, row.payment_reference))
    again = now_of(row).confirm_instruction
    assert (again.state, again.linked_to, again.units) == ("DRAFT", row.issue_instruction, old.units)
    assert again.number > old.number
    officer = world.officer("REGISTRAR_OFFICER")
    for instruction, error, words in ((old, Conflict, "withdrawn meanwhile"), (again, Refused, "Nobody was asked")):
        with pytest.raises(error, match=words):
            confirmation_receive(
                instruction=instruction, registry_reference=named, signature=signature, actor=officer, now=NOW
            )
    assert RegistryConfirmation.objects.count() == 0
    world.pay(now_of(row), reference="B-2")
    world.confirm(row.issue_instruction, key, named)
    settlements_advance(now=world.SETTLES)
    assert now_of(row).state == "ISSUING"
    due = row.amount_minor
    assert cash_balances("PKR") == balances(BANK=2 * due - 1, BANK_LEG=-due, SUSPENSE=1 - due)


def test_what_is_unpaid_again_lapses_at_its_deadline_and_gives_its_headroom_back(row: SettlementInstruction) -> None:
    world.approve_issue(row.issue_instruction)
    world.pay(row, reference="B-1")
    typed.put_right(typed.told(row.amount_minor - 500, row.payment_reference))
    assert settlements_advance(now=row.deliver_by) == 1
    late = now_of(row)
    assert (late.state, late.allotment.state, late.allotment.commitment.state) == ("LAPSED", "LAPSED", "RELEASED")
    world.approve(REFUND, {"suspense": SuspenseItem.objects.get().pk}, *typed.ROLES)
    assert cash_balances("PKR") == balances()


@pytest.mark.parametrize(
    ("change", "kind", "reason"),
    [(-7, "SHORT", "short by 7 minor units"), (9, "OVER", "over by 9 minor units")],
)
def test_typed_into_suspense_what_came_takes_its_place(
    row: SettlementInstruction, change: int, kind: str, reason: str
) -> None:
    world.pay(row, 1_000, reference="B-1")
    due = row.amount_minor
    done = typed.put_right(typed.told(due + change, row.payment_reference))
    assert typed.legs(done.entry) == [("BANK", due + change - 1_000), ("SUSPENSE", 1_000 - due - change)]
    first = SuspenseItem.objects.earliest("pk")
    assert (first.state, first.apply_entry, first.amount_minor) == ("APPLIED", done.entry, 1_000)
    assert held() == [(kind, reason, row.pk, due + change)]
    assert now_of(row).state == "AWAITING_CASH"
    assert cash_balances("PKR") == balances(BANK=due + change, SUSPENSE=-due - change)
    agreed()


def test_typed_short_by_a_slip_exact_money_pays_as_a_receipt_does(row: SettlementInstruction) -> None:
    world.pay(row, row.amount_minor - 90, reference="B-1")
    due = row.amount_minor
    done = typed.put_right(typed.told(due, "nothing is quoted"))
    assert typed.legs(done.entry) == [("BANK", 90), ("BANK_LEG", -due), ("SUSPENSE", due - 90)]
    paid = now_of(row)
    assert (paid.state, paid.cash_entry, paid.allotment.state) == ("CASH_CONFIRMED", done.entry, "PAID")
    assert held() == []
    assert cash_balances("PKR") == balances(BANK=due, BANK_LEG=-due)
    agreed()


def test_exact_money_that_the_bank_valued_after_the_deadline_pays_nothing(row: SettlementInstruction) -> None:
    world.pay(row, row.amount_minor - 90, reference="B-1")
    typed.put_right(typed.told(row.amount_minor, row.payment_reference, value_date=date(2026, 7, 3)))
    assert held() == [("LATE", "the settlement's deadline has passed", row.pk, row.amount_minor)]
    assert now_of(row).state == "AWAITING_CASH"


def test_the_bank_names_another_purchase_so_that_one_is_paid_and_the_typed_one_is_not() -> None:
    first, second = world.settlements(world.token(), 10, 20)
    world.pay(first, reference="B-1")
    done = typed.put_right(typed.told(second.amount_minor, second.payment_reference))
    change = second.amount_minor - first.amount_minor
    assert typed.legs(done.entry) == [("BANK", change), ("BANK_LEG", -change)]
    assert [(now_of(row).state, now_of(row).cash_entry) for row in (first, second)] == [
        ("AWAITING_CASH", None), ("CASH_CONFIRMED", done.entry),
    ]  # fmt: skip
    assert cash_balances("PKR") == balances(BANK=second.amount_minor, BANK_LEG=-second.amount_minor)
    agreed()


def test_nothing_is_put_right_by_one_person_without_reason_or_evidence_or_twice(row: SettlementInstruction) -> None:
    world.pay(row, reference="B-1")
    other = world.settlements(row.token, 5)[0]
    elsewhere = world.pay(other, reference="B-2")
    line = typed.told(row.amount_minor - 1, row.payment_reference)
    right, before, approvals = typed.payload(line), written(), Approval.objects.count()
    for wrong, words in (
        ({"reason": " "}, "Say why"),
        ({"reason": "x" * 501}, "Say why"),
        ({"file": "0x" + "00" * 32}, "Nothing is attached"),
        ({"entry": elsewhere.pk}, "not typed for the line"),
        ({"line": 0}, "Name a line"),
    ):
        with pytest.raises(Refused, match=words):
            world.approve(typed.NAME, right | wrong, *typed.ROLES)
    for role in ("DEBT_MAKER", "TREASURY_OFFICER", "REGISTRAR_OFFICER", "FISCAL_AGENT_CHECKER"):
        with pytest.raises(NotAllowed):
            approval_propose(action=typed.NAME, payload=right, actor=world.officer(role), now=NOW)
    assert (written(), Approval.objects.count()) == (before, approvals)
    maker = world.officer("FISCAL_AGENT_OFFICER")
    same = [right, right | {"reason": "told twice"}]
    pair = [approval_propose(action=typed.NAME, payload=one, actor=maker, now=NOW) for one in same]
    for role in ("FISCAL_AGENT_OFFICER", "DEBT_CHECKER"):
        with pytest.raises(NotAllowed):
            approval_approve(approval_id=pair[0].pk, actor=world.officer(role), now=NOW)
    assert written() == before
    checker = world.officer("FISCAL_AGENT_CHECKER")
    approval_approve(approval_id=pair[0].pk, actor=checker, now=NOW)
    after = written()
    with pytest.raises(Refused, match="agrees with the journal"):
        approval_approve(approval_id=pair[1].pk, actor=checker, now=NOW)
    assert written() == after
    told = AuditEntry.objects.get(action="bank.correct")
    key = f"correction:{line.booking.pk}"
    said = {"line": "B-1", "wrong": "receipt:B-1", "entry": key, "difference_minor": -1}
    assert json.loads(told.body) == said


def test_a_line_that_agrees_is_not_put_right(row: SettlementInstruction) -> None:
    world.pay(row, reference="B-1")
    line = typed.told(row.amount_minor, row.payment_reference)
    before = written()
    with pytest.raises(Refused, match="agrees with the journal"):
        typed.put_right(line)
    assert written() == before


def test_what_was_put_right_is_known_to_later_files_and_links(row: SettlementInstruction) -> None:
    world.pay(row, reference="B-1")
    line = typed.told(row.amount_minor + 5, row.payment_reference)
    done = typed.put_right(line)
    account = SettlementAccount.objects.get()
    assert statement_match(account=account, actor=bank.officer(), now=NOW).counts == {}
    opening = row.amount_minor + 5
    bank.take(bank.statement(bank.debit("B-9", 5, "NOBODY"), number=2, opening=opening))
    out = account.entries.get(reference="B-9")
    for entry in (done.entry, done.wrong_entry):
        link = {"line": out.pk, "entry": entry.pk}
        with pytest.raises(Refused, match="put right beside another line"):
            world.approve("custody.settlement.BankLineLink", link, *typed.ROLES)
    found = statement_difference(account, NOW)
    assert (found.difference, found.unbooked) == (5, -5), "only the new line is open"


def test_the_approval_says_what_will_happen_before_it_happens(row: SettlementInstruction) -> None:
    world.pay(row, reference="B-1")
    line = typed.told(row.amount_minor - 250, row.payment_reference)
    maker = world.officer("FISCAL_AGENT_OFFICER")
    asked = approval_propose(action=typed.NAME, payload=typed.payload(line), actor=maker, now=NOW)
    rows = {what: (before, after) for what, before, after in asked.preview["rows"]}
    assert rows["Difference"] == ("", "-PKR 2.50")
    assert rows[row.payment_reference] == ("paid", "waiting for payment again")
    assert rows["Reason"] == ("", "a digit was typed wrong")
    assert rows["Evidence"][1].startswith("advice.txt, SHA-256 0x")
    assert asked.preview["warnings"] == []
    assert now_of(row).state == "CASH_CONFIRMED"
