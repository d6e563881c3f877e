"""The whole path on a real node, real signers and real PostgreSQL; only the clock of the bells is ours."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings

from contracts.gateway import views
from contracts.gateway.client import Node
from custody.instructions.models import Instruction
from custody.registries.models import CapAccount, RegistryConfirmation
from custody.registries.services import release_receive
from custody.settlement.models import SettlementInstruction
from custody.settlement.selectors import cash_balances
from custody.tokenisation.models import ChainContract, ChainSetting
from custody.tokenisation.plan import STEPS
from custody.tokenisation.selectors import contract_address, manifest
from issuance.allotment.models import Allotment
from tests.factories.custody import Custody
from tests.support.journal import balances
from tokenization.kernel.errors import Refused

pytestmark = pytest.mark.chain


def snapshot(token: str, *wallets: str) -> views.TokenSnapshot:
    with Node(settings.CHAIN_RPC_URL) as node:
        head = views.final_head(node, settings.CHAIN_FINALITY)
        return views.snapshot(node, head.hash, token, wallets, engine=contract_address("ENGINE"))


def test_the_plan_is_deployed_wired_and_verified_once(custody: Custody) -> None:
    addresses = set(ChainContract.objects.filter(state="LIVE").values_list("address", flat=True))
    assert len(addresses) == len(STEPS)
    assert ChainSetting.objects.get(key="wiring").state == "LIVE"
    names = [line.name for line in manifest()]
    assert names[: len(STEPS)] == [step.name for step in STEPS]
    custody.ring()
    custody.ring()
    assert set(ChainContract.objects.values_list("address", flat=True)) == addresses


def test_paid_and_confirmed_units_are_delivered_and_proceeds_swept(custody: Custody) -> None:
    token = custody.tokenised()
    first, second = custody.investor(), custody.investor()
    custody.registered(first, second)
    rows = custody.delivered(token, (first, 30), (second, 12))

    seen = snapshot(token.address, first.key.address, second.key.address)
    assert seen.total_supply == 42
    assert list(seen.balances.values()) == [30, 12]
    assert (seen.cap.confirmed, seen.cap.issued, seen.cap.withdrawn) == (42, 42, 0)
    account = CapAccount.objects.get(token=token)
    assert (account.confirmed, account.issued, account.withdrawn) == (42, 42, 0)
    assert set(Instruction.objects.filter(token=token).values_list("kind", "state")) == {
        ("CONFIRM", "DONE"),
        ("ISSUE", "DONE"),
    }
    total = sum(row.amount_minor for row in rows)
    assert cash_balances("PKR") == balances(TREASURY=total, DEBT=-total)
    assert set(Allotment.objects.values_list("state", flat=True)) == {"SETTLED"}


def test_what_cannot_be_delivered_is_withdrawn_released_and_refunded(custody: Custody) -> None:
    token = custody.tokenised()
    lapsing = custody.investor(valid_until=custody.now + timedelta(hours=2))
    steady = custody.investor()
    custody.registered(lapsing, steady)
    deadline = custody.now + timedelta(days=1)
    rows = custody.settlements(token, (lapsing, 7), (steady, 5), deliver_by=deadline)
    custody.pay(*rows)
    custody.confirm(*rows)
    custody.chain.warp(3 * 3600)
    custody.until(lambda: SettlementInstruction.objects.get(pk=rows[1].pk).state == "DELIVERED")
    assert SettlementInstruction.objects.get(pk=rows[0].pk).state == "ISSUING"

    custody.chain.warp(25 * 3600)
    custody.until(lambda: SettlementInstruction.objects.get(pk=rows[0].pk).state == "UNDELIVERABLE")
    row = SettlementInstruction.objects.get(pk=rows[0].pk)
    assert row.reason != ""
    with pytest.raises(Refused):
        custody.approve("custody.settlement.RefundApprove", {"settlement": row.pk}, "fiscal", "fiscal_checker")
    withdraw = row.withdraw_instruction
    assert withdraw is not None
    with pytest.raises(Refused):
        release(custody, withdraw)
    payload = {"instructions": [withdraw.pk]}
    custody.approve("custody.instructions.WithdrawApprove", payload, "maker", "registrar_checker")
    custody.until(lambda: Instruction.objects.get(pk=withdraw.pk).state == "DONE")
    release(custody, withdraw)
    custody.until(lambda: SettlementInstruction.objects.get(pk=row.pk).state == "WITHDRAWN")
    custody.approve("custody.settlement.RefundApprove", {"settlement": row.pk}, "fiscal", "fiscal_checker")

    row.refresh_from_db()
    assert row.state == "REFUNDED"
    assert row.allotment.state == "WITHDRAWN"
    assert row.allotment.commitment.state == "RELEASED"
    seen = snapshot(token.address, lapsing.key.address, steady.key.address)
    assert list(seen.balances.values()) == [0, 5]
    assert (seen.cap.confirmed, seen.cap.withdrawn, seen.cap.issued) == (12, 7, 5)
    account = CapAccount.objects.get(token=token)
    assert (account.confirmed, account.withdrawn, account.issued) == (12, 7, 5)
    sold = rows[1].amount_minor
    assert cash_balances("PKR") == balances(TREASURY=sold, DEBT=-sold)
    assert list(RegistryConfirmation.objects.order_by("pk").values_list("kind", "units")) == [
        ("IMMOBILISE", 7),
        ("IMMOBILISE", 5),
        ("WITHDRAW", 7),
    ]


def release(custody: Custody, instruction: Instruction) -> RegistryConfirmation:
    return release_receive(
        instruction=instruction,
        kind="WITHDRAW",
        registry_reference="CSD-W-1",
        actor=custody.people["registrar"],
        now=custody.now,
    )
