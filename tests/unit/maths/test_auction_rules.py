"""The auction rules say what DOMAIN.md, section 3, says: who is capped at what, in which pool, at which price."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from issuance.maths.auction.bids import Bid, Decision
from issuance.maths.auction.clearing import clear
from issuance.maths.auction.paper import paper
from issuance.maths.auction.rules import RULES, Oversubscription, Pricing, Rounding, Variable
from issuance.maths.conventions import PK_MTB

M = 1_000_000
BILL = paper(PK_MTB, date(2026, 7, 2), date(2026, 9, 24))
PAKISTAN = ("PK-MTB", "PK-PIB", "PK-PIB-ZERO", "PK-GIS")


@pytest.mark.parametrize("name", PAKISTAN)
def test_bids_are_in_price_of_four_decimals_and_the_pool_is_fifteen_percent(name: str) -> None:
    rule = RULES[name]
    assert (rule.variable, rule.bid_places, rule.price_places, rule.yield_places) == (Variable.PRICE, 4, 4, 4)
    assert rule.pricing is (Pricing.UNIFORM if name == "PK-GIS" else Pricing.MULTIPLE)
    pool = rule.noncompetitive
    assert (pool.pool(100_000 * M), pool.one_per_bidder, pool.first) == (15_000 * M, True, False)
    assert pool.oversubscription is Oversubscription.ASCENDING
    assert (rule.pro_rata.block, rule.pro_rata.full_up_to, rule.pro_rata.by_bidder) == (50 * M, 50 * M, True)
    assert rule.pro_rata.rounding is Rounding.NEAREST


@pytest.mark.parametrize(
    ("name", "target", "cap"),
    [
        ("PK-MTB", 40_000 * M, 200 * M),  # 0.50 % of the target
        ("PK-MTB", 100_000 * M, 500 * M),
        ("PK-MTB", 900_000 * M, 500 * M),  # at most PKR 500 m
        ("PK-PIB", 40_000 * M, 200 * M),
        ("PK-PIB", 900_000 * M, 500 * M),
        ("PK-GIS", 40_000 * M, 100 * M),  # 0.25 %
        ("PK-GIS", 900_000 * M, 250 * M),  # at most PKR 250 m
    ],
)
def test_an_investor_is_capped_by_a_share_of_the_target_and_by_an_amount(name: str, target: int, cap: int) -> None:
    assert RULES[name].noncompetitive.cap(target) == cap


def test_the_pool_ends_where_fifteen_percent_of_the_target_are_reached() -> None:
    """40 investors at the cap of 5 m ask for 200 m of a pool of 150 m: equal bids share, in multiples of 5,000."""
    price = Decimal("97.5000")
    bids = [Bid("d", "DEALER", 1_000 * M, price)]
    bids += [Bid(f"i{at:02}", f"INVESTOR {at}", 5 * M, competitive=False) for at in range(40)]
    result = clear(rule=RULES["PK-MTB"], target=1_000 * M, bids=bids, decision=Decision(cut_off=price), paper=BILL)
    faces = {item.face for item in result.allotments if not item.competitive}
    assert (faces, result.accepted_noncompetitive) == ({3_750_000}, 150 * M)
    assert {item.price for item in result.allotments} == {price}
