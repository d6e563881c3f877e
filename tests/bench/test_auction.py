"""Clearing 100,000 bids exactly, beside Python's sort of the same tuples."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from issuance.maths.auction.bids import Bid, Decision, Result
from issuance.maths.auction.clearing import clear
from issuance.maths.auction.paper import Paper, paper
from issuance.maths.auction.rules import PK_MTB, PK_PIB, AuctionRule
from issuance.maths.bond_conventions import BOND_CONVENTIONS
from issuance.maths.conventions import CONVENTIONS
from tests.bench.conftest import Record

BIDS, TICKS = 100_000, 10_000
TARGET = 250_000_000_000_000
BILL = paper(CONVENTIONS["PK-MTB"], date(2026, 7, 2), date(2026, 9, 24))
BOND = paper(BOND_CONVENTIONS["PK-PIB"], date(2026, 9, 2), date(2029, 7, 2), Decimal("12.5"))


def best_of_3(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


def bids() -> list[Bid]:
    """Ten thousand prices, a tick apart, forty dealers, in no order."""
    chance = random.Random(4)
    numbers = list(range(BIDS))
    chance.shuffle(numbers)
    return [
        Bid(
            f"B{number:06d}",
            f"dealer {number % 40:02d}",
            chance.randrange(1, 50_000) * 100_000,
            Decimal(970_000 + chance.randrange(TICKS)).scaleb(-4),
        )
        for number in numbers
    ]


@pytest.mark.parametrize(("rule", "sheet"), [(PK_MTB, BILL), (PK_PIB, BOND)], ids=["bills", "bonds"])
def test_clearing(rule: AuctionRule, sheet: Paper, record: Record) -> None:
    """Every figure of the sheet: yields of all prices, amounts to the paisa, a tie shared, averages by face."""
    book = bids()
    tuples = [(bid.price, bid.face, bid.id, bid.bidder) for bid in book]
    amount = sum(bid.face for bid in book) - 1_000_000_000

    def work() -> Result:
        return clear(rule=rule, target=TARGET, bids=book, decision=Decision(amount=amount), paper=sheet)

    result = work()
    assert result.cut_off == Decimal("97.0000")
    assert result.accepted + result.residual == amount
    assert result.pro_rata_pct is not None
    assert len(result.allotments) > BIDS - 2 * BIDS // TICKS - 20
    record(
        name=f"clear {BIDS:,} bids for {rule.name} / sort the same tuples",
        unit="s",
        ours=best_of_3(work),
        reference=best_of_3(lambda: sorted(tuples, reverse=True)),
        aim=10,
    )
