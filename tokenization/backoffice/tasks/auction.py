"""Auctions: what the debt office proposes before bidding begins. The decision is proposed from the auction's room."""

from __future__ import annotations

from datetime import datetime

from issuance.auction.actions import AuctionAnnounce, AuctionCancel
from issuance.auction.models import Auction
from issuance.auction.services import auction_draft
from tokenization.backoffice.forms import auction as forms
from tokenization.backoffice.tasks.base import Task, drafted
from tokenization.identity.approvals import approval_propose
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power


def _cancel(*, auction: Auction, reason: str, actor: User, now: datetime) -> Approval:
    payload = {"auction": auction.pk, "state": auction.state, "reason": reason.strip()}
    return approval_propose(action=AuctionCancel.name, payload=payload, actor=actor, now=now)


AUCTION = [
    Task(
        "auction",
        "Sale",
        "Auction",
        "Announces an auction of a series: its terms never change afterwards.",
        Power.AUCTION_DRAFT,
        forms.AuctionForm,
        drafted(auction_draft, AuctionAnnounce.name),
    ),
    Task(
        "auction-cancel",
        "Sale",
        "Cancel an auction",
        "Before its close. Bids already made count for nothing.",
        Power.AUCTION_DRAFT,
        forms.AuctionCancelForm,
        _cancel,
    ),
]
