"""Clearing an auction: a pure function of rule, target, bids and decision; the order of the bids changes nothing."""

from __future__ import annotations

from collections.abc import Iterable

from issuance.maths.auction.allotting import accepted, averages_of, priced, without_price
from issuance.maths.auction.bids import Bid, Decision, Result
from issuance.maths.auction.book import Book
from issuance.maths.auction.noncompetitive import admitted, served
from issuance.maths.auction.paper import Paper
from issuance.maths.auction.rules import AuctionRule
from issuance.maths.auction.selection import take


def clear(
    *, rule: AuctionRule, target: int, bids: Iterable[Bid], decision: Decision, paper: Paper | None = None
) -> Result:
    """Who gets what, and what he pays.

    1. Non-competitive bids that break their rule are voided; the rest are served from their pool.
    2. Competitive bids are taken from the best level down to the decision; the last level may have to share.
    3. Accepted bids pay their own price or the cut-off; non-competitive ones the weighted average or the cut-off.

    Bid ids are unique. `paper` turns prices into yields and back; figures that need it are None without it. Fault names
    what cannot be: a bid that no paper converts, an amount below what non-competitive or better bids already take.
    """
    competitive: list[Bid] = []
    open_bids: list[Bid] = []
    for bid in bids:
        (competitive if bid.competitive else open_bids).append(bid)
    standing, voided = admitted(open_bids, target, rule.noncompetitive)
    asked = served(standing, rule.noncompetitive, target, rule.multiple)
    first = sum(asked.values()) if rule.noncompetitive.first else 0
    book = Book.of(competitive, rule, paper)
    taken = take(book, decision, rule.pro_rata, first)
    levels = priced(taken, rule, paper)
    averages = averages_of(levels, taken, rule)
    allotted = (
        *accepted(levels, taken, rule),
        *without_price(standing, asked, levels, averages, rule, paper),
    )
    decided = target if decision.rejects_all or decision.amount is None else decision.amount
    worst, terms = levels[-1] if levels else (None, None)
    return Result(
        rule=rule.name,
        target=target,
        cut_off=worst.value if worst else None,
        cut_off_price=terms.price if terms else None,
        cut_off_yield_pct=terms.yield_pct if terms else None,
        weighted_average_price=averages.price,
        weighted_average_yield_pct=averages.yield_pct,
        accrued=paper.accrued if paper and paper.bears_interest else None,
        pro_rata_pct=taken.pro_rata_pct,
        allotments=allotted,
        voided=tuple(voided),
        residual=decided - sum(item.face for item in allotted if item.competitive or rule.noncompetitive.first),
        offered=book.face,
        offered_noncompetitive=sum(bid.face for bid in standing),
    )
