"""Who gets what, bid by bid, and the sum of the target: exact, and the very figures that are allotted."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from issuance.allotment.decisions.clearing import cleared
from issuance.allotment.decisions.outcomes import Outcome, outcomes, outcomes_bound
from issuance.allotment.decisions.services import decision_propose
from issuance.allotment.decisions.sums import cover_words, residual_words, target_words
from issuance.allotment.models import Allotment, AuctionDecision
from issuance.auction.models import Auction
from issuance.maths.auction.clearing import clear
from issuance.maths.auction.document import auction_of
from issuance.maths.auction.sheet import sheet_of, text_of
from tests.factories import auction as make
from tests.factories import issuance as made
from tokenization.identity.approvals import approval_approve

M = make.MILLION
BILL = {"rule": "PK-MTB", "target": 1_000 * M, "settlement": "2026-07-02", "maturity": "2026-09-24"}


def bid(pk: int, face: int, price: str | None = None, bidder: str = "", **more: Any) -> dict[str, Any]:
    named = {"price": price} if price else {}
    competitive = bool(price or more.get("yield_pct"))
    return {"id": str(pk), "bidder": bidder or f"B-{pk}", "face": face, "competitive": competitive} | named | more


def texts(bids: list[dict[str, Any]], accept: Any, **terms: Any) -> tuple[str, str]:
    """The document and what `manage.py clear_auction` prints for it."""
    document = json.dumps({**BILL, **terms, "bids": bids, "accept": accept})
    given = auction_of(document)
    found = clear(rule=given.rule, target=given.target, bids=given.bids, decision=given.decision, paper=given.paper)
    return document, text_of(sheet_of(found, given.numbered))


def said(*given: Any, **terms: Any) -> list[tuple[str, str, int, str]]:
    return [(row.bid, row.state, row.gets, row.why) for row in outcomes(*texts(*given, **terms))]


def sheet(*given: Any, **terms: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(texts(*given, **terms)[1])
    return found


THREE = [bid(1, 400 * M, "97.5"), bid(2, 300 * M, "97.45"), bid(3, 500 * M, "97.4")]


def test_every_bid_has_its_line_best_first_and_says_why_it_gets_nothing() -> None:
    book = [*THREE, bid(10, 4 * M, bidder="I"), bid(9, 5 * M), bid(11, M, bidder="I")]
    assert outcomes(*texts(book, {"cut_off": "97.45"})) == (
        Outcome("1", "B-1", True, 400 * M, Decimal("97.5000"), Decimal("11.1416"), "in full", 400 * M,
                Decimal("97.5000"), Decimal("11.1416"), Decimal("390000000.00"), Decimal("0.00"), "at its own price"),
        Outcome("2", "B-2", True, 300 * M, Decimal("97.4500"), Decimal("11.3703"), "in full", 300 * M,
                Decimal("97.4500"), Decimal("11.3703"), Decimal("292350000.00"), Decimal("0.00"), "at its own price"),
        Outcome("3", "B-3", True, 500 * M, Decimal("97.4000"), Decimal("11.5992"), "nothing", 0,
                None, None, Decimal(0), Decimal(0), "below the cut-off price of 97.4500"),
        Outcome("9", "B-9", False, 5 * M, None, None, "in full", 5 * M, Decimal("97.4786"), Decimal("11.2395"),
                Decimal("4873930.00"), Decimal("0.00"), "at the weighted average price"),
        *(
            Outcome(pk, "I", False, face, None, None, "void", 0, None, None, Decimal(0), Decimal(0),
                    "2 non-competitive bids of one bidder: one is allowed, so all are void")
            for pk, face in (("10", 4 * M), ("11", M))
        ),
    )  # fmt: skip


def test_a_shared_cut_off_says_its_share_and_who_is_left_with_nothing() -> None:
    """20 m are left for 1,200 m: in blocks of 50 m the shares of 51 and 1,109 m are none; 40 m are filled whole."""
    book = [bid(1, 940 * M, "97.5"), bid(2, 51 * M, "97.4"), bid(3, 1_109 * M, "97.4"), bid(4, 40 * M, "97.4")]
    assert said(book, {"amount": 960 * M})[1:] == [
        ("2", "nothing", 0, "the cut-off is shared, 1.6667 % each before rounding: nothing is left for it"),
        ("3", "nothing", 0, "the cut-off is shared, 1.6667 % each before rounding: nothing is left for it"),
        ("4", "in full", 40 * M, "at its own price"),
    ]
    part = said([bid(1, 900 * M, "97.5"), bid(2, 300 * M, "97.4")], {"amount": 1_000 * M})
    assert part[1] == (
        "2", "in part", 100 * M, "the cut-off is shared, 33.3333 % each before rounding; at its own price",
    )  # fmt: skip


def test_bids_of_one_bidder_at_the_cut_off_share_as_one() -> None:
    """Half of 300 and 200 m is 250 m, all of it the larger bid's."""
    book = [bid(1, 750 * M, "97.5"), bid(2, 300 * M, "97.4", bidder="B"), bid(3, 200 * M, "97.4", bidder="B")]
    one = "the cut-off is shared, 50.0000 % each before rounding, a bidder's bids as one, his largest first"
    assert said(book, {"amount": 1_000 * M})[1:] == [
        ("2", "in part", 250 * M, f"{one}; at its own price"),
        ("3", "nothing", 0, f"{one}: nothing is left for it"),
    ]


def test_all_rejected_gives_nobody_anything() -> None:
    assert said([THREE[0], bid(4, M)], None) == [
        ("1", "nothing", 0, "no bid is accepted"),
        ("4", "nothing", 0, "no bid with a price is accepted, so there is no price to pay"),
    ]


def test_a_pool_that_is_asked_for_too_much_serves_the_small_first() -> None:
    """15 % of 1,000 m are 150 m, at most 5 m each: the 30 of 4.9 m take 147 m; those of 5 m share 3 m, in 5,000s."""
    book = [THREE[0], *(bid(10 + at, 4_900_000) for at in range(30)), bid(50, 5 * M), bid(51, 5 * M)]
    found = said(book, {"cut_off": "97.5"})
    pool = "more was asked for without a price than the pool of 150000000"
    assert [row[1] for row in found] == ["in full"] * 31 + ["in part"] * 2
    assert found[-1] == ("51", "in part", 1_500_000, f"{pool}; at the weighted average price")
    more = said([*book, *(bid(60 + at, 4_950_000) for at in range(2)), bid(70, 4_900_000)], {"cut_off": "97.5"})
    assert more[-5:-1] == [
        ("50", "nothing", 0, f"{pool}: smaller bids come first"),
        ("51", "nothing", 0, f"{pool}: smaller bids come first"),
        ("60", "nothing", 0, f"{pool}: smaller bids come first"),
        ("61", "nothing", 0, f"{pool}: smaller bids come first"),
    ]


def test_a_single_price_auction_in_yields_speaks_of_yields() -> None:
    book = [bid(1, 600, yield_pct="5.1"), bid(2, 600, yield_pct="5.2"), bid(3, 100, yield_pct="5.3"), bid(4, 200)]
    found = outcomes(*texts(book, {"amount": 1_000}, rule="US-NOTE", target=1_000, settlement=None, maturity=None))
    assert [(row.bid, row.state, row.gets, row.at_yield_pct, row.why) for row in found] == [
        ("1", "in full", 600, Decimal("5.200"), "at the cut-off price, as all"),
        ("2", "in part", 300, Decimal("5.200"),
         "the cut-off is shared, 33.3400 % each before rounding; at the cut-off price, as all"),
        ("3", "nothing", 0, None, "above the cut-off yield of 5.200"),
        ("4", "in full", 200, Decimal("5.200"), "at the cut-off price, as all"),
    ]  # fmt: skip


BESIDE = "non-competitive comes beside it (PK-MTB)"


@pytest.mark.parametrize(
    ("accept", "whole", "residual", "cover"),
    [
        (
            {"cut_off": "97.45"},
            "PKR 1,000,000,000.00 target = PKR 700,000,000.00 competitive + PKR 5,000,000.00 non-competitive"
            " + PKR 295,000,000.00 not taken",
            f"PKR 300,000,000.00: target less competitive; {BESIDE}",
            "1.71: competitive face offered / competitive face accepted",
        ),
        (
            {"cut_off": "97.4"},
            "PKR 1,200,000,000.00 competitive + PKR 5,000,000.00 non-competitive = PKR 1,000,000,000.00 target"
            " + PKR 205,000,000.00 taken beyond it",
            f"PKR 200,000,000.00 taken beyond: competitive less target; {BESIDE}",
            "1.00: competitive face offered / competitive face accepted",
        ),
        (
            {"amount": 800 * M},
            "PKR 1,000,000,000.00 target = PKR 800,000,000.00 competitive + PKR 5,000,000.00 non-competitive"
            " + PKR 195,000,000.00 not taken",
            f"PKR 0.00: decided PKR 800,000,000.00 less competitive; {BESIDE}",
            "1.50: competitive face offered / competitive face accepted",
        ),
        (
            None,
            "PKR 1,000,000,000.00 target, of which nothing is taken",
            f"PKR 1,000,000,000.00: target less competitive; {BESIDE}",
            None,
        ),
    ],
)  # fmt: skip
def test_the_target_is_a_sum_and_the_residual_says_of_what(
    accept: Any, whole: str, residual: str, cover: str | None
) -> None:
    found = sheet([*THREE, bid(9, 5 * M)], accept)
    assert (target_words(found, "PKR"), residual_words(found, "PKR"), cover_words(found)) == (whole, residual, cover)


def test_where_bids_without_a_price_come_first_they_come_out_of_the_target() -> None:
    book = [bid(1, 600, yield_pct="5.1"), bid(2, 600, yield_pct="5.2"), bid(4, 20_100)]
    terms = {"rule": "US-NOTE", "target": 21_000, "settlement": None, "maturity": None}
    found = sheet(book, {"amount": 21_000}, **terms)
    assert (found["totals"]["accepted"], found["residual"]) == (900, 0)
    assert residual_words(found, "USD") == "USD 0.00: target less competitive and non-competitive"
    assert target_words(found, "USD") == (
        "USD 21,000.00 target = USD 900.00 competitive + USD 20,100.00 non-competitive + USD 0.00 not taken"
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "accept", [{"cut_off": "97.5"}, {"cut_off": "97.4"}, {"amount": 5 * M, "pro_rata": True}, {"cut_off": "97.6"}]
)
def test_what_is_shown_before_is_what_is_allotted(accept: Any) -> None:
    people = made.office()
    row = make.booked(people)
    now = row.closes_at
    proposal = decision_propose(
        auction=row, accept=accept, more_than_target_reason="Needed.", actor=people.maker, now=now
    )
    payload = json.loads(proposal.payload)
    before = outcomes_bound(row, payload)
    assert len(before) == 6
    assert AuctionDecision.objects.count() == 0
    approval_approve(approval_id=proposal.pk, actor=people.checker, now=now)
    stored = AuctionDecision.objects.get()
    assert before == outcomes(stored.document, stored.result) == outcomes_bound(row, payload)
    allotted = Allotment.objects.values_list("bid_id", "face_minor", "price", "proceeds_minor", "party__reference")
    assert sorted(allotted) == sorted(
        (int(one.bid), one.gets * 100, one.at_price, int(one.pays * 100), one.bidder) for one in before if one.gets
    )


@pytest.mark.django_db
def test_another_result_than_the_bound_one_shows_nothing() -> None:
    people = made.office()
    row: Auction = make.booked(people)
    proposal = decision_propose(auction=row, accept={"cut_off": "97.5"}, actor=people.maker, now=row.closes_at)
    payload = json.loads(proposal.payload)
    assert [one.bid for one in outcomes_bound(row, payload)] == [
        str(pk) for pk in row.bids.order_by("pk").values_list("pk", flat=True)
    ]
    assert cleared(row, {"cut_off": "97.5"}).result_sha256 == payload["result_sha256"]
    assert outcomes_bound(row, payload | {"result_sha256": "0x" + "0" * 64}) == ()
