"""A purchase of a reserve issue that no attestation ever carries: given up at its deadline, its money on the way home.

On rail BANK as on rail TOKEN: what the registrar blocked for it is taken back, and the page says what is to be done.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from custody.cash.services import cash_advance
from custody.instructions.models import Instruction
from custody.settlement.models import CashEntry, SettlementInstruction
from custody.settlement.selectors import cash_balances
from custody.settlement.services import settlements_advance
from custody.settlement.services.moves import NOT_CARRIED
from custody.tokenisation.models import TokenContract
from tests.factories import examined, reserves
from tests.factories import ledgerless as world
from tests.support.journal import balances
from tokenization.backoffice.pages.stranded import Stranded, stranded
from tokenization.identity.roles import Power

pytestmark = pytest.mark.django_db
NOW = world.NOW
SETTLES = world.SETTLES
WHY = "no attestation in force carried these units by the deadline"


@pytest.fixture
def gold() -> TokenContract:
    examined.chain_at(NOW)
    return reserves.token()


def waiting(gold: TokenContract) -> SettlementInstruction:
    """Paid and confirmed through the bank; the examiner has said nothing."""
    (row,) = world.paid_and_confirmed(gold, world.registrar(), 7)
    settlements_advance(now=SETTLES)
    return fresh(row)


def fresh(row: SettlementInstruction) -> SettlementInstruction:
    named = ("allotment", "issue_instruction", "confirm_instruction", "withdraw_instruction")
    return SettlementInstruction.objects.select_related(*named).get(pk=row.pk)


def told(row: SettlementInstruction, after: timedelta = timedelta(0)) -> Stranded:
    (line,) = stranded(row.deliver_by + after, [Power.WITHDRAW_DRAFT, Power.REFUND_DRAFT])
    return line


def kept() -> tuple[Any, ...]:
    rows = SettlementInstruction.objects.order_by("pk").values_list("state", "reason")
    return tuple(rows), Instruction.objects.count(), CashEntry.objects.count()


def test_until_its_deadline_it_waits_for_the_examiner(gold: TokenContract) -> None:
    row = waiting(gold)
    assert (row.state, row.reason, row.issue_instruction.state) == ("IMMOBILISED", NOT_CARRIED, "APPROVED")
    before = kept()
    assert settlements_advance(now=row.deliver_by - timedelta(seconds=1)) == 0
    assert kept() == before


def test_past_its_deadline_it_is_given_up_and_the_withdrawal_is_drafted(gold: TokenContract) -> None:
    row = waiting(gold)
    assert (told(row).stands, told(row).next) == (
        "Its issue was not sent by its deadline.",
        "Nothing to do yet: it is being given up, and the next step shows here.",
    )
    assert settlements_advance(now=row.deliver_by) == 1
    after = fresh(row)
    assert (after.state, after.reason, after.issue_instruction.state) == ("UNDELIVERABLE", WHY, "CANCELLED")
    draft = after.withdraw_instruction
    assert draft is not None
    assert (draft.kind, draft.state, draft.units, draft.linked_to) == ("WITHDRAW", "DRAFT", 7, row.issue_instruction)
    assert cash_balances("PKR") == balances(BANK=row.amount_minor, BANK_LEG=-row.amount_minor)
    line = told(row)
    assert (line.stands, line.next, bool(line.ask)) == (
        f"It could not be delivered: {WHY}.", "Two persons lower the cap.", True,
    )  # fmt: skip
    before = kept()
    assert settlements_advance(now=row.deliver_by + timedelta(days=1)) == 0
    assert kept() == before


def test_an_attestation_that_comes_in_time_delivers_it(gold: TokenContract) -> None:
    row = waiting(gold)
    examined.Examined(token=gold).in_force()
    assert settlements_advance(now=row.deliver_by - timedelta(seconds=1)) == 1
    after = fresh(row)
    assert (after.state, after.reason, after.issue_instruction.state) == ("ISSUING", "", "SENT")
    line = told(row)
    assert line.stands == "Its issue was sent, and is not final."


def test_withdrawn_and_released_its_money_goes_back_to_the_buyer(gold: TokenContract) -> None:
    row = waiting(gold)
    confirm = row.confirm_instruction
    settlements_advance(now=row.deliver_by)
    world.settle(confirm)
    draft = fresh(row).withdraw_instruction
    assert draft is not None
    payload = {"instructions": [draft.pk]}
    world.approve("custody.instructions.WithdrawApprove", payload, "DEBT_MAKER", "REGISTRAR_CHECKER")
    world.sent_withdrawal(draft)
    settlements_advance(now=row.deliver_by)
    assert fresh(row).state == "WITHDRAWN"
    payload = {"settlement": row.pk}
    world.approve("custody.settlement.RefundApprove", payload, "FISCAL_AGENT_OFFICER", "FISCAL_AGENT_CHECKER")
    cash_advance(now=row.deliver_by)
    assert (fresh(row).state, cash_balances("PKR")) == ("REFUNDED", balances())
