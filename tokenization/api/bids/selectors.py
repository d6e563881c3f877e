"""Bids of the signed-in user's parties, and for whom they may bid. Everything else does not exist."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from issuance.auction.models import Auction
from issuance.bid.models import Bid
from issuance.bid.selectors import clients_of, dealers_for
from tokenization.api.problems import Missing
from tokenization.identity.models import Party, User
from tokenization.portal.selectors import parties_of


def bids_of(user: User) -> QuerySet[Bid]:
    """Every row that the user's parties sent as dealer or made as bidder, with `standing`."""
    mine, later = parties_of(user), Exists(Bid.objects.filter(replaces=OuterRef("pk")))
    rows = Bid.objects.filter(Q(dealer__in=mine) | Q(bidder__in=mine))
    rows = rows.select_related("auction__series", "dealer", "bidder")
    return rows.annotate(standing=~later & ~Q(kind=Bid.Kind.WITHDRAW))


def bid_named(user: User, pk: int) -> Bid:
    row = bids_of(user).filter(pk=pk).first()
    if row is None:
        raise Missing(f"There is no bid {pk} of yours.", field="bid", rule="own bids")
    return row


def own_party(user: User, reference: str, field: str) -> Party:
    row = parties_of(user).filter(reference=reference).first()
    if row is None:
        raise Missing(f"You act for no party {reference}.", field=field, rule="own parties")
    return row


def side_of(user: User, auction: Auction, dealer: str, bidder: str, now: datetime) -> tuple[Party, Party]:
    """Dealer and bidder by reference: of a dealer itself and its clients, of a client itself and its dealers.

    Missing for every other name, whether there is such a party or not.
    """
    mine = parties_of(user)
    sender = mine.filter(reference=dealer).first()
    if sender is not None:
        clients = clients_of(sender, now).filter(reference=bidder)
        other = sender if bidder == dealer else clients.first()
        if other is None:
            raise Missing(f"{dealer} has no client {bidder} today.", field="bidder", rule="bid.mandate")
        return sender, other
    client = own_party(user, bidder, "dealer" if bidder == dealer else "bidder")
    sender = dealers_for(client, auction, now).filter(reference=dealer).first()
    if sender is None:
        raise Missing(f"{bidder} has given no dealer {dealer} a mandate.", field="dealer", rule="bid.mandate")
    return sender, client
