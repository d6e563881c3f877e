"""A second clearing, written the slow and obvious way with fractions, must agree with ours on every auction."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import floor

from hypothesis import given
from hypothesis import strategies as st

from issuance.maths.auction.bids import Bid, Decision
from issuance.maths.auction.clearing import clear
from issuance.maths.auction.rules import PK_GIS, PK_MTB
from tests.unit.maths.auctions import BILL, M, faces

TARGET = 1_000 * M
BLOCK = 50 * M
DAYS = 84


@dataclass
class Obvious:
    """Pakistan's rules, sentence by sentence from DOMAIN.md section 3, one bid at a time."""

    bids: list[Bid]
    decision: Decision
    uniform: bool
    got: dict[str, int] = field(default_factory=dict)

    def run(self) -> dict[str, int]:
        competitive = [bid for bid in self.bids if bid.competitive]
        if self.decision.cut_off is not None:
            for bid in competitive:
                if bid.price >= self.decision.cut_off:
                    self.got[bid.id] = bid.face
        elif self.decision.amount:
            self.take(competitive, self.decision.amount)
        self.got = {name: face for name, face in self.got.items() if face}
        self.investors()
        return self.got

    def take(self, bids: list[Bid], amount: int) -> None:
        left = amount
        for price in sorted({bid.price for bid in bids}, reverse=True):
            tied = [bid for bid in bids if bid.price == price]
            whole = sum(bid.face for bid in tied)
            if left >= whole or self.decision.pro_rata is False:
                self.got.update({bid.id: bid.face for bid in tied})
            else:
                self.share(tied, Fraction(left, whole))
            left -= whole
            if left <= 0:
                return

    def share(self, tied: list[Bid], part: Fraction) -> None:
        for bidder in {bid.bidder for bid in tied}:
            own = [bid for bid in tied if bid.bidder == bidder]
            for bid in own:
                if bid.face <= BLOCK:
                    self.got[bid.id] = bid.face
            large = sorted((bid for bid in own if bid.face > BLOCK), key=lambda bid: (-bid.face, bid.id))
            total = sum(bid.face for bid in large)
            left = min(total, floor(part * total / BLOCK + Fraction(1, 2)) * BLOCK)
            for bid in large:
                self.got[bid.id] = min(bid.face, left)
                left -= self.got[bid.id]
        if not any(self.got.get(bid.id) for bid in tied):
            for bid in tied:
                self.got.pop(bid.id, None)

    def investors(self) -> None:
        if not self.got:
            return
        bp, most = (25, 250 * M) if self.uniform else (50, 500 * M)
        cap = min(most, TARGET * bp // 10_000)
        for bid in self.bids:
            rivals = [other for other in self.bids if not other.competitive and other.bidder == bid.bidder]
            # At most five investors at 5 m each: the pool of 150 m always suffices here.
            if not bid.competitive and len(rivals) == 1 and bid.face <= cap:
                self.got[bid.id] = bid.face


def printed(value: Fraction, places: int) -> Decimal:
    return (Decimal(floor(value * 10**places + Fraction(1, 2)))).scaleb(-places)


def bill_yield(price: Decimal) -> Fraction:
    return (100 - Fraction(price)) / Fraction(price) * 36_500 / DAYS


bidders = st.integers(0, 4).map(lambda number: f"d{number}")
sizes = st.one_of(
    st.integers(1, 100_000).map(lambda count: count * 5_000), st.sampled_from([50 * M, 75 * M, 125 * M, 5 * M])
)
prices = st.integers(974_000, 974_004).map(lambda tick: Decimal(tick).scaleb(-4))
competitive = st.tuples(bidders, sizes, prices)
investors = st.tuples(bidders, st.integers(1, 1_010).map(lambda count: count * 5_000))


@st.composite
def auctions(draw) -> tuple[list[Bid], Decision]:
    bids = [Bid(f"c{n:02d}", *one) for n, one in enumerate(draw(st.lists(competitive, max_size=14)))]
    open_ones = draw(st.lists(investors, max_size=6))
    bids += [Bid(f"n{n:02d}", *one, competitive=False) for n, one in enumerate(open_ones)]
    decision = draw(
        st.one_of(
            prices.map(lambda price: Decision(cut_off=price)),
            st.integers(1, 3_000).map(lambda count: Decision(amount=count * M)),
            st.integers(1, 3_000).map(lambda count: Decision(amount=count * M, pro_rata=False)),
            st.just(Decision(amount=0)),
        )
    )
    return draw(st.permutations(bids)), decision


@given(auctions())
def test_faces_are_those_of_the_obvious_clearing(case):
    bids, decision = case
    for rule in (PK_MTB, PK_GIS):
        result = clear(rule=rule, target=TARGET, bids=bids, decision=decision, paper=BILL)
        assert faces(result) == Obvious(bids, decision, rule is PK_GIS).run()


@given(auctions())
def test_averages_are_those_of_fractions(case):
    """Price and printed yield weighted by face; and what the investors without a price pay."""
    bids, decision = case
    result = clear(rule=PK_MTB, target=TARGET, bids=bids, decision=decision, paper=BILL)
    by_id = {bid.id: bid for bid in bids}
    own = [(item.face, by_id[item.bid_id].price) for item in result.allotments if item.competitive]
    if not own:
        assert (result.weighted_average_price, result.allotments) == (None, ())
        return
    total = sum(face for face, _ in own)
    price = printed(Fraction(sum(Fraction(p) * face for face, p in own), total), 4)
    rate = printed(Fraction(sum(Fraction(printed(bill_yield(p), 4)) * face for face, p in own), total), 4)
    assert (result.weighted_average_price, result.weighted_average_yield_pct) == (price, rate)
    assert result.cut_off == min(p for _, p in own)
    for item in result.allotments:
        if not item.competitive:
            assert (item.price, item.yield_pct) == (price, printed(bill_yield(price), 4))


@given(auctions())
def test_the_sheet_adds_up(case):
    bids, decision = case
    result = clear(rule=PK_MTB, target=TARGET, bids=bids, decision=decision, paper=BILL)
    assert result.accepted == sum(item.face for item in result.allotments if item.competitive)
    for item in result.allotments:
        exact = (item.price * item.face).quantize(Decimal(1), rounding=ROUND_HALF_UP)
        assert (item.amount_minor, item.accrued_minor) == (exact, 0)
