"""Ten bidders against cash tokens on a real node: six in one transaction, one later, three never."""

from __future__ import annotations

import os
import random
import time
from datetime import timedelta

import pytest
from django.conf import settings

from contracts.gateway import views
from contracts.gateway.client import Node
from contracts.outbox.models import Intent
from custody.cash.models import CashBurn
from custody.cash.services import cash_burn_paid, cash_burn_request
from custody.instructions.models import Instruction
from custody.reconciliation.models import EquationResult
from custody.reconciliation.services import reconcile
from custody.register.models import Entry
from custody.registries.services import release_receive
from custody.settlement.models import SettlementInstruction
from custody.settlement.selectors import cash_balances
from custody.settlement.services import settlements_advance
from custody.tokenisation.models import TokenContract
from custody.tokenisation.selectors import contract_address
from issuance.allotment.models import Allotment
from tests.factories.custody import Investor
from tests.factories.market import Market, facts
from tests.support.journal import balances
from tokenization.kernel.errors import Refused

pytestmark = [pytest.mark.chain, pytest.mark.timeout(900)]
UNITS = [11, 12, 13, 14, 15, 16, 17, 18, 19, 20]
UNPAID, POOR, SILENT, LAPSED, GOOD = 0, 1, 2, 3, range(4, 10)


def states(rows: list[SettlementInstruction]) -> list[str]:
    found = SettlementInstruction.objects.in_bulk([row.pk for row in rows])
    return [found[row.pk].state for row in rows]


def reason(row: SettlementInstruction) -> str:
    return SettlementInstruction.objects.values_list("reason", flat=True).get(pk=row.pk)


def held(token: TokenContract, *investors: Investor) -> list[int]:
    with Node(settings.CHAIN_RPC_URL) as node:
        head = views.final_head(node, settings.CHAIN_FINALITY)
        wallets = [investor.key.address for investor in investors]
        seen = views.snapshot(node, head.hash, token.address, wallets, engine=contract_address(token.engine))
    return [seen.balances[wallet] for wallet in wallets]


def bidders(market: Market) -> list[Investor]:
    lapsing = market.now + timedelta(hours=4)
    found = [market.investor(valid_until=lapsing if n == LAPSED else None) for n in range(len(UNITS))]
    market.registered(*found)
    return found


def test_ten_legs_of_which_four_do_not_enter(market: Market) -> None:
    seed = int(os.environ.get("KILL_SEED") or time.time_ns() % 10**6)
    print(f"KILL_SEED={seed}")
    dice = random.Random(seed)
    cash, treasury = market.opened()
    token, investors = market.tokenised(), bidders(market)
    rows = market.settlements(
        token, *zip(investors, UNITS, strict=True), deliver_by=market.now + timedelta(days=1), rail="TOKEN"
    )
    market.pay(*rows[1:])
    market.confirm(*rows[1:])
    market.minted_for(rows[1:])
    market.until(lambda: Instruction.objects.filter(token=token, kind="CONFIRM", state="DONE").count() == 9)
    assert states(rows) == ["AWAITING_CASH"] + ["IMMOBILISED"] * 9
    told = f"may still spend 0 units; {rows[GOOD[0]].amount_minor:,} are needed"
    assert told in reason(rows[GOOD[0]])
    assert Intent.objects.filter(function="settlePrimary").count() == 0

    market.send_units(investors[POOR], cash, investors[GOOD[0]].key.address, 1)
    market.chain.warp(5 * 3600)
    for n in (POOR, LAPSED, *GOOD):
        market.approve_spender(investors[n], cash, rows[n].amount_minor)
    market.chain.mine(3)
    deaths = 0
    # The first dies early for certain; the others anywhere, or not at all.
    for last in (12, 120, 120, 120):
        deaths += market.killed_while(lambda: settlements_advance(now=market.now), dice.randrange(1, last))
    print(f"{deaths=}")
    market.until(lambda: states(rows)[4:] == ["DELIVERED"] * 6)
    assert deaths >= 1, f"KILL_SEED={seed}"
    assert states(rows) == ["AWAITING_CASH"] + ["IMMOBILISED"] * 3 + ["DELIVERED"] * 6
    poor, silent, lapsed = (reason(rows[n]) for n in (POOR, SILENT, LAPSED))
    assert f"holds {rows[POOR].amount_minor - 1:,} units" in poor
    assert investors[POOR].party.reference in poor
    assert "may still spend 0 units" in silent
    assert "KYC must be renewed" in lapsed
    intent = Intent.objects.get(function="settlePrimary")
    market.until(lambda: Intent.objects.get(pk=intent.pk).state == "FINAL")
    intent.refresh_from_db()
    assert (intent.state, intent.items.count(), intent.signer.name) == ("FINAL", 6, "settlement")
    assert [(f.number, f.wallet, f.units, f.amount) for f in facts()] == [
        (rows[n].issue_instruction.number, investors[n].key.address, UNITS[n], rows[n].amount_minor) for n in GOOD
    ]
    done = list(SettlementInstruction.objects.filter(state="DELIVERED").select_related("delivery_log", "cash_log"))
    assert {row.delivery_log.tx_hash for row in done if row.delivery_log} == {done[0].cash_log.tx_hash}  # type: ignore[union-attr]
    assert held(token, *investors) == [0, 0, 0, 0, *UNITS[4:]]

    market.approve_spender(investors[SILENT], cash, rows[SILENT].amount_minor)
    market.until(lambda: states(rows)[SILENT] == "DELIVERED")
    assert Intent.objects.filter(function="settlePrimary").count() == 2

    market.chain.warp(26 * 3600)
    market.until(lambda: states(rows)[:4] == ["LAPSED", "UNDELIVERABLE", "DELIVERED", "UNDELIVERABLE"])
    unpaid = Allotment.objects.select_related("commitment").get(pk=rows[UNPAID].allotment_id)
    assert (unpaid.commitment.state, unpaid.state) == ("RELEASED", "LAPSED")
    back(market, rows[LAPSED], investors[LAPSED], cash)

    delivered = sum(rows[n].amount_minor for n in (SILENT, *GOOD))
    kept = rows[POOR].amount_minor
    assert cash_balances("PKR") == balances(
        BANK=delivered + kept, CASH_TOKEN=-delivered - kept, TREASURY_TOKEN=delivered, DEBT=-delivered
    )
    paid = Entry.objects.filter(token=cash, account=treasury.address).values_list("units", flat=True)
    assert sum(int(units) for units in paid) == delivered
    market.ring()
    run = reconcile(token=token, now=market.now)
    assert list(EquationResult.objects.filter(run=run, holds=False).values_list("words", flat=True)) == []


def back(market: Market, row: SettlementInstruction, investor: Investor, cash: TokenContract) -> None:
    """Withdrawn at the registry, his tokens burned by two although his file has lapsed, the money paid out."""
    row.refresh_from_db()
    withdraw = row.withdraw_instruction
    assert withdraw is not None
    payload = {"instructions": [withdraw.pk]}
    market.approve("custody.instructions.WithdrawApprove", payload, "maker", "registrar_checker")
    market.until(lambda: Instruction.objects.get(pk=withdraw.pk).state == "DONE")
    release_receive(
        instruction=withdraw,
        kind="WITHDRAW",
        registry_reference="W-1",
        actor=market.people["registrar"],
        now=market.now,
    )
    market.until(lambda: states([row]) == ["WITHDRAWN"])
    with pytest.raises(Refused, match="became cash tokens"):
        market.approve("custody.settlement.RefundApprove", {"settlement": row.pk}, "fiscal", "fiscal_checker")
    burn = market.burned(
        cash_burn_request(
            wallet=investor.wallet, currency="PKR", amount_minor=row.amount_minor, payee="his own bank",
            actor=market.people["fiscal"], now=market.now,
        )
    )  # fmt: skip
    market.ring()
    assert states([row]) == ["WITHDRAWN"]
    cash_burn_paid(burn=burn, bank_reference="OUT-1", actor=market.people["fiscal"], now=market.now)
    market.until(lambda: states([row]) == ["REFUNDED"])
    row = SettlementInstruction.objects.get(pk=row.pk)
    assert row.refund_entry == CashBurn.objects.get(pk=burn.pk).payout_entry
    assert row.allotment.state == "WITHDRAWN"
    assert held(cash, investor) == [0]
