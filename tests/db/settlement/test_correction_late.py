"""Put right when what was typed has been used already: what never came is owed, and no unit is issued against it."""

from __future__ import annotations

import pytest

from custody.cash.services import cash_advance, cash_mint_give_up
from custody.settlement.models import CashEntry, SettlementInstruction, SuspenseItem
from custody.settlement.selectors import cash_balances
from custody.settlement.services import settlements_advance
from custody.settlement.statements import suggestions
from tests.db.settlement.test_correction import APPLY, REFUND, agreed, commits, held, now_of, written
from tests.db.settlement.test_never_confirmed import withdraw
from tests.factories import bank, typed
from tests.factories import cashless as desk
from tests.factories import ledgerless as world
from tests.support.journal import balances
from tokenization.kernel.errors import Refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures(commits.__name__)]
NOW, SETTLES = world.NOW, world.SETTLES


def signed() -> SettlementInstruction:
    """Paid by what was typed under B-1, approved by two houses, signed by the registrar."""
    (row,) = world.settlements(world.token(), 10)
    world.approve_issue(row.issue_instruction)
    world.pay(row, reference="B-1")
    world.confirm(row.issue_instruction, world.registrar())
    return now_of(row)


def delivered() -> SettlementInstruction:
    row = signed()
    settlements_advance(now=SETTLES)
    row.issue_instruction.refresh_from_db()
    world.settle(row.issue_instruction)
    settlements_advance(now=SETTLES)
    assert now_of(row).state == "DELIVERED"
    return row


def test_after_delivery_what_never_came_is_owed_and_set_off_when_the_buyer_pays_it() -> None:
    row = delivered()
    due = row.amount_minor
    done = typed.put_right(typed.told(due - 300, row.payment_reference))
    assert typed.legs(done.entry) == [("BANK", -300), ("SUSPENSE", 300)]
    assert held() == [("MISSING", "300 minor units of what was typed never came", row.pk, -300)]
    assert now_of(row).state == "DELIVERED"
    assert done.approval.preview["warnings"] == [
        "Its units are delivered, or on their way on chain: the buyer owes what never came."
    ]
    owing = balances(BANK=-300, SUSPENSE=300, TREASURY=due, DEBT=-due)
    assert cash_balances("PKR") == owing
    with pytest.raises(Refused, match="nothing to return"):
        world.approve(REFUND, {"suspense": SuspenseItem.objects.get().pk}, *typed.ROLES)
    bank.take(bank.statement(bank.credit("B-2", 300, row.payment_reference), number=2, opening=due - 300))
    (found,) = suggestions(NOW)
    assert (found.settlement, sorted(item.amount_minor for item in found.items)) == (None, [-300, 300])
    world.approve(APPLY, {"settlement": None, "items": [item.pk for item in found.items]}, *typed.ROLES)
    assert cash_balances("PKR") == balances(TREASURY=due, DEBT=-due)
    assert held() == []


def test_after_delivery_what_came_more_is_paid_back() -> None:
    row = delivered()
    typed.put_right(typed.told(row.amount_minor + 8, row.payment_reference))
    world.approve(REFUND, {"suspense": SuspenseItem.objects.get().pk}, *typed.ROLES)
    assert cash_balances("PKR") == balances(TREASURY=row.amount_minor, DEBT=-row.amount_minor)


@pytest.mark.parametrize("bell", [False, True])
def test_signed_but_not_sent_it_is_given_up_and_refunded_less_what_never_came(bell: bool) -> None:
    row = signed()
    if bell:
        settlements_advance(now=NOW)
        assert now_of(row).state == "IMMOBILISED"
    due = row.amount_minor
    done = typed.put_right(typed.told(due - 40, row.payment_reference))
    assert typed.legs(done.entry) == [("BANK", -40), ("SUSPENSE", 40)]
    stopped = now_of(row)
    assert (stopped.state, stopped.issue_instruction.state) == ("UNDELIVERABLE", "CANCELLED")
    assert stopped.reason.startswith("not paid in full: B-1: ")
    agreed()
    settlements_advance(now=SETTLES)
    row.confirm_instruction.refresh_from_db()
    world.settle(row.confirm_instruction)
    withdraw = stopped.withdraw_instruction
    assert withdraw is not None
    payload = {"instructions": [withdraw.pk]}
    world.approve("custody.instructions.WithdrawApprove", payload, "DEBT_MAKER", "REGISTRAR_CHECKER")
    world.sent_withdrawal(withdraw)
    settlements_advance(now=SETTLES)
    assert now_of(row).state == "WITHDRAWN"
    world.approve(REFUND, {"settlement": row.pk}, *typed.ROLES)
    ended = now_of(row)
    assert ended.refund_entry is not None
    assert typed.legs(ended.refund_entry) == [("BANK", 40 - due), ("BANK_LEG", due), ("SUSPENSE", -40)]
    assert (ended.state, ended.allotment.state, ended.allotment.commitment.state) == (
        "REFUNDED", "WITHDRAWN", "RELEASED",
    )  # fmt: skip
    assert (held(), cash_balances("PKR")) == ([], balances())


def parts(row: SettlementInstruction) -> None:
    """Two parts typed, B-1 and B-2, and used together by two persons."""
    third = row.amount_minor // 3
    world.pay(row, third, reference="B-1")
    world.pay(row, row.amount_minor - third, reference="B-2")
    items = list(SuspenseItem.objects.values_list("pk", flat=True))
    world.approve(APPLY, {"settlement": row.pk, "items": items}, *typed.ROLES)
    assert now_of(row).state == "CASH_CONFIRMED"


def test_paid_in_parts_of_which_one_came_short_it_is_withdrawn_and_refunded_less_that() -> None:
    (row,) = world.settlements(world.token(), 10)
    parts(row)
    third, due = row.amount_minor // 3, row.amount_minor
    line = typed.told(third - 11, row.payment_reference)
    typed.put_right(line)
    stopped = now_of(row)
    assert (stopped.state, stopped.issue_instruction.state, stopped.confirm_instruction.state) == (
        "WITHDRAWN", "CANCELLED", "CANCELLED",
    )  # fmt: skip
    asked = world.approve(REFUND, {"settlement": row.pk}, *typed.ROLES)
    assert [row[0] for row in asked.preview["rows"]] == [f"settlement:{row.payment_reference}", "Owed for it"]
    assert asked.items.get().body["amount_minor"] == due - 11
    assert (held(), cash_balances("PKR")) == ([], balances())


def test_more_came_in_parts_so_that_alone_waits() -> None:
    (row,) = world.settlements(world.token(), 10)
    parts(row)
    typed.put_right(typed.told(row.amount_minor // 3 + 2, row.payment_reference))
    assert held() == [("OVER", "2 minor units more came than were typed", row.pk, 2)]
    assert now_of(row).state == "CASH_CONFIRMED"


def test_paid_back_already_what_never_came_is_owed_by_whoever_got_it() -> None:
    (row,) = world.settlements(world.token(), 10)
    world.pay(row, 500, reference="B-1")
    world.approve(REFUND, {"suspense": SuspenseItem.objects.get().pk}, *typed.ROLES)
    line = typed.told(470, row.payment_reference)
    back, before = CashEntry.objects.get(key="return:B-1"), written()
    assert back.bank_reference == "B-1", "what went out bears the same reference, and is not what was typed"
    with pytest.raises(Refused, match="not typed for the line"):
        typed.put_right(line, entry=back.pk)
    assert written() == before
    typed.put_right(line)
    assert held() == [("MISSING", "30 minor units of what was typed never came", row.pk, -30)]
    assert (now_of(row).state, cash_balances("PKR")) == ("AWAITING_CASH", balances(BANK=-30, SUSPENSE=30))


def test_a_purchase_that_went_on_is_not_changed_for_a_line_that_names_another() -> None:
    row = delivered()
    other = world.settlements(row.token, 5)[0]
    line = typed.told(other.amount_minor, other.payment_reference)
    before = written()
    with pytest.raises(Refused, match="which has gone on"):
        typed.put_right(line)
    assert written() == before


@pytest.mark.parametrize(("change", "kind"), [(25, "OVER"), (-25, "MISSING")])
def test_a_credit_for_cash_tokens_keeps_its_tokens_and_the_difference_stands_in_suspense(
    change: int, kind: str
) -> None:
    world.cash_token()
    key, mint = desk.fiscal_agent(), desk.credit(world.wallet(), 700, reference="B-1")
    desk.approve_mint(mint)
    desk.sign(mint, key)
    done = typed.put_right(typed.told(700 + change))
    assert [(row[0], row[2:]) for row in held()] == [(kind, (None, change))]
    assert cash_balances("PKR") == balances(BANK=700 + change, BANK_LEG=-700, SUSPENSE=-change)
    mint.refresh_from_db()
    assert (mint.state, mint.amount_minor) == ("CREDITED", 700)
    words = "Cash tokens stand for all that was typed: their holder owes what never came."
    assert done.approval.preview["warnings"] == ([words] if change < 0 else [])
    agreed()


def test_no_token_is_minted_for_what_never_came_as_long_as_nobody_has_signed() -> None:
    """The credit is given up first; it is in suspense then, and what came takes its place."""
    world.cash_token()
    mint = desk.credit(world.wallet(), 700, reference="B-1")
    line = typed.told(675)
    before = written()
    with pytest.raises(Refused, match="wait for the fiscal agent's signature") as refused:
        typed.put_right(line)
    assert written() == before
    assert refused.value.next_step.startswith("Give the credit up first")
    officer = world.officer("FISCAL_AGENT_OFFICER")
    cash_mint_give_up(mint=mint, reason="less came", actor=officer, now=NOW)
    done = typed.put_right(line)
    assert typed.legs(done.entry) == [("BANK", -25), ("SUSPENSE", 25)]
    assert held() == [("UNKNOWN", "no settlement has this payment reference", None, 675)]
    assert cash_balances("PKR") == balances(BANK=675, SUSPENSE=-675)
    world.approve(REFUND, {"suspense": SuspenseItem.objects.get(state="HELD").pk}, *typed.ROLES)
    assert cash_balances("PKR") == balances()


def test_a_purchase_to_be_paid_in_tokens_gets_none_for_what_never_came() -> None:
    world.cash_token()
    (row,) = world.settlements(world.token(), 10, rail="TOKEN")
    world.approve_issue(row.issue_instruction)
    world.pay(row, reference="B-1")
    cash_advance(now=NOW)
    line = typed.told(row.amount_minor - 60, row.payment_reference)
    before = written()
    with pytest.raises(Refused, match="wait for the fiscal agent's signature"):
        typed.put_right(line)
    assert written() == before
    mint, officer = now_of(row).cash_mint, world.officer("FISCAL_AGENT_OFFICER")  # type: ignore[attr-defined]
    withdraw(row)
    cash_mint_give_up(mint=mint, reason="less came", actor=officer, now=row.deliver_by)
    typed.put_right(line)
    assert held() == [("DUPLICATE", "the settlement is WITHDRAWN already", row.pk, row.amount_minor - 60)]
    assert cash_balances("PKR") == balances(BANK=row.amount_minor - 60, SUSPENSE=60 - row.amount_minor)
    agreed()


def test_a_purchase_of_which_more_is_owed_than_it_was_paid_is_not_refunded() -> None:
    """The bank took all back, and says besides that a part had never come."""
    (row,) = world.settlements(world.token(), 10)
    parts(row)
    typed.put_right(typed.told(row.amount_minor // 3 - 1, row.payment_reference))
    back = bank.debit("B-9", row.amount_minor, row.payment_reference, reversal=True)
    bank.take(bank.statement(back, number=2, opening=row.amount_minor // 3 - 1))
    before = written()
    with pytest.raises(Refused, match="More is owed"):
        world.approve(REFUND, {"settlement": row.pk}, *typed.ROLES)
    assert written() == before


def test_what_the_bank_took_back_whole_is_refunded_by_nothing_at_all() -> None:
    """No money leaves for money that is not here: the purchase ends, and what was owed for it is set off."""
    (row,) = world.settlements(world.token(), 10)
    world.pay(row, reference="B-1")
    bank.account()
    back = bank.debit("B-9", row.amount_minor, row.payment_reference, reversal=True)
    bank.take(bank.statement(bank.credit("B-1", row.amount_minor), back))
    SettlementInstruction.objects.filter(pk=row.pk).update(state="WITHDRAWN")
    world.approve(REFUND, {"settlement": row.pk}, *typed.ROLES)
    ended = now_of(row)
    assert ended.refund_entry is not None
    assert typed.legs(ended.refund_entry) == [("BANK_LEG", row.amount_minor), ("SUSPENSE", -row.amount_minor)]
    assert (ended.state, held(), cash_balances("PKR")) == ("REFUNDED", [], balances())
