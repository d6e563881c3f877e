"""Is this party's KYC good at an instant? The latest decision made by then counts, whatever came before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from tokenization.identity.models import KycDecision, Party


def latest(party: Party, at: datetime | None = None) -> KycDecision | None:
    """The decision in force at `at`, or the last one of all."""
    decisions = KycDecision.objects.filter(party=party)
    if at is not None:
        decisions = decisions.filter(decided_at__lte=at)
    return decisions.order_by("-decided_at", "-id").first()


def _good(decision: KycDecision | None, at: datetime) -> bool:
    return (
        decision is not None
        and decision.status == KycDecision.Status.APPROVED
        and decision.valid_until is not None
        and decision.valid_from <= at < decision.valid_until
    )


def is_valid(party: Party, at: datetime) -> bool:
    """True from `valid_from` up to, not including, `valid_until` of an approving decision."""
    return _good(latest(party, at), at)


def valid_parties(parties: Iterable[Party], at: datetime) -> set[int]:
    """Primary keys of those whose KYC is valid at `at`, with one query."""
    decisions = (
        KycDecision.objects.filter(party__in=list(parties), decided_at__lte=at)
        .order_by("party_id", "-decided_at", "-id")
        .distinct("party_id")
    )
    return {decision.party_id for decision in decisions if _good(decision, at)}


def valid_until(party: Party) -> datetime | None:
    """The end of the approval in force by the last decision; None when that refused or suspended, or there is none."""
    decision = latest(party)
    return decision.valid_until if decision and decision.status == KycDecision.Status.APPROVED else None
