"""Officers at work: proposing, approving, confirming. Only services that the faces call too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.identity.models import Approval
from tokenization.kernel import clock
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.rehearsal.people import person

MAKER, CHECKER = "debt.maker", "debt.checker"


def approved(action: str, payload: dict[str, Any], *, maker: str = MAKER, checker: str = CHECKER) -> Approval:
    """The approval of exactly this payload: proposed and approved if that has not happened yet."""
    return approve(proposed(action, payload, maker=maker), checker=checker)


def proposed(action: str, payload: dict[str, Any], *, maker: str = MAKER) -> Approval:
    known = (
        Approval.objects.filter(action=action, payload_hash=sha256_hex(canonical_json(payload)))
        .exclude(state__in=["REJECTED", "WITHDRAWN"])
        .first()
    )
    return known or approval_propose(action=action, payload=payload, actor=person(maker), now=clock.now())


def approve(approval: Approval, *, checker: str = CHECKER) -> Approval:
    if approval.state == "PENDING":
        approval_approve(approval_id=approval.pk, actor=person(checker), now=clock.now())
        approval.refresh_from_db()
    return approval


def attempt(action: Callable[..., Any], **arguments: Any) -> Callable[[], Any]:
    """A call to be made later, for `checks.refused`."""
    return lambda: action(**arguments)
