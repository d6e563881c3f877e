"""The result of an auction as pages, files and papers show it: read from the stored decision, never cleared anew."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from issuance.allotment.models import AuctionDecision
from issuance.auction.models import Auction
from issuance.auction.selectors import auction_rule
from issuance.maths.auction.sheet import Json
from issuance.maths.rounding import half_up
from issuance.series.selectors import series_paper
from tokenization.kernel.errors import Refused


class Void(NamedTuple):
    """What was offered without a price and counts for nothing: how many bids, and their face together."""

    bids: int
    face: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What is published of an auction: figures only, no bid. Faces and money in whole units of `currency`."""

    isin: str
    tenor_days: int
    number: int
    settlement: date
    currency: str
    sheet: Json
    bids: int
    allotted: int
    offered_range: tuple[Decimal, Decimal] | None
    accepted_range: tuple[Decimal, Decimal] | None
    void: Void

    @property
    def totals(self) -> dict[str, Any]:
        found: dict[str, Any] = self.sheet["totals"]  # type: ignore[assignment]
        return found


def decision_of(auction: Auction) -> AuctionDecision:
    """Refused while nothing is decided."""
    row = AuctionDecision.objects.filter(auction=auction).select_related("approval", "made_by").first()
    if row is None:
        raise Refused(f"{auction} is not decided yet.", field="auction", rule="auction.decided")
    return row


def result_sheet(auction: Auction) -> Json:
    """The result as issuance.maths.auction.sheet says it; Refused while nothing is decided."""
    sheet: Json = json.loads(decision_of(auction).result)
    return sheet


def result_summary(auction: Auction) -> Summary:
    """The figures of the result sheet of one tenor; Refused while nothing is decided."""
    decision = decision_of(auction)
    sheet: Json = json.loads(decision.result)
    bids = json.loads(decision.document)["bids"]
    series, places = auction.series, auction_rule(auction).price_places
    return Summary(
        isin=series.isin,
        tenor_days=series.tenor_days,
        number=auction.number,
        settlement=auction.settlement_date,
        currency=series.currency,
        sheet={name: value for name, value in sheet.items() if name not in {"allotments", "voided"}},
        bids=len(bids),
        allotted=len(_items(sheet)),
        offered_range=_range(_in_prices(auction, bids), places),
        accepted_range=_range([item for item in _items(sheet) if item["competitive"]], places),
        void=void_of(sheet),
    )


def void_of(sheet: Mapping[str, Any]) -> Void:
    return Void(len(sheet["voided"]), sum(int(item["face"]) for item in sheet["voided"]))


def _items(sheet: Json) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sheet["allotments"]  # type: ignore[assignment]
    return found


def _in_prices(auction: Auction, bids: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The bids with the price that a yield bid stands for, so that one range holds them all."""
    paper = series_paper(auction.series, auction.settlement_date)
    named = [bid for bid in bids if bid.get("price") is None and bid.get("yield_pct") is not None]
    return bids + [{"price": paper.price(Decimal(bid["yield_pct"]))} for bid in named]


def _range(rows: list[dict[str, Any]], places: int) -> tuple[Decimal, Decimal] | None:
    """Lowest and highest price named, with the market's decimals."""
    prices = [half_up(Decimal(row["price"]), places) for row in rows if row.get("price") is not None]
    return (min(prices), max(prices)) if prices else None
