"""Who may bid, for whom, and who may send it: looked up for a whole file with a few queries."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from issuance.auction.models import Auction
from issuance.auction.selectors import bids_directly
from issuance.bid.models import DealerClient
from issuance.bid.rules import Broken
from tokenization.identity import kyc
from tokenization.identity.models import Party, PartyMember, User
from tokenization.identity.roles import Power, has_power
from tokenization.kernel.errors import NotAllowed, Refused


def mandates_at(at: datetime) -> QuerySet[DealerClient]:
    """The mandates in force at an instant."""
    return DealerClient.objects.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=at), valid_from__lte=at)


class Admission:
    """Admits pairs of dealer and bidder to one auction at one instant."""

    def __init__(self, auction: Auction, parties: Iterable[Party], at: datetime) -> None:
        known = {party.pk: party for party in parties}
        self.auction = auction
        self.cleared = kyc.valid_parties(known.values(), at)
        mandates = mandates_at(at).filter(dealer__in=known, client__in=known)
        self.mandates = set(mandates.values_list("dealer_id", "client_id"))

    def broken(self, dealer: Party, bidder: Party) -> list[Broken]:
        """Every rule that stands in the way of the pair."""
        found = []
        if not bids_directly(self.auction, dealer):
            words = f"{dealer.reference} does not bid directly in this auction; bid through an admitted dealer."
            found.append(Broken("dealer", "bid.dealer_admitted", words))
        if dealer.pk != bidder.pk and (dealer.pk, bidder.pk) not in self.mandates:
            words = f"{bidder.reference} has given {dealer.reference} no mandate that is in force."
            found.append(Broken("bidder", "bid.mandate", words))
        found += [
            Broken(field, "kyc.valid", f"The KYC of {party.reference} is not valid.")
            for field, party in {"dealer": dealer, "bidder": bidder}.items()
            if party.pk not in self.cleared and not (field == "bidder" and party.pk == dealer.pk)
        ]
        return found

    def check(self, dealer: Party, bidder: Party) -> None:
        """Refused on the first of them."""
        for broken in self.broken(dealer, bidder):
            raise Refused(broken.message, field=broken.field, rule=broken.rule)


def require_side(actor: User, *parties: Party) -> None:
    """NotAllowed unless the user acts in the portal for one of the parties: the dealer, or the client it bids for."""
    mine = PartyMember.objects.filter(user=actor, party__in=parties)
    if not has_power(actor, Power.PORTAL) or not mine.exists():
        raise NotAllowed(
            f"{actor.username} acts neither for the dealer nor for the bidder.",
            rule="bid.side",
            next_step="Sign in as somebody who does.",
        )
