"""What is told of a bid's fate, over results that the clearing itself made: every ending there is."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from issuance.auction.models import Auction
from issuance.bid.models import Bid
from issuance.bid.rules import Quote
from issuance.maths.auction.clearing import clear
from issuance.maths.auction.document import auction_of
from issuance.maths.auction.sheet import sheet_of
from issuance.series.models import Series
from tokenization.portal.auctions import Phase, phase, rule_words, tenor
from tokenization.portal.outcome import Outcome, outcomes
from tokenization.portal.summary import summary

OPENS, CLOSES = datetime(2026, 7, 1, 5, tzinfo=UTC), datetime(2026, 7, 1, 7, tzinfo=UTC)
MILLION = 1_000_000


def auction(rule: str = "PK-MTB", state: str = "ANNOUNCED", **terms: Any) -> Auction:
    bill = {
        "isin": "XXTEST000016", "name": "Test bill", "currency": "PKR", "denomination_minor": 100_000,
        "issue_date": date(2026, 7, 2), "maturity_date": date(2026, 9, 24), "tenor_days": 84, "convention": rule,
        "coupon_pct": Decimal(0), "calendar": "PK",
    }  # fmt: skip
    series = Series(**(bill | terms))
    return Auction(
        series=series, number=1, rule=rule, target_minor=200 * MILLION * 100, opens_at=OPENS, closes_at=CLOSES,
        settlement_date=date(2026, 7, 2), direct_categories=["BANK"], state=state,
    )  # fmt: skip


def told(book: list[tuple[str, int, str | None]], accept: Any, rule: str = "PK-MTB") -> list[Outcome]:
    """(bidder, face in millions, price, or yield as '11.5 %') each; the outcome of each, in order."""
    bids = [
        {"id": str(number), "bidder": who, "face": int(face * MILLION)}
        | ({"price": price} if price and "%" not in price else {} if price else {"competitive": False})
        | ({"yield_pct": price[:-2]} if price and "%" in price else {})
        for number, (who, face, price) in enumerate(book, 1)
    ]
    terms = {"rule": rule, "target": 200 * MILLION, "settlement": "2026-07-02", "maturity": "2026-09-24"}
    read = auction_of(json.dumps({**terms, "bids": bids, "accept": accept}))
    result = clear(rule=read.rule, target=read.target, bids=read.bids, decision=read.decision, paper=read.paper)
    row = auction(rule)
    rows = [
        Bid(
            pk=number, auction=row, competitive=price is not None, face_minor=int(face * MILLION) * 100,
            price=Decimal(price) if price and "%" not in price else None,
            yield_pct=Decimal(price[:-2]) if price and "%" in price else None,
        )
        for number, (_, face, price) in enumerate(book, 1)
    ]  # fmt: skip
    return outcomes(row, rows, sheet_of(result))


BOOK = [("A", 100, "97.6"), ("B", 120, "97.5"), ("C", 60, "97.5"), ("D", 50, "97.4"), ("I", 1, None)]


def test_over_at_and_under_the_cut_off() -> None:
    over, at, also, under, free = told(BOOK, {"cut_off": "97.5"})
    assert (over.tone, over.headline) == ("good", "Accepted in full: PKR 100,000,000.00")
    assert over.why == (
        "Your price of 97.6000 was above the cut-off price of 97.5000. "
        "To be paid is the bid's own price: 97.6000 per 100 of face."
    )
    assert at.why.startswith("Your price of 97.5000 was at the cut-off.")
    assert also.headline == "Accepted in full: PKR 60,000,000.00"
    assert (under.tone, under.headline) == ("warn", "Not accepted")
    assert under.why == "Your price of 97.4000 was below the cut-off price of 97.5000. Nothing is to be paid."
    assert free.headline == "Accepted in full: PKR 1,000,000.00"
    # (100 x 97.6 + 180 x 97.5) / 280 = 97.5357
    assert free.why.endswith("To be paid is the average price of the winning bids: 97.5357 per 100 of face.")


def test_yields_are_compared_as_they_were_bid() -> None:
    """A yield of 11.3000 is a price of 97.4654, whose yield is 11.2998: that bid was at the cut-off, not above it."""
    book: list[tuple[str, int, str | None]] = [
        ("A", 50, "11.3000 %"), ("B", 50, "11.2000 %"), ("C", 50, "11.4000 %"), ("D", 50, "97.4654"), ("E", 9, "97.5"),
        ("F", 1, "11.2998 %"), ("G", 1, "11.2999 %"),
    ]  # fmt: skip
    at, better, worse, price, above, same, near = [row.why for row in told(book, {"cut_off": "97.4654"})]
    assert at.startswith("Your yield of 11.3000 % was at the cut-off: it is a price of 97.4654, the cut-off price.")
    assert better.startswith("Your yield of 11.2000 % was below the cut-off yield of 11.2998 %.")
    assert worse.startswith("Your yield of 11.4000 % was above the cut-off yield of 11.2998 %. Nothing is to be paid.")
    assert price.startswith("Your price of 97.4654 was at the cut-off. To be paid is the bid's own price: 97.4654")
    assert above.startswith("Your price of 97.5000 was above the cut-off price of 97.4654.")
    assert same.startswith("Your yield of 11.2998 % was at the cut-off")
    assert near.startswith("Your yield of 11.2999 % was at the cut-off")


def test_a_share_at_the_cut_off_says_how_much_and_how_it_was_rounded() -> None:
    _, at, also, _, _ = told(BOOK, {"amount": 200 * MILLION})
    # 100 million are left for 180 at 97.5: 55.5556 %; 66.7 and 33.3 go to the nearest 50.
    assert at.headline == "Accepted in part: PKR 50,000,000.00 of PKR 120,000,000.00"
    assert "Bids at the cut-off asked for more than was left. 55.5556 % of it was left for them." in at.why
    assert "Shares are rounded to PKR 50,000,000.00." in at.why
    assert also.headline == "Accepted in part: PKR 50,000,000.00 of PKR 60,000,000.00"


def test_all_rejected_and_void_and_unserved() -> None:
    assert {row.headline for row in told(BOOK, None)} == {"Rejected"}
    *_, one, two = told([*BOOK[:2], ("V", 1, None), ("V", 1, None)], {"cut_off": "97.5"})
    assert (one.headline, one.tone) == ("Void", "bad")
    assert two.why == "It counted for nothing: 2 non-competitive bids of one bidder: one is allowed, so all are void."
    (*_, big) = told([*BOOK[:2], ("V", 2, None)], {"cut_off": "97.5"})
    assert big.why == "It counted for nothing: asks for 2,000,000, above the bidder's cap of 1,000,000."
    crowd: list[tuple[str, int, str | None]] = [(f"I{number}", 1, None) for number in range(31)]
    *_, last = told([BOOK[0], *crowd], {"cut_off": "97.5"})
    # 31 million without a price for a pool of 30: equals share alike, in multiples of 5,000.
    assert last.headline == "Accepted in part: PKR 965,000.00 of PKR 1,000,000.00"
    assert last.why.startswith("More was asked for without a price than could be served, so it was served in part.")


def test_a_uniform_auction_says_that_all_pay_the_same() -> None:
    row = auction("PK-GIS")
    words = dict(rule_words(row))
    assert words["What do winners pay?"] == "All winners pay the same price: that of the cut-off."
    assert "pay the cut-off price. At most PKR 500,000.00 for each bidder" in " ".join(words.values())


@pytest.mark.parametrize(
    ("state", "at", "expected"),
    [
        ("ANNOUNCED", OPENS.replace(hour=4), Phase.UPCOMING),
        ("ANNOUNCED", OPENS, Phase.OPEN),
        ("ANNOUNCED", CLOSES.replace(hour=6, minute=59, second=59, microsecond=999_000), Phase.OPEN),
        # Nobody has rung the bell yet, and it is closed all the same.
        ("ANNOUNCED", CLOSES, Phase.DECIDING),
        ("CLOSED", CLOSES, Phase.DECIDING),
        ("ALLOTTED", CLOSES, Phase.ALLOTTED),
        ("REJECTED", CLOSES, Phase.REJECTED),
        ("CANCELLED", OPENS, Phase.CANCELLED),
    ],
)
def test_where_an_auction_stands(state: str, at: datetime, expected: Phase) -> None:
    assert phase(auction(state=state), at) is expected


def test_tenors_are_said_as_people_say_them() -> None:
    assert tenor(auction().series) == "84 days"
    assert tenor(auction(maturity_date=date(2029, 7, 2), tenor_days=1096).series) == "3 years"
    assert tenor(auction(maturity_date=date(2027, 7, 2), tenor_days=365).series) == "1 year"


def test_a_bond_is_read_back_with_its_accrued_interest() -> None:
    row = auction(
        "PK-PIB", kind="PIB", coupon_pct=Decimal("12"), issue_date=date(2026, 7, 2), maturity_date=date(2029, 7, 2)
    )
    row.settlement_date = date(2026, 9, 2)
    said = summary(row, Quote(100_000_000, True, price=Decimal("101.5000")))
    # A million at 101.5, and 6 x 62/184 = 2.0217 per 100 accrued.
    assert said.words == "If accepted in full you pay PKR 1,035,217.00 on 2 Sep 2026."
    assert dict(said.pairs)["Accrued interest in it"] == "PKR 20,217.00"
