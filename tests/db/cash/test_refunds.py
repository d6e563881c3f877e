"""A purchase paid in tokens and not delivered is refunded by the entry that sent its money home, once."""

from __future__ import annotations

import pytest

from custody.cash.models import CashMint
from custody.cash.services import cash_advance, cash_burn_paid, cash_mint_give_up
from custody.settlement.models import SettlementInstruction
from custody.settlement.selectors import cash_balances, suspense_held
from tests.factories import cashless as desk
from tests.factories import ledgerless as world
from tests.support.journal import balances
from tokenization.kernel.errors import Refused

pytestmark = pytest.mark.django_db
NOW = world.NOW


def withdrawn(*units: int) -> list[SettlementInstruction]:
    """Paid on rail TOKEN, and then taken back at the registry; their mints are drafted."""
    world.cash_token()
    rows = world.settlements(world.token(), *units, rail="TOKEN")
    for row in rows:
        world.pay(row)
    cash_advance(now=NOW)
    SettlementInstruction.objects.filter(pk__in=[row.pk for row in rows]).update(state="WITHDRAWN", reason="too late")
    return list(SettlementInstruction.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk"))


def mint(row: SettlementInstruction) -> CashMint:
    return CashMint.objects.get(settlement=row)


def now_of(row: SettlementInstruction) -> SettlementInstruction:
    return SettlementInstruction.objects.select_related("allotment__commitment").get(pk=row.pk)


def test_burned_and_paid_out_it_is_refunded_and_its_headroom_returns() -> None:
    (row,) = withdrawn(5)
    key, made = desk.fiscal_agent(), mint(row)
    desk.approve_mint(made)
    desk.sign(made, key)
    cash_advance(now=NOW)
    desk.arrived(made)
    cash_advance(now=NOW)
    assert (mint(row).state, now_of(row).state) == ("DONE", "WITHDRAWN")
    less = desk.request(row.wallet, row.amount_minor - 1)
    desk.approve_burn(less)
    cash_advance(now=NOW)
    desk.gone(less)
    cash_advance(now=NOW)
    less.refresh_from_db()
    cash_burn_paid(burn=less, bank_reference="OUT-0", actor=world.officer("FISCAL_AGENT_OFFICER"), now=NOW)
    cash_advance(now=NOW)
    assert now_of(row).state == "WITHDRAWN", "another sum is another pay-out"
    desk.hold(made.token, row.wallet, row.amount_minor - 1)
    burn = desk.request(row.wallet, row.amount_minor)
    desk.approve_burn(burn)
    cash_advance(now=NOW)
    desk.gone(burn)
    cash_advance(now=NOW)
    burn.refresh_from_db()
    assert (burn.state, now_of(row).state) == ("BURNED", "WITHDRAWN")
    cash_burn_paid(burn=burn, bank_reference="OUT-1", actor=world.officer("FISCAL_AGENT_OFFICER"), now=NOW)
    assert cash_advance(now=NOW) == 1
    assert cash_advance(now=NOW) == 0
    burn.refresh_from_db()
    done = now_of(row)
    assert (done.state, done.refund_entry) == ("REFUNDED", burn.payout_entry)
    assert (done.allotment.state, done.allotment.commitment.state) == ("WITHDRAWN", "RELEASED")


def test_one_pay_out_refunds_one_purchase() -> None:
    first, second = withdrawn(5, 5)
    SettlementInstruction.objects.filter(pk=second.pk).update(wallet=first.wallet)
    key = desk.fiscal_agent()
    for row in (first, second):
        made = mint(row)
        desk.approve_mint(made)
        desk.sign(made, key)
        cash_advance(now=NOW)
        desk.arrived(made)
        cash_advance(now=NOW)
    burn = desk.request(first.wallet, first.amount_minor)
    desk.approve_burn(burn)
    cash_advance(now=NOW)
    desk.gone(burn)
    cash_advance(now=NOW)
    burn.refresh_from_db()
    cash_burn_paid(burn=burn, bank_reference="OUT-1", actor=world.officer("FISCAL_AGENT_OFFICER"), now=NOW)
    assert cash_advance(now=NOW) == 1
    assert sorted([now_of(first).state, now_of(second).state]) == ["REFUNDED", "WITHDRAWN"]


def test_never_minted_its_credit_waits_in_suspense() -> None:
    (row,) = withdrawn(5)
    officer = world.officer("FISCAL_AGENT_OFFICER")
    cash_mint_give_up(mint=mint(row), reason="withdrawn", actor=officer, now=NOW)
    assert cash_advance(now=NOW) == 1
    done = now_of(row)
    assert (done.state, done.refund_entry) == ("REFUNDED", mint(row).entry)
    assert [item.amount_minor for item in suspense_held()] == [row.amount_minor]
    assert cash_balances("PKR") == balances(BANK=row.amount_minor, SUSPENSE=-row.amount_minor)


def test_one_officer_does_not_end_a_paid_purchase() -> None:
    """Two persons withdraw it first; then its credit is given up as any other."""
    (row,) = withdrawn(5)
    made, officer = mint(row), world.officer("FISCAL_AGENT_OFFICER")
    for state in ("CASH_CONFIRMED", "IMMOBILISED", "UNDELIVERABLE"):
        SettlementInstruction.objects.filter(pk=row.pk).update(state=state)
        before = (cash_balances("PKR"), made.issue_instruction.state, made.confirm_instruction.state)
        with pytest.raises(Refused, match=f"This credit pays {row.payment_reference}, which is {state}") as refused:
            cash_mint_give_up(mint=made, reason="not wanted", actor=officer, now=NOW)
        assert (refused.value.field, refused.value.rule) == ("mint", "a paid purchase is ended by two")
        assert refused.value.next_step == (
            "After its deadline two persons withdraw the purchase; then its credit is given up."
        )
        made = mint(row)
        assert (cash_balances("PKR"), made.issue_instruction.state, made.confirm_instruction.state) == before
        assert (made.state, list(suspense_held())) == ("CREDITED", [])
