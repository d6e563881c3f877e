"""Proposing the decision on an auction. A second person approves it (actions.py)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from issuance.allotment.decisions.clearing import Accept
from issuance.allotment.decisions.effect import Effect, decision_preview
from issuance.auction.models import Auction
from tokenization.identity.approvals import approval_propose
from tokenization.identity.models import Approval, User
from tokenization.kernel.errors import Conflict

ACTION = "issuance.allotment.allot_auction"


def decision_payload(effect: Effect, accept: Accept, *, more_than_target_reason: str = "") -> dict[str, Any]:
    """The payload of AuctionAllot: the decision, and the hashes of the book and of the result that it binds."""
    return {
        "auction": effect.auction.pk,
        "accept": None if accept is None else dict(accept),
        "document_sha256": effect.cleared.document_sha256,
        "result_sha256": effect.cleared.result_sha256,
        "more_than_target_reason": more_than_target_reason.strip(),
    }


@transaction.atomic
def decision_propose(
    *, auction: Auction, accept: Accept, more_than_target_reason: str = "", seen: str = "", actor: User, now: datetime
) -> Approval:
    """Propose a decision on a closed auction; `accept` None proposes to reject all bids.

    `seen` is the result_sha256 of the effect that the maker looked at; another result is a Conflict. Refused as the
    approval will be: a ceiling passed, or more than the target without a reason.
    """
    effect = decision_preview(auction, accept, now=now)
    if seen and seen != effect.cleared.result_sha256:
        raise Conflict(
            "The result is not the one that you looked at.", rule="auction.result", next_step="Look at it again."
        )
    payload = decision_payload(effect, accept, more_than_target_reason=more_than_target_reason)
    return approval_propose(action=ACTION, payload=payload, actor=actor, now=now)
