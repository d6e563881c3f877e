"""Who gets what, bid by bid: the same columns while a decision is tried, before it is approved, and after."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from issuance.allotment.decisions.outcomes import Outcome, outcomes_bound
from issuance.allotment.decisions.services import ACTION
from issuance.auction.models import Auction
from issuance.auction.selectors import auction_rule
from issuance.maths.auction.rules import Variable
from tokenization.identity.models import Approval
from tokenization.theme import figures
from tokenization.theme.tables import Cell, Table, table

SHOWN = 1_000
TONES = {"in full": "good", "in part": "wait", "nothing": "warn", "void": "bad"}
# Title, what stands there, and on which pages: all, those of bids in prices or in yields, those with accrued interest,
# none. '#' heads figures; the file has every column.
COLUMNS: tuple[tuple[str, Callable[[Outcome], Any], str], ...] = (
    ("#Bid", lambda row: row.bid, "all"),
    ("Bidder", lambda row: row.bidder, "all"),
    ("Kind", lambda row: "competitive" if row.competitive else "non-competitive", "none"),
    ("#Offered, face", lambda row: row.offered, "all"),
    ("#Price bid", lambda row: row.price, "prices"),
    ("#Yield bid, %", lambda row: row.yield_pct, "yields"),
    ("Outcome", lambda row: row.state, "all"),
    ("#Gets, face", lambda row: row.gets, "all"),
    ("#At price", lambda row: row.at_price, "prices"),
    ("#At yield, %", lambda row: row.at_yield_pct, "yields"),
    ("#Pays", lambda row: row.pays, "all"),
    ("#Of it accrued interest", lambda row: row.accrued, "accrued"),
    ("Why", lambda row: row.why, "all"),
)
BID = {"#Price bid", "#Yield bid, %"}


def outcome_titles(*, names: bool) -> list[str]:
    """Of the file; without names for whoever sees the book without them."""
    return [title.lstrip("#") for title, _, _ in COLUMNS if names or title != "Bidder"]


def outcome_cells(row: Outcome, *, names: bool) -> list[Any]:
    """As `outcome_titles` heads them; faces and money in whole units of the currency, with all their digits."""
    return [of(row) for title, of, _ in COLUMNS if names or title != "Bidder"]


def outcome_table(auction: Auction, rows: Sequence[Outcome], *, names: bool) -> Table:
    """The first 1,000 with the columns that a page has room for; the file has all."""
    pages = {"all", "prices" if auction_rule(auction).variable is Variable.PRICE else "yields"}
    if any(row.accrued for row in rows):
        pages.add("accrued")
    shown = [(title, of) for title, of, on in COLUMNS if on in pages and (names or title != "Bidder")]
    beyond = f"The first {figures.units(SHOWN)} are shown; the file has all." if len(rows) > SHOWN else ""
    lines = ([_cell(title, of(row), row) for title, of in shown] for row in rows[:SHOWN])
    return table("outcomes", [title for title, _ in shown], lines, caption=beyond, empty="Nobody bid.")


def _cell(title: str, value: Any, row: Outcome) -> Any:
    if title == "#Bid":
        return Cell(row.bid, sort=int(row.bid))
    if title == "Outcome":
        return Cell(row.state, tone=TONES[row.state])
    if title in BID and not row.competitive:
        return "non-competitive"
    return figures.plain(value) if title == "Why" else value


def outcomes_of(approval: Approval) -> tuple[Auction, Sequence[Outcome]] | None:
    """Of the texts that the approval binds; None where it decides no auction, or clearing gives others by now."""
    if approval.action != ACTION:
        return None
    payload = json.loads(approval.payload)
    auction = Auction.objects.select_related("series").get(pk=payload["auction"])
    rows = outcomes_bound(auction, payload)
    return (auction, rows) if rows else None
