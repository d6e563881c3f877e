"""How bids are listed."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse

from issuance.bid.models import Bid
from tokenization.portal.auctions import name_of
from tokenization.theme import figures
from tokenization.theme.tables import Cell, Table, amount, link, table


def bids_table(rows: Iterable[Bid]) -> Table:
    """Rows need `standing`."""
    return table(
        "bids",
        ("Bid", "Auction", "For", "#Face", "#Price or yield", "Received", "Status"),
        (
            (
                link(f"{row.get_kind_display()} {row.pk}", reverse("portal:bid", args=[row.pk])),
                name_of(row.auction),
                row.bidder.name,
                amount(row.face_minor, row.auction.series.currency) if row.face_minor else "",
                asked(row),
                row.received_at,
                standing(row),
            )
            for row in rows
        ),
        empty="You have not bid yet.",
    )


def asked(row: Bid) -> str:
    if row.kind == Bid.Kind.WITHDRAW:
        return ""
    if not row.competitive:
        return "no price"
    said = [figures.price(row.price)] if row.price is not None else []
    return ", ".join([*said, *([f"{figures.price(row.yield_pct)} %"] if row.yield_pct is not None else [])])


def standing(row: Bid) -> Cell:
    if getattr(row, "standing", False):
        return Cell("stands", tone="good")
    return Cell("withdrawal" if row.kind == Bid.Kind.WITHDRAW else "replaced or withdrawn", tone="plain")
