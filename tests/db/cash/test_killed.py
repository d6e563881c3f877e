"""The worker of cash killed between any two statements: each credit becomes tokens once, each burn its pay-out."""

from __future__ import annotations

import os
import random
import signal
import time

from contracts.outbox.models import Intent, IntentItem
from custody.cash.models import CashBurn, CashMint
from custody.cash.services import cash_advance
from custody.instructions.models import Instruction
from custody.registries.models import CapAccount
from custody.settlement.models import CashEntry
from custody.settlement.selectors import cash_balances
from tests.factories import cashless as desk
from tests.factories import ledgerless as world
from tests.support.journal import balances
from tests.support.kills import killed_after

NOW = desk.NOW
CREDITS = (100, 200, 300)


def nothing_is_half_done() -> None:
    """Each state has what belongs to it: the instruction at the outbox, and its entry in the journal."""
    for row in Instruction.objects.filter(kind__in=("ISSUE", "CONFIRM", "REDEEM")):
        live = IntentItem.objects.filter(contract=row.token.address, number=row.number, live=True).count()
        assert live == (1 if row.state in ("SENT", "DONE") else 0)
    for mint in CashMint.objects.select_related("issue_instruction"):
        assert (mint.issue_instruction.state in ("SENT", "DONE")) == (mint.state in ("ISSUING", "DONE"))
        assert CashEntry.objects.filter(key=f"cash:mint:{mint.pk}").count() == (1 if mint.state == "DONE" else 0)
    for burn in CashBurn.objects.select_related("instruction"):
        assert (burn.instruction.state in ("SENT", "DONE")) == (burn.state in ("BURNING", "BURNED"))
        assert CashEntry.objects.filter(key=f"cash:burn:{burn.pk}").count() == (1 if burn.state == "BURNED" else 0)
    told = cash_balances("PKR")
    assert (sum(told.values()), told["BANK"]) == (0, sum(CREDITS))
    minted = sum(mint.amount_minor for mint in CashMint.objects.filter(state="DONE"))
    burned = sum(burn.amount_minor for burn in CashBurn.objects.filter(state="BURNED"))
    assert (told["CASH_TOKEN"], told["PAYOUT"]) == (burned - minted, -burned)


def rounds(dice: random.Random) -> int:
    """A few deaths, then one bell that lives; returns how often it was killed."""
    deaths = 0
    for _ in range(3):
        deaths += (
            killed_after(dice.randrange(1, 12 if not deaths else 70), lambda: cash_advance(now=NOW)) == signal.SIGKILL
        )
        nothing_is_half_done()
    cash_advance(now=NOW)
    nothing_is_half_done()
    return deaths


def test_killed_anywhere_in_the_middle_it_ends_the_same(fresh_db: str) -> None:
    seed = int(os.environ.get("KILL_SEED") or time.time_ns() % 10**6)
    print(f"KILL_SEED={seed}")
    dice = random.Random(seed)
    token, key, wallet = world.cash_token(), desk.fiscal_agent(), world.wallet()
    mints = [desk.credit(wallet, amount) for amount in CREDITS]
    desk.approve_mint(*mints)
    for mint in mints:
        desk.sign(mint, key)
    deaths = rounds(dice)
    assert set(CashMint.objects.values_list("state", flat=True)) == {"ISSUING"}
    for mint in mints:
        desk.arrived(mint)
    deaths += rounds(dice)
    burns = [desk.request(wallet, amount) for amount in (250, 50)]
    for burn in burns:
        desk.approve_burn(burn)
    deaths += rounds(dice)
    for burn in burns:
        desk.gone(burn)
    deaths += rounds(dice)
    assert deaths >= 2, f"KILL_SEED={seed}"
    assert set(CashMint.objects.values_list("state", flat=True)) == {"DONE"}
    assert set(CashBurn.objects.values_list("state", flat=True)) == {"BURNED"}
    assert cash_balances("PKR") == balances(BANK=600, CASH_TOKEN=-300, PAYOUT=-300)
    assert sorted(CashEntry.objects.values_list("kind", flat=True)) == ["BURN"] * 2 + ["DEPOSIT"] * 3 + ["MINT"] * 3
    numbers = IntentItem.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == sorted(Instruction.objects.values_list("number", flat=True))
    assert set(Intent.objects.values_list("function", flat=True)) == {"confirm", "issue", "redeem"}
    cap = CapAccount.objects.get(token=token)
    assert (cap.confirmed, cap.withdrawn, cap.issued) == (600, 0, 600)
    assert cash_advance(now=NOW) == 0
