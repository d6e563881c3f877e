"""The receipt of a bid: what was received, when to the millisecond, and the hash of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tokenization.documents.paper import Document, Side
from tokenization.kernel.writing import EMPTY, money, when


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

    def facts(self) -> tuple[tuple[str, str], ...]:
        """Label and value, in the order of the receipt."""
        face = () if self.kind == "WITHDRAW" else (("Face amount", money(self.face_minor, self.currency)),)
        replaced = (("In place of bid", f"{self.replaces:,}"),) if self.replaces else ()
        return (
            ("Auction", self.auction),
            ("Security", self.security),
            *face,
            *self.terms,
            ("Your reference", self.reference or EMPTY),
            *replaced,
            ("Received", f"{when(self.received_at)}, {self.received_at.microsecond // 1000} milliseconds"),
            ("Placed by", self.placed_by),
        )


WORDS = {
    "BID": "We received this bid.",
    "AMEND": "We received this bid in place of an earlier one.",
    "WITHDRAW": "We received the withdrawal of this bid. It no longer stands.",
}


def bid_receipt(bid: BidReceived) -> Document:
    """As of the instant of receipt."""
    same = bid.dealer == bid.bidder
    sides = (Side("Bidder", (bid.bidder,)), *(() if same else (Side("Through the dealer", (bid.dealer,)),)))
    sealed = "" if bid.kind == "WITHDRAW" else " It stays sealed until the close of bidding."
    return Document(
        kind="Bid receipt",
        reference=f"BR-{bid.number:08d}",
        at=bid.received_at,
        lead=WORDS[bid.kind] + sealed,
        sides=sides,
        facts=bid.facts(),
        notes=("Keep this receipt: the hash below is of exactly what was received, and proves it later.",),
        codes=(("SHA-256", bid.body_hash),),
    )
