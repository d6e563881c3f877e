"""How bids are listed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from issuance.bid.models import Bid
from tokenization.kernel import clock
from tokenization.portal.auctions import TONES, Phase, name_of, phase
from tokenization.portal.outcome import Outcome, fates
from tokenization.theme import figures
from tokenization.theme.tables import Cell, Table, amount, link, table
from tokenization.theme.told import told


def bids_table(rows: Iterable[Bid]) -> Table:
    """Rows need `standing`."""
    rows, now = list(rows), clock.now()
    known = fates(rows)
    return table(
        "bids",
        (
            _("Bid"),
            _("Auction"),
            _("For"),
            "#" + _("Face"),
            "#" + _("Price or yield"),
            _("Received"),
            _("Placed by"),
            _("Status"),
        ),
        (
            (
                link(f"{told(row.get_kind_display())} {row.pk}", reverse("portal:bid", args=[row.pk])),
                name_of(row.auction),
                row.bidder.name,
                amount(row.face_minor, row.auction.series.currency) if row.face_minor else "",
                asked(row),
                row.received_at,
                row.placed_by.get_full_name() or row.placed_by.username,
                standing(row, known.get(row.pk), now),
            )
            for row in rows
        ),
        empty=_("You have not bid yet."),
    )


def asked(row: Bid) -> str:
    if row.kind == Bid.Kind.WITHDRAW:
        return ""
    if not row.competitive:
        return _("no price")
    said = [figures.price(row.price)] if row.price is not None else []
    return ", ".join([*said, *([f"{figures.price(row.yield_pct)} %"] if row.yield_pct is not None else [])])


def standing(row: Bid, fate: Outcome | None, now: datetime) -> Cell:
    """What a bid is today: open to change, waiting, or what became of it."""
    if row.kind == Bid.Kind.WITHDRAW:
        return Cell(_("withdrawal"), tone="plain")
    if not getattr(row, "standing", False):
        return Cell(_("replaced or withdrawn"), tone="plain")
    if fate is not None:
        return Cell(fate.short, tone=fate.tone)
    at = phase(row.auction, now)
    if at is Phase.CANCELLED:
        return Cell(_("auction cancelled"), tone=TONES[at])
    return Cell(_("stands"), tone="good") if at is Phase.OPEN else Cell(_("awaits the decision"), tone="wait")
