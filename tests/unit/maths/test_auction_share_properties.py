"""Pro rata and pools, whatever the bids and blocks."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from issuance.maths.auction.bids import Bid
from issuance.maths.auction.noncompetitive import admitted, served
from issuance.maths.auction.rules import NonCompetitive, Oversubscription, ProRata, Rounding
from issuance.maths.auction.shares import percentage_up, rounded_share, shares

face = st.integers(1, 10**6)
roundings = st.sampled_from(Rounding)


@st.composite
def levels(draw) -> tuple[list[Bid], int]:
    drawn = draw(st.lists(st.tuples(face, st.integers(0, 3)), min_size=1, max_size=10))
    bids = [Bid(f"b{n}", f"d{bidder}", size) for n, (size, bidder) in enumerate(drawn)]
    return bids, draw(st.integers(1, sum(bid.face for bid in bids)))


@given(face, st.integers(0, 1_000), st.integers(1, 1_000), st.integers(1, 5_000), roundings)
def test_a_share_is_a_multiple_near_the_exact_one_and_never_above_the_bid(size, above, more, block, rounding):
    below = above + more
    share = rounded_share(size, above, below, ProRata(block=block, rounding=rounding))
    exact = Fraction(size * above, below)
    assert 0 <= share <= size
    assert share == size or share % block == 0
    if share < size:
        low, high = {
            Rounding.NEAREST: (Fraction(-block, 2), Fraction(block, 2)),
            Rounding.UP: (Fraction(0), Fraction(block)),
            Rounding.DOWN: (Fraction(-block), Fraction(0)),
        }[rounding]
        assert low <= share - exact <= high


@given(st.integers(1, 10**12), st.integers(1, 10**12), st.integers(0, 6))
def test_the_percentage_is_the_least_that_suffices(remaining, more, places):
    at_level = remaining + more
    found = Fraction(percentage_up(remaining, at_level, places))
    assert found * at_level >= 100 * remaining
    assert (found - Fraction(1, 10**places)) * at_level < 100 * remaining


@given(levels(), st.integers(1, 10_000), roundings, st.integers(0, 10**5), st.booleans())
def test_shares_keep_every_promise_of_their_rule(level, block, rounding, small, by_bidder):
    bids, remaining = level
    rule = ProRata(block=block, rounding=rounding, full_up_to=small, by_bidder=by_bidder)
    given_out, percentage = shares(bids, remaining, rule)
    assert set(given_out) == {bid.id for bid in bids}
    for bid in bids:
        assert 0 <= given_out[bid.id] <= bid.face
        if bid.face <= small:
            assert given_out[bid.id] == bid.face
    assert abs(Fraction(percentage) - Fraction(100 * remaining, sum(bid.face for bid in bids))) < Fraction(1, 10**20)
    assert shares(bids[::-1], remaining, rule) == (given_out, percentage)


@given(levels(), st.integers(1, 10_000), roundings)
def test_who_bid_more_gets_no_less(level, block, rounding):
    bids, remaining = level
    given_out, _ = shares(bids, remaining, ProRata(block=block, rounding=rounding))
    ordered = sorted(bids, key=lambda bid: bid.face)
    for smaller, larger in zip(ordered, ordered[1:], strict=False):
        assert given_out[smaller.id] <= given_out[larger.id]


pools = st.builds(
    NonCompetitive,
    one_per_bidder=st.booleans(),
    cap_bp=st.none() | st.integers(1, 10_000),
    cap_face=st.integers(1, 10**6),
    pool_bp=st.none() | st.integers(0, 10_000),
    oversubscription=st.sampled_from(Oversubscription),
)
investors = st.lists(st.tuples(st.integers(0, 6), st.integers(1, 1_000)), max_size=12).map(
    lambda drawn: [Bid(f"b{n:02d}", f"i{who}", size * 5, competitive=False) for n, (who, size) in enumerate(drawn)]
)


@given(investors, pools, st.integers(1, 10**6))
def test_a_bidder_stands_or_falls_with_all_his_bids(bids, rule, target):
    stand, fall = admitted(bids, target, rule)
    assert sorted([*stand, *(voided.bid for voided in fall)]) == sorted(bids)
    assert {bid.bidder for bid in stand}.isdisjoint(voided.bid.bidder for voided in fall)
    for bidder in {bid.bidder for bid in bids}:
        own = [bid for bid in bids if bid.bidder == bidder]
        breaks = (rule.one_per_bidder and len(own) > 1) or sum(bid.face for bid in own) > rule.cap(target)
        assert any(voided.bid in own for voided in fall) is breaks
    assert admitted(bids[::-1], target, rule) == (stand, fall)


@given(investors, pools, st.integers(1, 10**6))
def test_a_pool_is_never_overdrawn_and_equals_get_equal(bids, rule, target):
    given_out = served(bids, rule, target, 5)
    pool = rule.pool(target)
    assert pool is None or sum(given_out.values()) <= pool
    by_face: dict[int, set[int]] = {}
    for bid in bids:
        got = given_out.get(bid.id, 0)
        assert 0 <= got <= bid.face
        assert got % 5 == 0
        by_face.setdefault(bid.face, set()).add(got)
    assert all(len(amounts) == 1 for amounts in by_face.values())
    assert served(bids[::-1], rule, target, 5) == given_out


@given(investors, st.integers(0, 10_000), st.integers(1, 10**6))
def test_smallest_first_fills_every_smaller_bid_before_a_larger_gets_anything(bids, pool_bp, target):
    rule = NonCompetitive(False, None, 10**9, pool_bp, Oversubscription.ASCENDING)
    given_out = served(bids, rule, target, 5)
    short = [bid.face for bid in bids if given_out.get(bid.id, 0) < bid.face]
    for bid in bids:
        if short and bid.face < min(short):
            assert given_out[bid.id] == bid.face
        if short and bid.face > min(short):
            assert given_out.get(bid.id, 0) == 0
