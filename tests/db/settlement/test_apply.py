"""Held money leaves suspense for what it was meant for, by two persons, to the minor unit, or cancels a reversal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from custody.settlement.models import CashEntry, SettlementInstruction, SuspenseItem
from custody.settlement.selectors import cash_balances
from custody.settlement.services import journal_post, suspense_hold
from custody.settlement.statements import open_lines, statement_difference, suggestions, unexplained
from tests.factories import bank
from tests.factories import ledgerless as world
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.identity.models import Approval, AuditEntry
from tokenization.kernel.errors import NotAllowed, Refused

pytestmark = pytest.mark.django_db
NOW = world.NOW
APPLY, REFUND = "custody.settlement.SuspenseApply", "custody.settlement.RefundApprove"
ROLES = ("FISCAL_AGENT_OFFICER", "FISCAL_AGENT_CHECKER")


@pytest.fixture
def row() -> SettlementInstruction:
    bank.account()
    return world.settlements(world.token(), 10)[0]


def halves(row: SettlementInstruction) -> list[SuspenseItem]:
    """Two short payments that make the whole."""
    first = row.amount_minor // 3
    parts = (
        bank.credit("B-1", first, row.payment_reference),
        bank.credit("B-2", row.amount_minor - first, "second half"),
    )
    bank.take(bank.statement(*parts))
    return list(SuspenseItem.objects.order_by("pk"))


def payload(row: SettlementInstruction | None, items: list[SuspenseItem]) -> dict[str, Any]:
    return {"settlement": row.pk if row else None, "items": [item.pk for item in items]}


def now_of(row: SettlementInstruction) -> SettlementInstruction:
    return SettlementInstruction.objects.select_related("allotment").get(pk=row.pk)


def facts() -> tuple[list[str], int, dict[str, int]]:
    states = list(SuspenseItem.objects.order_by("pk").values_list("state", flat=True))
    return states, CashEntry.objects.count(), cash_balances("PKR")


def test_two_short_payments_pay_together_and_the_journal_keeps_every_unit(row: SettlementInstruction) -> None:
    items = halves(row)
    before = cash_balances("PKR")
    approval = world.approve(APPLY, payload(row, items), *ROLES)
    paid = now_of(row)
    entry = CashEntry.objects.get(key=f"apply:{approval.pk}")
    assert (paid.state, paid.cash_entry, paid.allotment.state) == ("CASH_CONFIRMED", entry, "PAID")
    legs = sorted(entry.legs.values_list("account__kind", "amount_minor"))
    assert legs == sorted([("BANK_LEG", -row.amount_minor), *(("SUSPENSE", item.amount_minor) for item in items)])
    after = cash_balances("PKR")
    assert after == before | {"SUSPENSE": 0, "BANK_LEG": -row.amount_minor}
    assert [(item.state, item.apply_entry) for item in SuspenseItem.objects.all()] == [("APPLIED", entry)] * 2
    assert AuditEntry.objects.filter(action="suspense.apply").count() == 1
    assert approval.preview["warnings"] == ["Did not name this purchase: B-2."]


def test_one_person_or_the_wrong_ones_apply_nothing(row: SettlementInstruction) -> None:
    items, before = halves(row), None
    before = facts()
    maker = world.officer("FISCAL_AGENT_OFFICER")
    asked = approval_propose(action=APPLY, payload=payload(row, items), actor=maker, now=NOW)
    for actor in (maker, world.officer("DEBT_CHECKER"), world.officer("TREASURY_CHECKER")):
        with pytest.raises(NotAllowed):
            approval_approve(approval_id=asked.pk, actor=actor, now=NOW)
    with pytest.raises(NotAllowed):
        approval_propose(action=APPLY, payload=payload(row, items), actor=world.officer("DEBT_MAKER"), now=NOW)
    assert facts() == before
    assert now_of(row).state == "AWAITING_CASH"


def test_what_does_not_add_up_or_is_gone_is_refused(row: SettlementInstruction) -> None:
    items = halves(row)
    other = world.settlements(row.token, 4)[0]
    before = facts()
    for target, chosen, words in (
        (row, items[:1], "Together they are"),
        (other, items, "Together they are"),
        (None, items, "Together they are"),
        (row, [], "each once"),
        (row, [*items, items[0]], "each once"),
    ):
        with pytest.raises(Refused, match=words):
            world.approve(APPLY, payload(target, chosen), *ROLES)
    assert facts() == before
    world.approve(REFUND, {"suspense": items[0].pk}, *ROLES)
    with pytest.raises(Refused, match="has left suspense already"):
        world.approve(APPLY, payload(row, items), *ROLES)
    assert now_of(row).state == "AWAITING_CASH"


def test_a_purchase_past_its_deadline_or_paid_meanwhile_is_not_paid_so(row: SettlementInstruction) -> None:
    items = halves(row)
    maker, checker = (world.officer(role) for role in ROLES)
    asked = approval_propose(action=APPLY, payload=payload(row, items), actor=maker, now=NOW)
    with pytest.raises(Refused, match="no longer waits for cash"):
        approval_approve(approval_id=asked.pk, actor=checker, now=row.deliver_by)
    world.pay(row)
    before = facts()
    with pytest.raises(Refused, match="no longer waits for cash"):
        approval_approve(approval_id=asked.pk, actor=checker, now=NOW)
    assert facts() == before
    assert Approval.objects.get(pk=asked.pk).state == "PENDING"


def test_a_dispute_of_holders_is_not_a_receipt(row: SettlementInstruction) -> None:
    legs = (("REDEMPTION", row.amount_minor), ("SUSPENSE", -row.amount_minor))
    entry = journal_post(key="K", kind="SUSPENSE", words="w", currency="PKR", legs=legs, now=NOW)
    item = suspense_hold(entry=entry, amount_minor=row.amount_minor, currency="PKR", reason="r", bank_reference="K")
    assert item.kind == "DISPUTE"
    with pytest.raises(Refused, match="in dispute"):
        world.approve(APPLY, payload(row, [item]), *ROLES)


def test_a_reversal_is_set_off_against_what_is_held_and_never_paid_back(row: SettlementInstruction) -> None:
    short = row.amount_minor - 5
    bank.take(
        bank.statement(
            bank.credit("B-1", short, row.payment_reference),
            bank.debit("B-2", short, row.payment_reference, reversal=True),
        )
    )
    credit, back = SuspenseItem.objects.order_by("pk")
    assert (back.kind, back.amount_minor) == ("REVERSAL", -short)
    with pytest.raises(Refused, match="nothing to return"):
        world.approve(REFUND, {"suspense": back.pk}, *ROLES)
    (found,) = suggestions(NOW)
    assert (found.settlement, found.items) == (None, [credit, back])
    before = cash_balances("PKR")
    world.approve(APPLY, payload(None, [credit, back]), *ROLES)
    assert cash_balances("PKR") == before == dict.fromkeys(before, 0)
    assert set(SuspenseItem.objects.values_list("state", flat=True)) == {"APPLIED"}
    assert suggestions(NOW) == []


def test_suggestions_are_what_adds_up_exactly(row: SettlementInstruction) -> None:
    part = row.amount_minor // 2
    lines = [
        bank.credit(f"B-{n}", minor, row.payment_reference) for n, minor in ((1, part), (2, row.amount_minor - part))
    ]
    bank.take(bank.statement(lines[0]))
    assert suggestions(NOW) == []
    bank.take(bank.statement(lines[1], number=2, opening=part))
    (found,) = suggestions(NOW)
    assert (found.settlement, [item.bank_reference for item in found.items]) == (row, ["B-1", "B-2"])
    assert suggestions(row.deliver_by) == []


def test_the_difference_between_statement_and_journal_names_what_is_open(row: SettlementInstruction) -> None:
    account = row.token.series and bank.SettlementAccount.objects.get()
    empty = statement_difference(account, NOW)
    assert (empty.statement, empty.journal, empty.closing, empty.after, empty.difference) == (None, 0, 0, 0, 0)
    world.pay(row, reference="BY-HAND")
    early = statement_difference(account, NOW)
    assert (early.journal, early.after, early.missing, early.difference) == (row.amount_minor, row.amount_minor, 0, 0)
    bank.take(bank.statement(bank.credit("B-1", 700), bank.debit("B-2", 40, "NOBODY-1")))
    found = statement_difference(account, NOW)
    assert (found.closing, found.journal, found.after) == (660, 700 + row.amount_minor, 0)
    assert (found.missing, found.unbooked, found.difference) == (row.amount_minor, -40, row.amount_minor + 40)
    assert [entry.reference for entry in unexplained(account)] == ["B-2"]
    bank.take(bank.statement(bank.credit("BY-HAND", row.amount_minor), number=2, opening=660))
    found = statement_difference(account, NOW)
    assert (found.after, found.missing, found.difference) == (0, 0, 40)
    # Booked when the last balance was closed already: that, and nothing else, is booked after it.
    later = NOW + timedelta(hours=1)
    journal_post(
        key="out:1", kind="TAX", words="tax", currency="PKR", legs=[("TAX", 15), ("BANK", -15)], now=later,
        bank_reference="TAX-1",
    )  # fmt: skip
    found = statement_difference(account, later)
    assert (found.after, found.missing, found.difference) == (-15, 0, 40)


def test_every_open_line_is_named_with_its_next_step_and_two_that_are_one_explain_each_other(
    row: SettlementInstruction,
) -> None:
    account = bank.SettlementAccount.objects.get()
    assert open_lines(account, NOW) == []
    legs = [("TAX", 40), ("BANK", -40)]
    journal_post(key="out:1", kind="TAX", words="tax", currency="PKR", legs=legs, now=NOW, bank_reference="TAX-1")
    world.pay(row, reference="BY-HAND")
    bank.take(bank.statement(bank.debit("B-2", 40, "ANOTHER-1"), bank.debit("B-3", 7, "NOBODY-1")))
    found = [
        (line.at_the_bank and line.at_the_bank.reference, line.in_the_journal and line.in_the_journal.key, line.minor)
        for line in open_lines(account, NOW)
    ]
    assert found == [
        ("B-2", None, -40), ("B-3", None, -7), (None, "out:1", -40), (None, "receipt:BY-HAND", row.amount_minor),
    ]  # fmt: skip
    steps = [line.next_step for line in open_lines(account, NOW)]
    assert steps == [
        "The journal has this amount under another reference: two persons link the two lines.",
        "Record the payment that it is under this reference. If nobody ordered it, the bank takes it back.",
        "The bank has this amount under another reference: two persons link the two lines.",
        "Ask the bank why its statement does not show it.",
    ]
    whole = statement_difference(account, NOW)
    assert (whole.after, whole.missing, whole.unbooked) == (0, row.amount_minor - 40, -47)
    assert whole.difference == sum(line.minor for line in open_lines(account, NOW) if line.in_the_journal) + 47


@pytest.mark.parametrize(
    ("change", "guard"),
    [
        ("state = 'APPLIED'", "suspense_leaves_once"),
        ("state = 'RETURNED'", "suspense_leaves_once"),
        ("apply_entry_id = entry_id", "suspense_leaves_once"),
        ("state = 'APPLIED', apply_entry_id = entry_id, return_entry_id = entry_id", "suspense_leaves_once"),
        ("amount_minor = amount_minor - 1", "suspense_item_is_fixed"),
        ("kind = 'REVERSAL', amount_minor = -5", "suspense_item_is_fixed"),
        ("state = 'GONE'", "suspense"),
    ],
)
def test_raw_sql_takes_nothing_out_of_suspense(row: SettlementInstruction, change: str, guard: str) -> None:
    halves(row)
    before = facts()
    with pytest.raises(IntegrityError, match=guard), transaction.atomic():
        connection.cursor().execute(f"UPDATE settlement_suspenseitem SET {change}")
    assert facts() == before
