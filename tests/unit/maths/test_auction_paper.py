"""The paper of an auction: printed prices, yields, pairs; and the book and its levels."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuance.maths.auction.averages import weighted
from issuance.maths.auction.bids import Bid, Decision
from issuance.maths.auction.book import Book
from issuance.maths.auction.paper import paper
from issuance.maths.auction.rules import PK_MTB, US_BILL, US_NOTE
from issuance.maths.auction.selection import take
from issuance.maths.bond_conventions import BOND_CONVENTIONS
from issuance.maths.conventions import CONVENTIONS
from issuance.maths.faults import Fault
from tests.unit.maths.auctions import BILL, M, bid, faces, open_bid, run

PIB = paper(BOND_CONVENTIONS["PK-PIB"], date(2026, 9, 2), date(2029, 7, 2), Decimal(12))
ZERO = paper(BOND_CONVENTIONS["PK-PIB-ZERO"], date(2027, 7, 2), date(2029, 7, 2))


def test_printed_prices_and_yields():
    assert (BILL.price(Decimal("11.5")), BILL.yield_pct(Decimal("97.4217"))) == (Decimal("97.4217"), Decimal("11.4998"))
    assert (PIB.price(Decimal(12)), PIB.yield_pct(Decimal("99.9611"))) == (Decimal("99.9611"), Decimal("12.0000"))
    assert (ZERO.price(Decimal(12)), ZERO.yield_pct(Decimal("79.7194"))) == (Decimal("79.7194"), Decimal("12.0000"))
    assert (BILL.price(Decimal("11.5"), 2), BILL.yield_pct(Decimal("97.4217"), 2)) == (
        Decimal("97.42"),
        Decimal("11.50"),
    )


def test_accrued_is_printed_and_only_coupons_accrue():
    assert [sheet.accrued for sheet in (BILL, ZERO, PIB)] == [0, 0, Decimal("2.0217")]
    assert [sheet.bears_interest for sheet in (BILL, ZERO, PIB)] == [False, False, True]


def test_pairs_that_reconcile():
    """On import, a price and a yield that do not belong together are refused (DOMAIN.md, section 3)."""
    assert PIB.agrees(Decimal("99.9611"), Decimal("12.0000"))
    assert not PIB.agrees(Decimal("99.9611"), Decimal("12.0001"))
    assert BILL.agrees(Decimal("97.4217"), Decimal("11.5000"))
    assert BILL.agrees(Decimal("97.4217"), Decimal("11.4998"))
    assert not BILL.agrees(Decimal("97.4217"), Decimal("11.5003"))


@given(st.decimals(min_value="0.0001", max_value="40", places=4))
def test_a_printed_price_agrees_with_the_yield_it_was_printed_from(rate):
    for sheet in (BILL, PIB, ZERO):
        assert sheet.agrees(sheet.price(rate), rate)


@pytest.mark.parametrize(
    ("call", "field", "rule"),
    [
        (lambda: BILL.price(Decimal("9999999999")), "yield_pct", "leaves no positive price"),
        (lambda: PIB.price(Decimal("99999999")), "yield_pct", "leaves no positive price"),
        (lambda: BILL.yield_pct(Decimal("100.0001")), "price", "gives a yield below 0, which PK-MTB does not quote"),
        (lambda: PIB.yield_pct(Decimal("200")), "price", "gives a yield below 0, which PK-PIB does not quote"),
        (
            lambda: paper(CONVENTIONS["PK-MTB"], date(2026, 7, 2), date(2026, 7, 2)),
            "settlement",
            "before maturity 2026-07-02",
        ),
        (
            lambda: paper(CONVENTIONS["PK-MTB"], date(2026, 7, 2), date(2027, 7, 4)),
            "maturity",
            "at most 366 days after settlement for PK-MTB",
        ),
    ],
)
def test_what_has_no_printed_figure_is_refused(call, field, rule):
    with pytest.raises(Fault) as caught:
        call()
    assert (caught.value.field, caught.value.rule) == (field, rule)


def test_levels_are_best_first_in_either_variable():
    prices = Book.of([bid("a", M, "97.4"), bid("b", M, "97.6"), bid("c", 2 * M, "97.60")], PK_MTB, None)
    assert [(str(level.value), level.face) for level in prices.levels] == [("97.6000", 3 * M), ("97.4000", M)]
    yields = [Bid(name, name, 100, None, Decimal(rate)) for name, rate in (("a", "5.2"), ("b", "5.1"))]
    assert [str(level.value) for level in Book.of(yields, US_NOTE, None).levels] == ["5.100", "5.200"]
    assert [level.value for level in prices.at_or_better(Decimal("97.5"))] == [Decimal("97.6")]
    assert [level.value for level in Book.of(yields, US_NOTE, None).at_or_better(Decimal("5.15"))] == [Decimal("5.1")]
    assert (prices.face, len(prices.at_or_better(None))) == (4 * M, 2)


def test_a_price_in_a_yield_auction_is_converted():
    """31 CFR 356 App. B sec. VI.C: 182 days at 95.934567 are 8.042 %."""
    sheet = paper(CONVENTIONS["US-BILL"], date(1982, 12, 30), date(1983, 6, 30))
    book = Book.of([Bid("a", "a", 100, Decimal("95.934567"))], US_BILL, sheet)
    assert [str(level.value) for level in book.levels] == ["8.042"]


def test_averages():
    assert weighted([(1, Decimal("97")), (3, Decimal("98"))], 4) == Decimal("97.7500")
    assert weighted([(1, Decimal("0.00005")), (1, Decimal("0.00005"))], 4) == Decimal("0.0001")
    assert weighted([], 4) is None
    assert weighted([(1, Decimal(1)), (1, None)], 4) is None


def test_taking_stops_where_the_amount_is_reached():
    book = Book.of([bid("a", 100 * M, "97.5"), bid("b", 100 * M, "97.4"), bid("c", 100 * M, "97.3")], PK_MTB, None)
    for amount, names, left in ((100 * M, "a", {}), (200 * M, "ab", {}), (150 * M, "ab", {"b": 50 * M})):
        taken = take(book, Decision(amount=amount), PK_MTB.pro_rata, 0)
        assert [level.bids[0].id for level in taken.levels] == list(names)
        assert taken.shared == left


def test_the_pool_of_an_auction_is_served_smallest_first_and_the_rest_goes_without():
    """Target 100 m: cap 0.5 m, pool 15 m for 39 x 0.4 m and one of 0.1 m: 0.1, then 14.9 over 39 in steps of 5,000."""
    investors = [open_bid(f"n{number:02d}", 400_000) for number in range(39)]
    result = run([bid("a", 100 * M, "97.5"), *investors, open_bid("small", 100_000)], target=100 * M, cut_off="97.5")
    got = {name: face for name, face in faces(result).items() if name != "a"}
    assert got.pop("small") == 100_000
    assert set(got.values()) == {380_000}
    assert (len(got), result.accepted_noncompetitive, result.offered_noncompetitive) == (39, 14_920_000, 15_700_000)
