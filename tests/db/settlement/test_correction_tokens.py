"""Put right where cash tokens are to be minted, were, or could not be: no token and no refund for what never came."""

from __future__ import annotations

import pytest

from custody.cash.models import CashMint
from custody.cash.services import cash_advance, cash_mint_give_up
from custody.settlement.models import SettlementInstruction, SuspenseItem
from custody.settlement.selectors import cash_balances
from custody.settlement.statements import suggestions
from tests.db.settlement.test_correction import APPLY, REFUND, commits, held, now_of, written
from tests.db.settlement.test_correction_late import parts
from tests.db.settlement.test_never_confirmed import withdraw
from tests.factories import cashless as desk
from tests.factories import ledgerless as world
from tests.factories import typed
from tests.support.journal import balances
from tokenization.identity.models import Approval
from tokenization.kernel.errors import Refused
from tokenization.kernel.money import Money

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures(commits.__name__)]
NOW = world.NOW


def bought_in_parts() -> tuple[SettlementInstruction, CashMint]:
    """On rail TOKEN: two parts typed, B-1 and B-2, used together by two persons, the tokens drafted on their entry."""
    world.cash_token()
    (row,) = world.settlements(world.token(), 10, rail="TOKEN")
    parts(row)
    cash_advance(now=NOW)
    mint = CashMint.objects.get()
    assert (mint.state, mint.receipt.kind, mint.amount_minor) == ("CREDITED", "APPLY", row.amount_minor)
    return row, mint


def test_paid_in_parts_for_tokens_no_token_is_minted_for_the_part_that_never_came() -> None:
    row, _ = bought_in_parts()
    line = typed.told(row.amount_minor // 3 - 360, row.payment_reference)
    before = written()
    with pytest.raises(Refused, match="wait for the fiscal agent's signature") as refused:
        typed.put_right(line)
    assert (refused.value.field, refused.value.rule) == ("entry", "no token for money that never came")
    assert written() == before
    assert now_of(row).state == "CASH_CONFIRMED"


def withdrawn(row: SettlementInstruction, mint: CashMint) -> SuspenseItem:
    """By two persons after its deadline, nobody having confirmed it; then its credit is given up into suspense."""
    row.issue_instruction.refresh_from_db()
    withdraw(row)
    cash_mint_give_up(mint=mint, reason="withdrawn", actor=world.officer("FISCAL_AGENT_OFFICER"), now=row.deliver_by)
    return SuspenseItem.objects.get(settlement=row, state="HELD")


def returned(item: SuspenseItem) -> tuple[Approval, list[tuple[str, int]]]:
    asked = world.approve(REFUND, {"suspense": item.pk}, *typed.ROLES)
    item.refresh_from_db()
    assert (item.state, item.return_entry is not None) == ("RETURNED", True)
    assert item.return_entry is not None
    return asked, typed.legs(item.return_entry)


def test_a_credit_of_parts_that_was_given_up_goes_back_less_the_part_that_never_came() -> None:
    row, mint = bought_in_parts()
    item, due = withdrawn(row, mint), row.amount_minor
    typed.put_right(typed.told(due // 3 - 360, row.payment_reference))
    assert [line[::3] for line in held()] == [("DISPUTE", due), ("MISSING", -360)]
    asked, legs = returned(item)
    money = [Money(minor, "PKR").format() for minor in (due - 360, 360)]
    assert asked.preview["rows"] == [
        [f"suspense:{item.bank_reference}", "held", f"{money[0]} paid back"],
        ["Owed for it", "in suspense", f"{money[1]} kept and set off"],
    ]
    assert asked.items.get().body["amount_minor"] == due - 360
    assert legs == [("BANK", 360 - due), ("SUSPENSE", -360), ("SUSPENSE", due)]
    assert (held(), cash_balances("PKR")) == ([], balances())


def failed(amount: int) -> CashMint:
    """A credit typed as B-1, signed for, whose tokens could not be minted; its cap is raised and not yet lowered."""
    world.cash_token()
    key, mint = desk.fiscal_agent(), desk.credit(world.wallet(), amount, reference="B-1")
    desk.approve_mint(mint)
    desk.sign(mint, key)
    cash_advance(now=NOW)
    mint.refresh_from_db()
    world.settle(mint.confirm_instruction)
    world.give_up(mint.issue_instruction, "the wallet has lapsed")
    cash_advance(now=NOW)
    mint.refresh_from_db()
    assert mint.state == "FAILED"
    return mint


def released(mint: CashMint) -> SuspenseItem:
    withdraw = mint.withdraw_instruction
    assert withdraw is not None
    payload = {"instructions": [withdraw.pk]}
    world.approve("custody.cash.CashWithdrawApprove", payload, "FISCAL_AGENT_OFFICER", "FISCAL_AGENT_CHECKER")
    world.sent_withdrawal(withdraw)
    cash_advance(now=NOW)
    return SuspenseItem.objects.get(bank_reference="B-1", state="HELD")


def test_a_deposit_that_could_not_be_minted_goes_back_less_what_never_came() -> None:
    mint = failed(700)
    typed.put_right(typed.told(675))
    assert [line[::3] for line in held()] == [("MISSING", -25)]
    other = desk.credit(world.wallet(), 90, reference="B-2")
    cash_mint_give_up(mint=other, reason="not wanted", actor=world.officer("FISCAL_AGENT_OFFICER"), now=NOW)
    item = released(mint)
    assert [line[::3] for line in held()] == [("MISSING", -25), ("DISPUTE", 90), ("DISPUTE", 700)]
    _, legs = returned(SuspenseItem.objects.get(bank_reference="B-2"))
    assert legs == [("BANK", -90), ("SUSPENSE", 90)], "what another credit owes is not its payer's"
    _, legs = returned(item)
    assert legs == [("BANK", -675), ("SUSPENSE", -25), ("SUSPENSE", 700)]
    assert (held(), cash_balances("PKR")) == ([], balances())


def test_what_is_held_does_not_go_back_while_more_is_owed_for_its_purchase() -> None:
    """Delivered, and forty of it never came; the buyer has paid thirty more by mistake."""
    (row,) = world.settlements(world.token(), 10)
    parts(row)
    row.refresh_from_db()
    SettlementInstruction.objects.filter(pk=row.pk).update(state="WITHDRAWN")
    world.pay(row, 30, reference="B-3")
    typed.put_right(typed.told(row.amount_minor // 3 - 40, row.payment_reference))
    extra, before = SuspenseItem.objects.get(bank_reference="B-3"), written()
    with pytest.raises(Refused, match="More is owed for suspense:B-3") as refused:
        world.approve(REFUND, {"suspense": extra.pk}, *typed.ROLES)
    assert (refused.value.field, refused.value.rule) == ("suspense", "no more is owed than is paid back")
    assert refused.value.next_step.startswith("Set what is owed off")
    assert written() == before


def test_exact_money_of_a_purchase_in_tokens_is_used_by_two_and_becomes_its_tokens() -> None:
    """Typed short by a slip: no token stands on a correcting entry, so what came waits for the two who use it."""
    world.cash_token()
    (row,) = world.settlements(world.token(), 10, rail="TOKEN")
    due = row.amount_minor
    world.pay(row, due - 90, reference="B-1")
    done = typed.put_right(typed.told(due, row.payment_reference))
    assert typed.legs(done.entry) == [("BANK", 90), ("SUSPENSE", -90)]
    assert [line[::3] for line in held()] == [("EXACT", due)]
    assert (now_of(row).state, cash_advance(now=NOW)) == ("AWAITING_CASH", 0)
    (found,) = suggestions(NOW)
    assert (found.settlement, [item.amount_minor for item in found.items]) == (row, [due])
    world.approve(APPLY, {"settlement": row.pk, "items": [found.items[0].pk]}, *typed.ROLES)
    assert (now_of(row).state, held()) == ("CASH_CONFIRMED", [])
    assert cash_advance(now=NOW) == 1
    mint = CashMint.objects.get()
    assert (mint.settlement, mint.amount_minor, mint.state) == (row, due, "CREDITED")
    assert cash_balances("PKR") == balances(BANK=due, BANK_LEG=-due)
