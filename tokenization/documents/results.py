"""The result of an auction, as printed for everybody: figures of the whole, no bidder's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from issuance.allotment.decisions.sums import COVER, residual_words, target_words
from tokenization.documents.paper import Document, Grid
from tokenization.kernel.money import Money
from tokenization.kernel.writing import EMPTY, day, when


@dataclass(frozen=True)
class Sold:
    """The auction that `sheet` is the result of; `sheet` is issuance.maths.auction.sheet's document."""

    reference: str
    security: str
    currency: str
    closed_at: datetime
    decided_at: datetime
    settlement: date
    matures: date
    result_hash: str


def result_sheet(sold: Sold, sheet: Mapping[str, Any]) -> Document:
    """As of the decision. "All bids rejected" is a result like any other."""
    rejected = sheet["status"] == "ALL_REJECTED"
    outcome = "All bids were rejected." if rejected else "Bids were accepted as follows."
    return Document(
        kind="Auction result",
        reference=sold.reference,
        at=sold.decided_at,
        lead=f"{sold.security}. {outcome}",
        facts=(
            ("Bids were taken until", when(sold.closed_at)),
            ("Settlement date", day(sold.settlement)),
            ("Matures", day(sold.matures)),
            ("Rule", str(sheet["rule"])),
        ),
        grids=(Grid("Result", ("Figure", "#Value"), tuple(result_rows(sold.currency, sheet))),),
        notes=_notes(sold.currency, sheet),
        codes=(("Hash of the full result", sold.result_hash),),
    )


def result_rows(currency: str, sheet: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Label and value of every figure of the sheet, written for people; a dash where there is none."""
    totals = sheet["totals"]

    def face(value: int | None) -> str:
        return EMPTY if value is None else Money.of(value, currency).format()

    def amount(value: str | None) -> str:
        return EMPTY if value is None else Money.of(value, currency).format()

    def figure(name: str, after: str = "") -> str:
        value = sheet[name]
        return EMPTY if value is None else f"{Decimal(value):,f}{after}"

    return [
        ("Announced target, face", face(sheet["target"])),
        ("Offered competitively, face", face(totals["offered"])),
        ("Offered without a price (non-competitive), face", face(totals["offered_noncompetitive"])),
        ("Void beside it: above a bidder's cap, or not his only bid without a price", face(_void(sheet))),
        ("Accepted competitively, face", face(totals["accepted"])),
        ("Accepted without a price, face", face(totals["accepted_noncompetitive"])),
        ("Money realised", amount(totals["realised"])),
        ("of which accrued interest", amount(totals["accrued"])),
        ("Cut-off price per 100", figure("cut_off_price")),
        ("Cut-off yield", figure("cut_off_yield_pct", " %")),
        ("Weighted average price per 100", figure("weighted_average_price")),
        ("Weighted average yield", figure("weighted_average_yield_pct", " %")),
        ("Share served at the cut-off", figure("pro_rata_pct", " %")),
        ("Bid-to-cover", figure("bid_to_cover")),
    ]


def _void(sheet: Mapping[str, Any]) -> int:
    return sum(int(item["face"]) for item in sheet["voided"])


def _notes(currency: str, sheet: Mapping[str, Any]) -> tuple[str, ...]:
    """The sum of the target, the residual and what bid-to-cover means; nothing where nothing is accepted."""
    if sheet["status"] == "ALL_REJECTED":
        return ()
    return (
        f"{target_words(sheet, currency)}.",
        f"Residual: {residual_words(sheet, currency)}.",
        f"Bid-to-cover: {COVER}.",
    )
