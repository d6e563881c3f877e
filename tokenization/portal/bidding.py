"""For whom a user may bid in an auction, and through which dealer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from issuance.auction.models import Auction
from issuance.auction.selectors import bids_directly
from issuance.bid.models import Bid
from issuance.bid.selectors import clients_of, dealers_for
from tokenization.identity.models import Party, PartyMember, User


@dataclass(frozen=True)
class Side:
    """Who sends the bid and whose it is."""

    dealer: Party
    bidder: Party

    @property
    def value(self) -> str:
        return f"{self.dealer.pk}:{self.bidder.pk}"

    @property
    def label(self) -> str:
        if self.dealer.pk == self.bidder.pk:
            return f"{self.bidder.name} ({self.bidder.reference})"
        return _("%(bidder_name)s (%(bidder_reference)s), through %(dealer_name)s") % {
            "bidder_name": self.bidder.name,
            "bidder_reference": self.bidder.reference,
            "dealer_name": self.dealer.name,
        }


def sides(parties: Iterable[Party], auction: Auction, at: datetime) -> list[Side]:
    """The parties themselves where they bid directly, then their clients; others through each dealer they mandated."""
    found: dict[str, Side] = {}
    for party in parties:
        if bids_directly(auction, party):
            mine = [Side(party, party), *(Side(party, client) for client in clients_of(party, at))]
        else:
            mine = [Side(dealer, party) for dealer in dealers_for(party, auction, at)]
        found |= {side.value: side for side in mine}
    return list(found.values())


def bids_of(user: User) -> QuerySet[Bid]:
    """Every row that the user's parties sent as dealer or made as bidder, newest first, with `standing`."""
    parties = Party.objects.filter(members__user=user)
    later = Exists(Bid.objects.filter(replaces=OuterRef("pk")))
    rows = Bid.objects.filter(Q(dealer__in=parties) | Q(bidder__in=parties))
    rows = rows.select_related("auction__series", "dealer", "bidder", "placed_by", "replaces").order_by("-pk")
    return rows.annotate(standing=~later & ~Q(kind=Bid.Kind.WITHDRAW))


def changed_by_clients(user: User, now: datetime) -> list[Bid]:
    """Of auctions still open, the bids of the user's parties as dealers that a client changed or withdrew by himself,
    newest first: the dealer answers for them and has to know."""
    mine = Party.objects.filter(members__user=user)
    rows = bids_of(user).filter(dealer__in=mine, auction__state="ANNOUNCED", auction__closes_at__gt=now)
    rows = rows.exclude(kind=Bid.Kind.BID).exclude(bidder__in=mine)
    return list(rows.exclude(Exists(PartyMember.objects.filter(party=OuterRef("dealer"), user=OuterRef("placed_by")))))
