"""Reads of bids. Before the close a dealer and a bidder see their own, everybody their number, and nobody the book."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from issuance.auction.models import ENDED, Auction
from issuance.auction.selectors import Json, terms_document
from issuance.bid.admission import mandates_at
from issuance.bid.models import Bid
from issuance.bid.rules import plain
from tokenization.identity.models import Party
from tokenization.kernel.errors import NotAllowed
from tokenization.kernel.money import minor_digits


def standing_bids(auction: Auction, at: datetime) -> QuerySet[Bid]:
    """The book as it stands, in the order of receipt. NotAllowed, whoever asks, until the auction is closed.

    The close took the auction's lock: no bid can still be on its way, so the book read here is the whole book.
    """
    return _book(_opened(auction, at))


def book_document(auction: Auction) -> Json:
    """The document of `manage.py clear_auction` without its decision: ids are the bids' keys, bidders references."""
    opened = _opened(auction, None)
    per_unit = 10 ** minor_digits(opened.series.currency)
    return terms_document(opened) | {"bids": [_entry(row, per_unit) for row in _book(opened).iterator(5_000)]}


def own_bids(party: Party, auction: Auction) -> QuerySet[Bid]:
    """Every row that the party sent as dealer or made as bidder, with `standing`; the latest last.

    For the faces of the party itself only: they start from the signed-in party.
    """
    later = Exists(Bid.objects.filter(replaces=OuterRef("pk")))
    rows = Bid.objects.filter(Q(dealer=party) | Q(bidder=party), auction=auction)
    rows = rows.select_related("auction__series", "dealer", "bidder").order_by("pk")
    return rows.annotate(standing=~later & ~Q(kind=Bid.Kind.WITHDRAW))


def bid_count(auction: Auction) -> int:
    """How many bids stand; no more than their number is told before the close."""
    return _book(auction).count()


def dealers_for(client: Party, auction: Auction, at: datetime) -> QuerySet[Party]:
    """The dealers through whom a client may bid in an auction."""
    mandates = mandates_at(at).filter(client=client)
    return Party.objects.filter(pk__in=mandates.values("dealer"), category__in=auction.direct_categories).order_by(
        "reference"
    )


def clients_of(dealer: Party, at: datetime) -> QuerySet[Party]:
    """The clients for whom a dealer may bid."""
    return Party.objects.filter(pk__in=mandates_at(at).filter(dealer=dealer).values("client")).order_by("reference")


def _book(auction: Auction) -> QuerySet[Bid]:
    rows = Bid.objects.filter(auction=auction, replaced_by__isnull=True).exclude(kind=Bid.Kind.WITHDRAW)
    return rows.select_related("dealer", "bidder", "placed_by").order_by("pk")


def _opened(auction: Auction, at: datetime | None) -> Auction:
    """The auction as the database has it, if its book is open."""
    row = Auction.objects.select_related("series").get(pk=auction.pk)
    if row.state not in ENDED or (at is not None and at < row.closes_at):
        closes = row.closes_at.isoformat(timespec="milliseconds")
        raise NotAllowed(
            f"The bids in {row} are sealed until it is closed, at {closes} or after.",
            field="auction",
            rule="bid.sealed",
            next_step="Close the auction once its time is over.",
        )
    return row


def _entry(row: Bid, per_unit: int) -> Json:
    return {
        "id": str(row.pk),
        "bidder": row.bidder.reference,
        "face": row.face_minor // per_unit,
        "price": plain(row.price),
        "yield_pct": plain(row.yield_pct),
        "competitive": row.competitive,
    }
