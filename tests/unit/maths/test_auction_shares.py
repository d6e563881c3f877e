"""Pro rata and pools: the published awards, and small cases by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from issuance.maths.auction.noncompetitive import served
from issuance.maths.auction.rules import US_NOTE, NonCompetitive, Oversubscription, ProRata, Rounding
from issuance.maths.auction.shares import percentage_up, rounded_share, shares
from tests.unit.maths.auctions import bid, open_bid
from tests.unit.maths.vectors import VECTORS, starting


@pytest.mark.parametrize("name", starting("us-award-"))
def test_published_awards(name):
    """31 CFR 356.21(a): a percentage of the bid, upward to the next multiple, at least the minimum."""
    row = VECTORS[name]
    given = row["inputs"]
    above, below = (Decimal(given["pct"]) / 100).as_integer_ratio()
    assert US_NOTE.pro_rata.block == given["multiple"] == given["minimum"]
    assert rounded_share(given["bid"], above, below, US_NOTE.pro_rata) == row["expected"]


def test_the_percentage_is_rounded_up_to_a_hundredth():
    """31 CFR 356.20(a)(2); the example counts in units of a tenth."""
    row = VECTORS["us-allot-pct"]
    remaining, at_high = (int(Decimal(row["inputs"][key]) * 10) for key in ("remaining", "at_high"))
    assert percentage_up(remaining, at_high, 2) == row["expected"]
    assert percentage_up(1, 4, 2) == Decimal("25.00")
    assert percentage_up(1, 3, 2) == Decimal("33.34")


@pytest.mark.parametrize(
    ("rounding", "face", "share"),
    [
        (Rounding.NEAREST, 300, 150),
        (Rounding.NEAREST, 250, 150),
        (Rounding.NEAREST, 249, 100),
        (Rounding.UP, 201, 150),
        (Rounding.UP, 200, 100),
        (Rounding.DOWN, 299, 100),
        (Rounding.NEAREST, 60, 50),
        (Rounding.UP, 40, 40),
    ],
)
def test_half_of_a_bid_in_blocks_of_50(rounding, face, share):
    assert rounded_share(face, 1, 2, ProRata(block=50, rounding=rounding)) == share


def test_shares_of_one_dealers_bids_do_not_depend_on_their_order():
    rule = ProRata(block=50, rounding=Rounding.NEAREST, by_bidder=True)
    own = [bid("x", 120, "1", "d"), bid("y", 130, "1", "d"), bid("z", 250, "1", "e")]
    for order in (own, own[::-1]):
        given, percentage = shares(order, 250, rule)
        assert (given, percentage) == ({"y": 130, "x": 20, "z": 150}, 50)


def pool(order: Oversubscription) -> NonCompetitive:
    return NonCompetitive(True, None, 10**9, 1_500, order)


def test_a_pool_that_suffices_serves_everybody():
    bids = [open_bid("a", 100), open_bid("b", 50)]
    for order in Oversubscription:
        assert served(bids, pool(order), 1_000, 5) == {"a": 100, "b": 50}


def test_smallest_first_and_equals_alike():
    """150 for 20, 50, 50 and 100: 20, 50 and 50 leave 30 of the pool for the last; three of 50 get 40 each in fives."""
    bids = [open_bid("d", 100), open_bid("b", 50), open_bid("c", 50), open_bid("a", 20)]
    assert served(bids, pool(Oversubscription.ASCENDING), 1_000, 5) == {"a": 20, "b": 50, "c": 50, "d": 30}
    equal = [open_bid(name, 50) for name in "abc"] + [open_bid("z", 30)]
    assert served(equal, pool(Oversubscription.ASCENDING), 1_000, 5) == {"z": 30, "a": 40, "b": 40, "c": 40}
    assert "y" not in served([*equal, open_bid("y", 60)], pool(Oversubscription.ASCENDING), 1_000, 5)


def test_pro_rata_over_the_pool_in_multiples():
    """150 for 400: 37.5 % of 300 and of 100, down to fives."""
    bids = [open_bid("a", 300), open_bid("b", 100)]
    assert served(bids, pool(Oversubscription.PRO_RATA), 1_000, 5) == {"a": 110, "b": 35}
