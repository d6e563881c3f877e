"""An auction cleared in memory: the document of the book and one decision, and the text that clearing it gives.

Both are the very bytes that `manage.py clear_auction` reads and prints, so that anybody can do it again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from issuance.auction.models import Auction
from issuance.bid.selectors import book_document
from issuance.maths.auction import document as reading
from issuance.maths.auction.bids import Result
from issuance.maths.auction.book import Book, Rung
from issuance.maths.auction.clearing import clear
from issuance.maths.auction.noncompetitive import admitted
from issuance.maths.auction.paper import Paper
from issuance.maths.auction.sheet import sheet_of, text_of
from issuance.maths.faults import Fault
from tokenization.kernel.canonical import sha256_hex
from tokenization.kernel.errors import Refused

# {"cut_off": "97.4500"}, {"amount": 5000000, "pro_rata": true}, both, or None: all bids rejected.
Accept = Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class Cleared:
    """`document` and `text` end with a newline; the hashes are of their UTF-8 bytes. Faces are whole units of currency,
    amounts minor units."""

    document: str
    text: str
    result: Result

    @property
    def document_sha256(self) -> str:
        return sha256_hex(self.document)

    @property
    def result_sha256(self) -> str:
        return sha256_hex(self.text)

    @property
    def face(self) -> int:
        """Everything allotted, with and without a price."""
        return self.result.accepted + self.result.accepted_noncompetitive


@dataclass(frozen=True, slots=True)
class Step:
    """One level of the book, best first: what accepting it and all that is better would come to; `bids` are ids."""

    rung: Rung
    bids: tuple[int, ...]
    price: Decimal | None
    yield_pct: Decimal | None


def accept_of(
    auction: Auction, *, cut_off: Decimal | None = None, amount: int | None = None, pro_rata: bool | None = None
) -> Accept:
    """The decision as the document says it; None, all rejected, where neither figure is given. `amount` is face in
    whole units of the currency."""
    said: dict[str, object] = {}
    if cut_off is not None:
        said["cut_off"] = f"{cut_off:f}"
    if amount is not None:
        said["amount"] = amount
    if pro_rata is not None:
        said["pro_rata"] = pro_rata
    return said or None


def cleared(auction: Auction, accept: Accept) -> Cleared:
    """The auction cleared by that decision; nothing is written. Refused with the field when the decision is none."""
    # In one order: a payload that was stored and read again gives the same text.
    decision = None if accept is None else dict(sorted(accept.items()))
    document = json.dumps({**book_document(auction), "accept": decision}, indent=1) + "\n"
    given = read(document)
    try:
        result = clear(
            rule=given.rule, target=given.target, bids=given.bids, decision=given.decision, paper=given.paper
        )
    except Fault as fault:
        raise _refused(fault) from fault
    return Cleared(document, text_of(sheet_of(result, given.numbered)) + "\n", result)


def steps(auction: Auction) -> list[Step]:
    """The competitive book by level: the demand curve, and the cut-offs among which to choose."""
    given = read(json.dumps({**book_document(auction), "accept": None}))
    book = Book.of((bid for bid in given.bids if bid.competitive), given.rule, given.paper)
    by_price = given.rule.variable == "PRICE"
    places = given.rule.price_places if by_price else given.rule.yield_places
    ladder = zip(book.ladder(given.target, places), book.levels, strict=True)
    return [
        Step(rung, tuple(int(bid.id) for bid in level.bids), *both(rung.value, given.paper, by_price=by_price))
        for rung, level in ladder
    ]


def void_bids(auction: Auction) -> dict[int, str]:
    """The bids without a price that count for nothing whatever is decided, each with its reason."""
    given = read(json.dumps({**book_document(auction), "accept": None}))
    open_bids = [bid for bid in given.bids if not bid.competitive]
    _, fallen = admitted(open_bids, given.target, given.rule.noncompetitive)
    return {int(bid.id): reason for bid, reason in fallen}


def both(value: Decimal, paper: Paper | None, *, by_price: bool) -> tuple[Decimal | None, Decimal | None]:
    """Price and yield of one level of the book; None for what no paper can tell."""
    if by_price:
        return value, paper.yield_pct(value) if paper else None
    return paper.price(value) if paper else None, value


def read(document: str) -> reading.Auction:
    """The document of an auction as the clearing reads it; Refused with the first fault."""
    try:
        return reading.auction_of(document)
    except reading.Refused as refused:
        raise _refused(refused.faults[0]) from refused


def _refused(fault: Fault) -> Refused:
    field = fault.field.removeprefix("accept.")
    return Refused(
        f"This decision is none: {field} must be {fault.rule}.",
        field=field,
        rule="auction.accept",
        next_step="Choose another cut-off or amount.",
    )
