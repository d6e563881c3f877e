"""Result sheets, receipts and advices: every figure with its unit, as the market prints it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from issuance.maths.auction.clearing import clear
from issuance.maths.auction.document import auction_of
from issuance.maths.auction.sheet import sheet_of
from tests.support import paper
from tokenization.documents.advice import Advice, payment_advice
from tokenization.documents.paper import TrueAt
from tokenization.documents.receipt import BidReceived, bid_receipt
from tokenization.documents.results import Sold, result_sheet
from tokenization.documents.typeset import pdf_bytes
from tokenization.identity.models import Party

AT = datetime(2026, 7, 1, 7, 30, 0, 123_000, tzinfo=UTC)
SOLD = Sold(
    reference="XXTEST000016, auction 2",
    security="Test bill 1, XXTEST000016",
    currency="PKR",
    closed_at=AT,
    decided_at=AT.replace(hour=9),
    settlement=date(2026, 7, 2),
    matures=date(2026, 9, 24),
    result_hash="0x" + "ab" * 32,
)


def cleared(accept: Any) -> dict[str, Any]:
    """Two dealers bid 60 and 50 million, an investor 1 million without a price; 84 days."""
    bids = [
        {"id": "1", "bidder": "D-1", "face": 60_000_000, "price": "97.4217"},
        {"id": "2", "bidder": "D-2", "face": 50_000_000, "price": "97.4000"},
        {"id": "3", "bidder": "I-1", "face": 500_000, "competitive": False},
    ]
    terms = {"settlement": "2026-07-02", "maturity": "2026-09-24", "target": 100_000_000}
    auction = auction_of(json.dumps({"rule": "PK-MTB", **terms, "bids": bids, "accept": accept}))
    result = clear(
        rule=auction.rule, target=auction.target, bids=auction.bids, decision=auction.decision, paper=auction.paper
    )
    return sheet_of(result, auction.numbered)


def test_a_result_sheet_gives_every_figure_and_no_name() -> None:
    text = paper.text(pdf_bytes(result_sheet(SOLD, cleared({"cut_off": "97.4000"}))))
    for words in (
        "Auction result XXTEST000016, auction 2", "Bids were accepted as follows.",
        "Bids were taken until 1 Jul 2026 12:30:00 PKT", "Settlement date 2 Jul 2026",
        "Announced target, face PKR 100,000,000.00", "Offered competitively, face PKR 110,000,000.00",
        "Accepted competitively, face PKR 110,000,000.00", "Accepted without a price, face PKR 500,000.00",
        "Cut-off price per 100 97.4000", "Weighted average price per 100 97.4118", "Bid-to-cover 1.00",
        "PKR 110,000,000.00 competitive + PKR 500,000.00 non-competitive = PKR 100,000,000.00 target"
        " + PKR 10,500,000.00 taken beyond it.",
        "Residual: PKR 10,000,000.00 taken beyond: competitive less target; non-competitive comes beside it",
        "Bid-to-cover: competitive face offered / competitive face accepted.", "0x" + "ab" * 32,
    ):  # fmt: skip
        assert words in text, words
    assert "D-1" not in text
    assert "I-1" not in text


def test_all_rejected_is_a_result_like_any_other() -> None:
    text = paper.text(pdf_bytes(result_sheet(SOLD, cleared(None))))
    assert "All bids were rejected." in text
    assert "Cut-off price per 100 –" in text
    assert "Offered competitively, face PKR 110,000,000.00" in text
    assert "Residual" not in text
    assert "/ competitive" not in text


BID = BidReceived(
    number=41,
    kind="BID",
    auction="XXTEST000016, auction 2",
    security="Test bill 1, XXTEST000016",
    dealer="Dealer One (D-1)",
    bidder="Dealer One (D-1)",
    currency="PKR",
    face_minor=6_000_000_000,
    terms=(("Price per 100", "97.4217"), ("Yield", "11.5000 %")),
    reference="MY-REF-1",
    placed_by="Amina Raza",
    received_at=AT,
    replaces=None,
    body_hash="0x" + "cd" * 32,
)


def test_a_receipt_repeats_the_bid_to_the_millisecond_with_its_hash() -> None:
    text = paper.text(pdf_bytes(bid_receipt(BID)))
    for words in (
        "Bid receipt BR-00000041", "We received this bid.", "Bidder Dealer One (D-1)", "Face amount PKR 60,000,000.00",
        "Price per 100 97.4217", "Your reference MY-REF-1", "Placed by Amina Raza",
        "Received 1 Jul 2026 12:30:00 PKT, 123 milliseconds", "SHA-256 0x" + "cd" * 32,
    ):  # fmt: skip
        assert words in text, words
    assert "Through the dealer" not in text
    assert "In place of" not in text


def test_an_amendment_and_a_withdrawal_name_what_they_replace() -> None:
    changed = replace(BID, kind="AMEND", replaces=40, bidder="A fund (F-1)")
    text = paper.text(pdf_bytes(bid_receipt(changed)))
    assert "in place of an earlier one" in text
    assert "In place of bid 40" in text
    assert "Through the dealer Dealer One (D-1)" in text
    assert "no longer stands" in paper.text(pdf_bytes(bid_receipt(replace(BID, kind="WITHDRAW", replaces=40))))


PAID = Advice(
    number=7,
    party=Party(reference="F-1", name="A fund"),
    what="Coupon 1",
    security="Test bond, XXTEST000024",
    currency="PKR",
    units=1_000,
    gross_minor=6_000_000,
    tax_minor=900_000,
    net_minor=5_000_000,
    disputed_minor=100_000,
    rate="15.00 %, filer",
    payment_date=date(2027, 1, 4),
    record_at=AT,
    paid_at=AT,
    paid_by="bank transfer B-1",
    wallet="0x" + "a1" * 20,
    true_at=TrueAt(9, "0x" + "ef" * 32, AT),
)


def test_an_advice_shows_gross_tax_dispute_and_net() -> None:
    text = paper.text(pdf_bytes(payment_advice(PAID)))
    for words in (
        "Payment advice PA-00000007", "Paid to A fund F-1", "For Coupon 1", "Gross PKR 60,000.00",
        "Tax withheld (15.00 %, filer) -PKR 9,000.00", "Held until a dispute is settled -PKR 1,000.00",
        "Net, paid to you PKR 50,000.00", "By bank transfer B-1", "True at block 9",
    ):  # fmt: skip
        assert words in text, words
    quiet = paper.text(pdf_bytes(payment_advice(replace(PAID, disputed_minor=0, net_minor=5_100_000))))
    assert "dispute" not in quiet


def test_an_advice_that_does_not_add_up_is_refused() -> None:
    with pytest.raises(ValueError, match="6000000 is not net, tax and what is in dispute together"):
        replace(PAID, net_minor=5_000_001)


def test_the_weighted_average_here_is_that_of_the_two_bids() -> None:
    """60 at 97.4217 and 50 at 97.4: the figure above is worked out by hand, not read off."""
    assert (60 * Decimal("97.4217") + 50 * Decimal("97.4")) / 110 == pytest.approx(
        Decimal("97.41183636"), abs=Decimal("1E-8")
    )
