"""The rules at entry are the rules of the clearing: what one takes, the other reads; what one refuses, it refuses."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issuance.auction.models import Auction
from issuance.auction.selectors import terms_document
from issuance.bid.rules import BidRules, Quote, plain
from issuance.maths.auction.document import Refused, auction_of
from issuance.series.models import Series

OPENS = datetime(2026, 7, 1, 5, tzinfo=UTC)


def auction(rule: str, *, days: int = 84, coupon: str = "0", denomination: int = 100_000) -> Auction:
    issue = date(2026, 7, 2)
    series = Series(
        isin="XXTEST000016",
        currency="PKR",
        denomination_minor=denomination,
        issue_date=issue,
        maturity_date=issue + timedelta(days=days),
        coupon_pct=Decimal(coupon),
        convention=rule,
    )
    return Auction(
        pk=1,
        series=series,
        number=1,
        rule=rule,
        target_minor=10**12,
        opens_at=OPENS,
        closes_at=OPENS,
        settlement_date=issue,
    )


AUCTIONS = {
    "bill": auction("PK-MTB"),
    "bond": auction("PK-PIB", days=1096, coupon="12.5"),
    "yields": auction("US-BILL", days=91, denomination=10_000),
    "gilt": auction("UK-GILT", days=1826, coupon="4.375"),
}
RULES = {name: BidRules(row) for name, row in AUCTIONS.items()}
NUMBERS = st.one_of(
    st.none(),
    st.decimals(min_value=-5, max_value=130, places=3, allow_nan=False),
    st.decimals(min_value=Decimal("90"), max_value=Decimal("101"), places=4, allow_nan=False),
    st.decimals(min_value=Decimal("0"), max_value=Decimal("15"), places=5, allow_nan=False),
    st.sampled_from([Decimal("97.4217"), Decimal("11.5"), Decimal("11.5000"), Decimal(100), Decimal("12.5")]),
)
FACES = st.one_of(
    st.integers(-5, 10), st.integers(1, 400).map(lambda n: n * 5_000), st.integers(1, 10**7), st.just(100_000)
)


def clearing_takes(row: Auction, face: int, quote: Quote) -> bool:
    bid = {
        "id": "1",
        "bidder": "B",
        "face": face,
        "price": plain(quote.price),
        "yield_pct": plain(quote.yield_pct),
        "competitive": quote.competitive,
    }
    try:
        auction_of(json.dumps(terms_document(row) | {"bids": [bid], "accept": None}))
    except Refused:
        return False
    return True


@settings(max_examples=400, deadline=None, print_blob=True)
@given(st.sampled_from(sorted(AUCTIONS)), FACES, st.booleans(), NUMBERS, NUMBERS)
def test_entry_and_clearing_agree(
    name: str, face: int, competitive: bool, price: Decimal | None, yield_pct: Decimal | None
) -> None:
    quote = Quote(face * 100, competitive, price, yield_pct)
    broken = RULES[name].broken(quote)
    assert (broken == []) == clearing_takes(AUCTIONS[name], face, quote), broken


@settings(max_examples=200, deadline=None, print_blob=True)
@given(st.sampled_from(["bill", "bond", "gilt"]), st.decimals(min_value=80, max_value=Decimal("99.9"), places=3))
def test_a_pair_that_the_market_would_print_is_taken(name: str, price: Decimal) -> None:
    rules = RULES[name]
    paper = rules._reader.paper
    assert paper is not None
    quote = Quote(10_000_000 * 100, True, price, paper.yield_pct(price))
    assert rules.broken(quote) == []
    wrong = Quote(10_000_000 * 100, True, price, paper.yield_pct(price) + Decimal("0.5"))
    assert [row.rule for row in rules.broken(wrong)] == ["bid.price_yield"]


@pytest.mark.parametrize(("name", "ticks"), [("bill", (4, 4)), ("bond", (4, 4)), ("yields", (6, 3)), ("gilt", (3, 6))])
def test_the_tick_is_of_what_is_bid(name: str, ticks: tuple[int, int]) -> None:
    assert (RULES[name].ticks.price, RULES[name].ticks.yield_pct) == ticks


def test_every_broken_rule_is_told_at_once() -> None:
    found = RULES["bill"].broken(Quote(1, True, Decimal("97.42171"), Decimal("11.50001")))
    assert [(row.field, row.rule) for row in found] == [
        ("face_minor", "bid.minimum"),
        ("price", "bid.tick"),
        ("yield_pct", "bid.tick"),
    ]


def test_the_cap_is_the_lesser_of_share_and_figure() -> None:
    """0.50 % of the target of 10,000,000,000 is 50,000,000; at most 500,000,000 (DOMAIN.md, section 3)."""
    assert RULES["bill"].cap_minor() == 50_000_000 * 100
    large = auction("PK-MTB")
    large.target_minor = 10**15
    assert BidRules(large).cap_minor() == 500_000_000 * 100


@pytest.mark.parametrize(
    ("number", "text"),
    [(Decimal("97.42170"), "97.4217"), (Decimal("1E+2"), "100"), (Decimal("0.000"), "0"), (None, None)],
)
def test_a_number_has_one_plain_text(number: Decimal | None, text: str | None) -> None:
    assert plain(number) == text
