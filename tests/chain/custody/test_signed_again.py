"""The registrar's signature expires before it is relayed: the way back to the buyer's money, on a real node."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.outbox.models import Intent
from custody.instructions.models import Instruction
from custody.reconciliation.models import EquationResult, InFlight
from custody.reconciliation.services import reconcile
from custody.registries.models import CapAccount, RegistryConfirmation
from custody.registries.services import release_receive
from custody.settlement.models import SettlementInstruction
from custody.settlement.selectors import cash_balances
from custody.tokenisation.models import TokenContract
from tests.factories.custody import Custody

pytestmark = pytest.mark.chain


def flying(custody: Custody, token: TokenContract) -> list[tuple[int, str, int]]:
    """Reconcile: every equation holds; what is on its way, by number, side and units."""
    run = reconcile(token=token, now=custody.now)
    assert list(EquationResult.objects.filter(run=run, holds=False).values_list("words", flat=True)) == []
    rows = InFlight.objects.filter(run=run).order_by("side", "instruction__number")
    return list(rows.values_list("instruction__number", "side", "units"))


def test_an_expired_signature_is_given_again_and_the_buyer_refunded(custody: Custody) -> None:
    token, investor = custody.tokenised(), custody.investor()
    custody.registered(investor)
    (row,) = custody.settlements(token, (investor, 7), deliver_by=custody.now + timedelta(days=1))
    custody.pay(row)
    custody.confirm(row)
    custody.chain.warp(31 * 86400)
    custody.until(lambda: Instruction.objects.filter(kind="CONFIRM", number=4).exists())
    row.refresh_from_db()
    assert row.state == "UNDELIVERABLE"
    relay = Intent.objects.get(function="confirm")
    assert (relay.state, hasattr(relay, "slot")) == ("REJECTED", False)
    account = CapAccount.objects.get(token=token)
    assert (account.confirmed, account.withdrawn, account.issued) == (0, 0, 0)
    custody.ring()
    assert sorted(flying(custody, token)) == [(1, "NOT_YET_MINTED", 7), (2, "CAP_NOT_YET_RAISED", 7)]

    custody.confirm(row)
    again = row.confirm_instruction_id
    custody.until(lambda: Instruction.objects.get(pk=again).state == "DONE")
    assert flying(custody, token) == [(1, "NOT_YET_MINTED", 7)]
    withdraw = row.withdraw_instruction
    assert withdraw is not None
    payload = {"instructions": [withdraw.pk]}
    custody.approve("custody.instructions.WithdrawApprove", payload, "maker", "registrar_checker")
    custody.until(lambda: Instruction.objects.get(pk=withdraw.pk).state == "DONE")
    assert flying(custody, token) == [(withdraw.number, "WITHDRAWN", 7)]
    release_receive(
        instruction=withdraw,
        kind="WITHDRAW",
        registry_reference="W-1",
        actor=custody.people["registrar"],
        now=custody.now,
    )
    custody.until(lambda: SettlementInstruction.objects.get(pk=row.pk).state == "WITHDRAWN")
    custody.approve("custody.settlement.RefundApprove", {"settlement": row.pk}, "fiscal", "fiscal_checker")
    custody.ring()
    assert flying(custody, token) == []
    assert set(cash_balances("PKR").values()) == {0}
    account.refresh_from_db()
    assert (account.confirmed, account.withdrawn, account.issued) == (7, 7, 0)
    words = RegistryConfirmation.objects.order_by("pk").values_list(
        "kind", "instruction__number", "replaces__instruction__number"
    )
    assert list(words) == [("IMMOBILISE", 2, None), ("IMMOBILISE", 4, 2), ("WITHDRAW", 3, None)]
