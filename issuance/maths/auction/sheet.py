"""The result of an auction as a JSON document: exact decimals as strings, faces as whole numbers."""

from __future__ import annotations

import json
from decimal import Decimal

from issuance.maths.auction.bids import Allotment, Result
from issuance.maths.rounding import EXACT, half_up

Json = dict[str, object]


def sheet_of(result: Result, numbered: frozenset[str] = frozenset()) -> Json:
    """`amount` is what is paid, accrued interest included; null stands for a figure that is not there."""
    return {
        "rule": result.rule,
        "target": result.target,
        "status": "ALLOTTED" if result.allotments else "ALL_REJECTED",
        "cut_off": _text(result.cut_off),
        "cut_off_price": _text(result.cut_off_price),
        "cut_off_yield_pct": _text(result.cut_off_yield_pct),
        "weighted_average_price": _text(result.weighted_average_price),
        "weighted_average_yield_pct": _text(result.weighted_average_yield_pct),
        "accrued": _text(result.accrued),
        "pro_rata_pct": None if result.pro_rata_pct is None else _text(half_up(result.pro_rata_pct, 4)),
        "bid_to_cover": bid_to_cover(result),
        "residual": result.residual,
        "totals": totals(result),
        "allotments": [_allotment(item, numbered) for item in result.allotments],
        "voided": [
            {"id": _id(bid.id, numbered), "bidder": bid.bidder, "face": bid.face, "reason": reason}
            for bid, reason in result.voided
        ],
    }


def text_of(document: Json) -> str:
    """The text in which `manage.py clear_auction` prints a document, without the end of its last line."""
    return json.dumps(document, indent=1)


def bid_to_cover(result: Result) -> str | None:
    """Competitive face bid over competitive face accepted, two decimals; None when all were rejected."""
    if not result.accepted:
        return None
    return _text(half_up(EXACT.divide(Decimal(result.offered), Decimal(result.accepted)), 2))


def totals(result: Result) -> Json:
    """Faces offered and accepted, and the money realised; realised less accrued is what the paper itself brought."""
    amounts = [item.amount_minor for item in result.allotments if item.amount_minor is not None]
    accrued = [item.accrued_minor for item in result.allotments if item.accrued_minor is not None]
    known = len(amounts) == len(result.allotments)
    return {
        "offered": result.offered,
        "offered_noncompetitive": result.offered_noncompetitive,
        "accepted": result.accepted,
        "accepted_noncompetitive": result.accepted_noncompetitive,
        "realised": _money(sum(amounts)) if known else None,
        "accrued": _money(sum(accrued)) if known else None,
    }


def _id(name: str, numbered: frozenset[str]) -> str | int:
    return int(name) if name in numbered else name


def _allotment(item: Allotment, numbered: frozenset[str]) -> Json:
    return {
        "id": _id(item.bid_id, numbered),
        "bidder": item.bidder,
        "competitive": item.competitive,
        "face": item.face,
        "price": _text(item.price),
        "yield_pct": _text(item.yield_pct),
        "amount": None if item.amount_minor is None else _money(item.amount_minor),
        "accrued": None if item.accrued_minor is None else _money(item.accrued_minor),
    }


def _money(minor: int) -> str:
    return f"{Decimal(minor).scaleb(-2, EXACT):f}"


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"
