"""The receipt of a bid: what was received, when to the millisecond, and the hash of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tokenization.documents.paper import Document, Side
from tokenization.kernel.writing import money, when


@dataclass(frozen=True)
class BidReceived:
    """`terms` are (label, value) beside the amount; `replaces` is the number of the bid that this one replaces."""

    number: int
    kind: str
    auction: str
    security: str
    dealer: str
    bidder: str
    currency: str
    face_minor: int
    terms: tuple[tuple[str, str], ...]
    reference: str
    placed_by: str
    received_at: datetime
    replaces: int | None
    body_hash: str


WORDS = {
    "BID": "We received this bid.",
    "AMEND": "We received this bid in place of an earlier one.",
    "WITHDRAW": "We received the withdrawal of this bid. It no longer stands.",
}


def bid_receipt(bid: BidReceived) -> Document:
    """As of the instant of receipt."""
    same = bid.dealer == bid.bidder
    sides = (Side("Bidder", (bid.bidder,)), *(() if same else (Side("Through the dealer", (bid.dealer,)),)))
    replaced = (("In place of bid", f"{bid.replaces:,}"),) if bid.replaces else ()
    return Document(
        kind="Bid receipt",
        reference=f"BR-{bid.number:08d}",
        at=bid.received_at,
        lead=f"{WORDS[bid.kind]} It stays sealed until the close of bidding.",
        sides=sides,
        facts=(
            ("Auction", bid.auction),
            ("Security", bid.security),
            ("Face amount", money(bid.face_minor, bid.currency)),
            *bid.terms,
            ("Your reference", bid.reference or "–"),
            *replaced,
            ("Received", f"{when(bid.received_at)}, {bid.received_at.microsecond // 1000} milliseconds"),
            ("Placed by", bid.placed_by),
        ),
        notes=("Keep this receipt: the hash below is of exactly what was received, and proves it later.",),
        codes=(("SHA-256", bid.body_hash),),
    )
