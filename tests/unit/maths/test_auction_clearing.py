"""Clearing by hand: multiple and uniform price, cut-off and amount, sharing, non-competitive bids, rejection."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from issuance.maths.auction.bids import REJECT_ALL, Bid, Decision
from issuance.maths.auction.book import Book
from issuance.maths.auction.clearing import clear
from issuance.maths.auction.paper import paper
from issuance.maths.auction.rules import PK_GIS, PK_MTB, PK_PIB, RULES, UK_GILT, US_BILL, US_NOTE
from issuance.maths.auction.sheet import bid_to_cover, sheet_of
from issuance.maths.bond_conventions import BOND_CONVENTIONS
from issuance.maths.conventions import CONVENTIONS
from issuance.maths.faults import Fault
from tests.unit.maths.auctions import BILL, M, bid, faces, open_bid, run
from tests.unit.maths.vectors import VECTORS

THREE = [bid("a", 400 * M, "97.5000"), bid("b", 300 * M, "97.4500"), bid("c", 500 * M, "97.4000")]


def test_multiple_price_everybody_pays_his_own():
    result = run(THREE, cut_off="97.4500")
    assert faces(result) == {"a": 400 * M, "b": 300 * M}
    assert [item.price for item in result.allotments] == [Decimal("97.5000"), Decimal("97.4500")]
    # Face in rupees x price per 100 is paisa: 400 m x 97.5 and 300 m x 97.45.
    assert [item.amount_minor for item in result.allotments] == [39_000_000_000, 29_235_000_000]
    assert (result.cut_off, result.cut_off_price) == (Decimal("97.4500"), Decimal("97.4500"))
    # (400 x 97.5 + 300 x 97.45) / 700, and 100 (100 - P) / P x 365/84 of each price by face.
    assert result.weighted_average_price == Decimal("97.4786")
    assert [item.yield_pct for item in result.allotments] == [Decimal("11.1416"), Decimal("11.3703")]
    assert result.weighted_average_yield_pct == Decimal("11.2396")
    assert (result.residual, result.offered, result.accepted, bid_to_cover(result)) == (
        300 * M,
        1_200 * M,
        700 * M,
        "1.71",
    )


def test_every_bid_at_or_better_than_the_cut_off_is_filled_also_beyond_the_target():
    result = run(THREE, target=600 * M, cut_off="97.4000")
    assert (result.accepted, result.residual, result.pro_rata_pct) == (1_200 * M, -600 * M, None)


def test_a_cut_off_between_two_bids_is_the_worse_accepted_bid():
    assert run(THREE, cut_off="97.4300").cut_off == Decimal("97.4500")


def test_an_amount_is_shared_at_the_level_where_it_ends():
    """300 m left for 500 m and 400 m: 166.7 and 133.3, to the nearest 50 m 150 and 150."""
    result = run([*THREE, bid("d", 400 * M, "97.4000")], amount=1_000 * M)
    assert faces(result) == {"a": 400 * M, "b": 300 * M, "c": 150 * M, "d": 150 * M}
    assert (result.residual, round(result.pro_rata_pct, 4)) == (0, Decimal("33.3333"))


def test_an_amount_without_pro_rata_fills_its_last_level():
    result = run([*THREE, bid("d", 400 * M, "97.4000")], amount=1_000 * M, pro_rata=False)
    assert (result.accepted, result.residual, result.pro_rata_pct) == (1_600 * M, -600 * M, None)


def test_small_bids_at_the_cut_off_are_filled_and_the_residual_is_shown():
    """300 m left of 550 m: 54.5 %. 500 m gets 272.7 -> 250 m; 50 m is filled, not cut to 27 m."""
    result = run([*THREE, bid("d", 50 * M, "97.4000")], amount=1_000 * M)
    assert faces(result) == {"a": 400 * M, "b": 300 * M, "c": 250 * M, "d": 50 * M}
    assert result.residual == 0
    over = run([*THREE, bid("d", 50 * M, "97.4"), bid("e", 50 * M, "97.4")], amount=1_000 * M)
    # 50 %: 250 m, 50 m and 50 m make 350 m of 300 m.
    assert (over.accepted, over.residual) == (1_050 * M, -50 * M)


def test_a_bidders_share_is_rounded_over_his_bids_together():
    """Two bids of 120 m by one dealer at 50 %: 120 m -> 100 m, where one by one they would be 60 -> 50 m each."""
    tied = [bid("a", 760 * M, "97.5"), bid("x", 120 * M, "97.4", "dealer"), bid("y", 120 * M, "97.4", "dealer")]
    assert faces(run([*tied, bid("z", 240 * M, "97.4")], amount=1_000 * M)) == {
        "a": 760 * M, "x": 100 * M, "z": 100 * M
    }  # fmt: skip


def test_nobody_gets_more_than_he_bid_by_rounding_up():
    """95 % of 80 m is 76 m, nearest 100 m: he gets his 80 m."""
    result = run([bid("x", 80 * M, "97.4"), bid("y", 920 * M, "97.4")], amount=950 * M)
    assert faces(result) == {"x": 80 * M, "y": 850 * M}
    assert result.residual == 20 * M


def test_too_little_left_for_a_block_leaves_the_level_out():
    """10 m for two bids of 400 m: 5 m each rounds to nothing, so the level above is the cut-off."""
    result = run([*THREE[:2], bid("c", 400 * M, "97.4"), bid("d", 400 * M, "97.4")], amount=710 * M)
    assert (faces(result), result.cut_off, result.residual) == (
        {"a": 400 * M, "b": 300 * M}, Decimal("97.4500"), 10 * M
    )  # fmt: skip


def test_cut_off_and_amount_together():
    tie = [*THREE, bid("d", 400 * M, "97.4000"), bid("e", 100 * M, "97.3")]
    shared = run(tie, cut_off="97.4000", amount=1_000 * M)
    assert faces(shared) == faces(run(tie, amount=1_000 * M))
    whole = run(tie, cut_off="97.4000", amount=1_650 * M)
    assert (whole.accepted, whole.residual) == (1_600 * M, 50 * M)
    with pytest.raises(Fault, match="accept.amount: at least 700000000, which is bid better than the cut-off"):
        run(tie, cut_off="97.4000", amount=600 * M)


def test_more_than_all_bids_takes_all():
    result = run(THREE, amount=5_000 * M)
    assert (result.accepted, result.residual) == (1_200 * M, 3_800 * M)


@pytest.mark.parametrize("decision", [REJECT_ALL, Decision(), Decision(amount=0), Decision(cut_off=Decimal("98"))])
def test_all_rejected_is_a_result_like_any_other(decision):
    result = clear(rule=PK_MTB, target=1_000 * M, bids=[*THREE, open_bid("n", M)], decision=decision, paper=BILL)
    assert (result.allotments, result.cut_off, result.cut_off_yield_pct, result.weighted_average_price) == (
        (), None, None, None
    )  # fmt: skip
    assert (result.residual, result.offered, result.offered_noncompetitive) == (1_000 * M, 1_200 * M, M)
    assert bid_to_cover(result) is None
    assert sheet_of(result)["status"] == "ALL_REJECTED"


def test_an_auction_without_bids():
    result = run([], cut_off="97.4")
    assert (result.allotments, result.offered, result.residual) == ((), 0, 1_000 * M)


def test_uniform_price_everybody_pays_the_cut_off():
    """Ijara sukuk: bids at 97.5 and 97.45 both pay 97.45; the average is still of what was bid."""
    result = run([*THREE, open_bid("n", 2 * M)], rule=PK_GIS, cut_off="97.4500")
    assert {item.price for item in result.allotments} == {Decimal("97.4500")}
    assert {item.yield_pct for item in result.allotments} == {Decimal("11.3703")}
    assert (result.weighted_average_price, result.cut_off_price) == (Decimal("97.4786"), Decimal("97.4500"))
    assert faces(result)["n"] == 2 * M


def test_non_competitive_bids_pay_the_weighted_average_and_come_on_top():
    result = run([*THREE, open_bid("n", 5 * M)], cut_off="97.4500")
    [own] = [item for item in result.allotments if not item.competitive]
    assert (own.face, own.price, own.yield_pct) == (5 * M, Decimal("97.4786"), Decimal("11.2395"))
    assert own.amount_minor == 487_393_000
    assert (result.residual, result.accepted, result.accepted_noncompetitive) == (300 * M, 700 * M, 5 * M)


def test_two_non_competitive_bids_void_each_other_and_the_cap_voids():
    """Cap: 0.50 % of 1,000 m is 5 m."""
    bids = [
        open_bid("n1", M, "one"),
        open_bid("n2", M, "two"),
        open_bid("n3", 2 * M, "two"),
        open_bid("n4", 5 * M + 5_000),
    ]
    result = run([*THREE, *bids], cut_off="97.4500")
    assert [item.bid_id for item in result.allotments if not item.competitive] == ["n1"]
    assert [(voided.bid.id, voided.reason) for voided in result.voided] == [
        ("n2", "2 non-competitive bids of one bidder: one is allowed, so all are void"),
        ("n3", "2 non-competitive bids of one bidder: one is allowed, so all are void"),
        ("n4", "asks for 5005000, above the bidder's cap of 5000000"),
    ]
    assert result.offered_noncompetitive == M


@pytest.mark.parametrize(
    ("rule", "target", "cap", "pool"),
    [
        (PK_MTB, 1_000 * M, 5 * M, 150 * M),
        (PK_MTB, 1_000_000 * M, 500 * M, 150_000 * M),
        (PK_PIB, 100_001, 500, 15_000),
        (PK_GIS, 1_000 * M, 2_500_000, 150 * M),
        (PK_GIS, 1_000_000 * M, 250 * M, 150_000 * M),
        (US_NOTE, 1_000 * M, 10 * M, None),
    ],
)
def test_caps_and_pools(rule, target, cap, pool):
    assert (rule.noncompetitive.cap(target), rule.noncompetitive.pool(target)) == (cap, pool)


def test_price_and_yield_bids_stand_in_one_book():
    """11.5 % over 84 days is 97.4217: between 97.45 and 97.40; the bidder keeps the yield he bid."""
    result = run([*THREE, Bid("y", "y", 100 * M, None, Decimal("11.5000"))], cut_off="97.4200")
    last = result.allotments[-1]
    assert (last.bid_id, last.price, last.yield_pct) == ("y", Decimal("97.4217"), Decimal("11.5000"))
    assert (result.cut_off, result.cut_off_yield_pct) == (Decimal("97.4217"), Decimal("11.4998"))


def test_a_bond_is_paid_with_accrued_interest():
    """PIB 12 % reopened on 2 September 2026: 2.0217 accrued on 100."""
    sheet = paper(BOND_CONVENTIONS["PK-PIB"], date(2026, 9, 2), date(2029, 7, 2), Decimal(12))
    result = run([bid("a", 100 * M, "99.9611"), bid("b", 200_000, "99.5")], rule=PK_PIB, sheet=sheet, cut_off="99.5")
    assert result.accrued == Decimal("2.0217")
    assert [(item.amount_minor, item.accrued_minor) for item in result.allotments] == [
        (10_198_280_000, 202_170_000), (20_304_340, 404_340)
    ]  # fmt: skip
    assert result.allotments[0].yield_pct == Decimal("12.0000")


def test_the_treasurys_single_price_auction():
    """31 CFR 356.20-21 on constructed bids (auction-clear-us): 41.67 % at the high rate, awards rounded up to $100."""
    row = VECTORS["auction-clear-us"]
    given = row["inputs"]
    bids = [Bid(name, name, face, None, Decimal(rate)) for name, face, rate in given["bids"]]
    bids.append(open_bid("N", given["noncompetitive"]))
    result = run(bids, target=given["offer"], rule=US_NOTE, sheet=None, amount=given["offer"])
    expected = row["expected"]
    assert (result.cut_off, result.pro_rata_pct) == (expected["high"], expected["pct"])
    assert {name: face for name, face in faces(result).items() if name != "N"} == expected["awards"]
    assert abs(result.weighted_average_yield_pct - expected["wa"]) <= Decimal(row["tolerance"])
    assert {item.yield_pct for item in result.allotments} == {expected["high"]}
    # "Awards exceed the offer by 300": shown, not hidden.
    assert result.residual == -300
    assert (result.cut_off_price, result.allotments[0].amount_minor) == (None, None)


def test_a_bill_auction_by_discount_rate_has_prices_when_the_dates_are_known():
    """31 CFR 356 App. B sec. VI.A: 90 days at 7.610 % is 98.097500."""
    sheet = paper(CONVENTIONS["US-BILL"], date(1989, 11, 24), date(1990, 2, 22))
    result = run(
        [Bid("a", "a", 10_000, None, Decimal("7.610"))], rule=US_BILL, sheet=sheet, cut_off="7.610", target=10_000
    )
    assert (result.cut_off_price, result.allotments[0].amount_minor) == (Decimal("98.097500"), 980_975)


def test_non_competitive_bids_that_take_the_whole_offer_leave_no_auction():
    with pytest.raises(Fault, match="accept.amount: above 9000, which non-competitive bids take first"):
        run([open_bid("n", 9_000), Bid("a", "a", 1_000, None, Decimal("5"))], rule=US_NOTE, sheet=None, amount=9_000)


def test_a_gilt_is_scaled_at_the_lowest_accepted_price_and_the_rest_retained():
    """1,500 left for 4,000 and 2,000 thousand: 37.5 % and down to whole thousands, 1,000 and 500; on offer 2,500."""
    bids = [bid("a", M, "100.918"), bid("b", 4 * M, "100.908"), bid("c", 2 * M, "100.908")]
    sheet = paper(BOND_CONVENTIONS["UK-GILT"], date(2025, 8, 28), date(2028, 3, 7), Decimal("4.375"))
    result = run(bids, rule=UK_GILT, sheet=sheet, target=3 * M, amount=2_500_000)
    assert faces(result) == {"a": M, "b": M, "c": 500_000}
    assert (result.residual, result.pro_rata_pct, result.cut_off) == (0, 25, Decimal("100.908"))
    # The DMO published 3.989 % and 3.993 % for these prices.
    assert [round(item.yield_pct, 3) for item in result.allotments[:2]] == [Decimal("3.989"), Decimal("3.993")]


def test_what_no_paper_converts_is_refused():
    with pytest.raises(Fault, match="settlement: needed to convert bid y"):
        run([Bid("y", "y", M, None, Decimal("11.5"))], sheet=None, cut_off="97")
    with pytest.raises(Fault, match="price: competitive bid y has a price or a yield"):
        run([Bid("y", "y", M)], sheet=None, cut_off="97")
    with pytest.raises(Fault, match="price: at most 4 decimals"):
        run([bid("y", M, "97.42175")], cut_off="97")
    with pytest.raises(Fault, match="accept.amount: needed with pro_rata"):
        Decision(cut_off=Decimal("97"), pro_rata=True)


def test_without_paper_prices_stand_and_yields_are_unknown():
    result = run(THREE, sheet=None, cut_off="97.4500")
    assert (result.weighted_average_price, result.weighted_average_yield_pct) == (Decimal("97.4786"), None)
    assert (result.allotments[0].amount_minor, result.allotments[0].yield_pct) == (39_000_000_000, None)


def test_the_ladder_shows_the_effect_of_moving_the_cut_off():
    rungs = list(Book.of(THREE, PK_MTB, BILL).ladder(1_000 * M, 4))
    assert [(rung.value, rung.bids, rung.cumulative, rung.of_target_pct) for rung in rungs] == [
        (Decimal("97.5000"), 1, 400 * M, Decimal("40.00")),
        (Decimal("97.4500"), 1, 700 * M, Decimal("70.00")),
        (Decimal("97.4000"), 1, 1_200 * M, Decimal("120.00")),
    ]
    assert [rung.weighted_average for rung in rungs] == [
        run(THREE, cut_off=str(rung.value)).weighted_average_price for rung in rungs
    ]


def test_rules_are_records_with_a_convention_and_a_source():
    known = {**CONVENTIONS, **BOND_CONVENTIONS}
    assert all(name == rule.name and rule.source and rule.convention in known for name, rule in RULES.items())
    with pytest.raises(AttributeError):
        PK_MTB.minimum = 1  # type: ignore[misc]
