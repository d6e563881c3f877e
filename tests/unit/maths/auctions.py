"""Short words for auction tests."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from issuance.maths.auction.bids import Bid, Decision, Result
from issuance.maths.auction.clearing import clear
from issuance.maths.auction.paper import Paper, paper
from issuance.maths.auction.rules import PK_MTB, AuctionRule
from issuance.maths.conventions import CONVENTIONS

M = 1_000_000
BILL: Paper = paper(CONVENTIONS["PK-MTB"], date(2026, 7, 2), date(2026, 9, 24))


def bid(name: str, face: int, price: str, bidder: str | None = None) -> Bid:
    return Bid(name, bidder or name, face, Decimal(price))


def open_bid(name: str, face: int, bidder: str | None = None) -> Bid:
    return Bid(name, bidder or name, face, competitive=False)


def run(
    bids: list[Bid],
    *,
    target: int = 1_000 * M,
    rule: AuctionRule = PK_MTB,
    sheet: Paper | None = BILL,
    cut_off: str | None = None,
    amount: int | None = None,
    pro_rata: bool | None = None,
) -> Result:
    decision = Decision(None if cut_off is None else Decimal(cut_off), amount, pro_rata)
    return clear(rule=rule, target=target, bids=bids, decision=decision, paper=sheet)


def faces(result: Result) -> dict[str, int]:
    return {item.bid_id: item.face for item in result.allotments}
