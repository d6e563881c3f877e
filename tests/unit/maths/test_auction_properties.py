"""What must hold of every auction, whatever the bids: Hypothesis looks for the counter-example."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import floor

from hypothesis import given
from hypothesis import strategies as st

from issuance.maths.auction.bids import Bid, Decision, Result
from issuance.maths.auction.clearing import clear
from issuance.maths.auction.rules import PK_GIS, PK_MTB, UK_GILT, US_BILL, AuctionRule, Variable
from tests.unit.maths.auctions import BILL, M, faces

BLOCK = 5_000
TARGET = 1_000 * M
# Few prices, so that ties are the rule; faces on both sides of the 50 m that are filled whole.
ticks = st.integers(min_value=974_000, max_value=974_003)
sizes = st.sampled_from([BLOCK, 50 * M, 50 * M + BLOCK, 120 * M, 333 * M]) | st.integers(1, 60_000).map(
    lambda count: count * BLOCK
)


@st.composite
def books(draw, rule: AuctionRule = PK_MTB) -> list[Bid]:
    bids = []
    for number in range(draw(st.integers(0, 12))):
        bidder = f"d{draw(st.integers(0, 4))}"
        face = draw(sizes)
        if draw(st.integers(0, 4)) == 0:
            bids.append(Bid(f"b{number:02d}", bidder, min(face, 6 * M), competitive=False))
            continue
        tick = Decimal(draw(ticks))
        price = tick.scaleb(-4).quantize(Decimal(1).scaleb(-rule.bid_places))
        quoted = (price, None) if rule.variable is Variable.PRICE else (None, (tick - 970_000).scaleb(-3))
        bids.append(Bid(f"b{number:02d}", bidder, face, *quoted))
    return bids


decisions = st.one_of(
    st.just(Decision()),
    ticks.map(lambda tick: Decision(cut_off=Decimal(tick).scaleb(-4))),
    st.integers(0, 400_000).map(lambda count: Decision(amount=count * BLOCK)),
    st.integers(1, 400_000).map(lambda count: Decision(amount=count * BLOCK, pro_rata=False)),
)


def cleared(bids: list[Bid], decision: Decision, rule: AuctionRule = PK_MTB) -> Result:
    return clear(rule=rule, target=TARGET, bids=bids, decision=decision, paper=BILL)


@given(books(), decisions)
def test_faces_and_money_are_conserved(bids, decision):
    result = cleared(bids, decision)
    decided = decision.amount or TARGET
    assert result.accepted + result.residual == decided
    assert result.offered == sum(bid.face for bid in bids if bid.competitive)
    standing = result.offered_noncompetitive + sum(voided.bid.face for voided in result.voided)
    assert standing == sum(bid.face for bid in bids if not bid.competitive)
    for item in result.allotments:
        assert item.amount_minor == floor(Fraction(item.price) * item.face + Fraction(1, 2))
        assert item.face > 0


@given(books(), decisions)
def test_nobody_gets_more_than_he_bid_nor_pays_more_than_his_price(bids, decision):
    by_id = {bid.id: bid for bid in bids}
    for rule in (PK_MTB, PK_GIS):
        result = cleared(bids, decision, rule)
        assert len(faces(result)) == len(result.allotments)
        for item in result.allotments:
            bid = by_id[item.bid_id]
            assert item.face <= bid.face
            assert item.bidder == bid.bidder
            if bid.competitive:
                assert item.price <= bid.price
                assert item.price == (bid.price if rule is PK_MTB else result.cut_off)


@given(books(), decisions)
def test_every_better_bid_is_filled_before_a_worse_one_gets_anything(bids, decision):
    result = cleared(bids, decision)
    got = faces(result)
    for bid in bids:
        if not bid.competitive or result.cut_off is None:
            continue
        if bid.price > result.cut_off:
            assert got[bid.id] == bid.face
        elif bid.price < result.cut_off:
            assert bid.id not in got


@given(books(), decisions, st.randoms(use_true_random=False))
def test_the_order_of_the_bids_changes_nothing(bids, decision, shuffle):
    other = bids[:]
    shuffle.shuffle(other)
    assert cleared(other, decision) == cleared(bids, decision)


@given(books(), decisions)
def test_clearing_what_was_accepted_accepts_it_again(bids, decision):
    """Idempotence: the accepted competitive faces, bid anew and taken whole, give the same sheet."""
    first = cleared([bid for bid in bids if bid.competitive], decision)
    prices = {bid.id: bid.price for bid in bids}
    again = [Bid(item.bid_id, item.bidder, item.face, prices[item.bid_id]) for item in first.allotments]
    second = cleared(again, Decision(cut_off=Decimal("97")))
    assert second.allotments == first.allotments
    assert (second.cut_off, second.weighted_average_price, second.weighted_average_yield_pct) == (
        first.cut_off, first.weighted_average_price, first.weighted_average_yield_pct
    )  # fmt: skip


@given(books(), st.lists(ticks, min_size=2, max_size=2))
def test_a_lower_cut_off_takes_no_less_at_no_higher_an_average(bids, pair):
    high, low = sorted(pair, reverse=True)
    few, many = (cleared(bids, Decision(cut_off=Decimal(tick).scaleb(-4))) for tick in (high, low))
    assert few.accepted <= many.accepted
    if few.allotments:
        assert many.weighted_average_price <= few.weighted_average_price
        assert many.weighted_average_yield_pct >= few.weighted_average_yield_pct
        assert many.cut_off <= many.weighted_average_price


@given(books(), st.lists(st.integers(1, 400_000), min_size=2, max_size=2))
def test_a_larger_amount_gives_nobody_less(bids, pair):
    small, large = (cleared(bids, Decision(amount=count * BLOCK)) for count in sorted(pair))
    more = {item.bid_id: item.face for item in large.allotments if item.competitive}
    for item in small.allotments:
        if item.competitive:
            assert item.face <= more[item.bid_id]


@given(books(), st.integers(1, 400_000))
def test_sharing_strays_from_the_amount_by_no_more_than_its_rounding(bids, count):
    """Half a block for each bidder at the cut-off, and the small bids that were filled whole."""
    result = cleared(bids, Decision(amount=count * BLOCK))
    if result.pro_rata_pct is None:
        return
    at_level = [bid for bid in bids if bid.competitive and bid.price == result.cut_off]
    small = sum(bid.face for bid in at_level if bid.face <= 50 * M)
    bidders = len({bid.bidder for bid in at_level if bid.face > 50 * M})
    assert -small - bidders * 25 * M <= result.residual <= bidders * 25 * M


@given(books(), decisions)
def test_non_competitive_bids_keep_their_rules(bids, decision):
    result = cleared(bids, decision)
    counts: dict[str, int] = {}
    for bid in bids:
        counts[bid.bidder] = counts.get(bid.bidder, 0) + (not bid.competitive)
    for item in result.allotments:
        if not item.competitive:
            assert counts[item.bidder] == 1
            assert item.face <= 5 * M
            assert item.face % BLOCK == 0
            assert item.price == result.weighted_average_price
    assert result.accepted_noncompetitive <= TARGET * 15 // 100
    assert {voided.bid.id for voided in result.voided}.isdisjoint(faces(result))


@given(books(rule=US_BILL), st.integers(1, 400_000))
def test_the_treasurys_awards_stray_upwards_by_less_than_a_hundredth_and_a_block(bids, count):
    """Percentage up to 0.01 %, each award up to $100, non-competitive first and inside the amount."""
    first = sum(bid.face for bid in bids if not bid.competitive)
    amount = first + count * BLOCK
    result = clear(rule=US_BILL, target=amount, bids=bids, decision=Decision(amount=amount))
    assert result.accepted + result.accepted_noncompetitive + result.residual == amount
    if result.pro_rata_pct is not None:
        at_level = [bid for bid in bids if bid.yield_pct == result.cut_off]
        most = sum(bid.face for bid in at_level) // 10_000 + 100 * (len(at_level) + 1)
        assert -most <= result.residual <= 0


@given(books(rule=UK_GILT), st.integers(1, 400_000))
def test_a_rule_that_rounds_down_never_gives_more_than_the_amount(bids, count):
    result = clear(rule=UK_GILT, target=TARGET, bids=bids, decision=Decision(amount=count * BLOCK))
    assert result.residual >= 0
