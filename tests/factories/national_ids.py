"""Natural persons and their national identity numbers, none of them real: no place has the number 10000."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.factories.identity import party, person
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.identity.models import Approval, NationalId, Party, User
from tokenization.identity.national_ids.actions import NationalIdRegister
from tokenization.kernel import clock

NUMBER, OTHER = "10000-7654321-9", "10000-7654322-8"
BARE = NUMBER.replace("-", "")


def natural(**fields: str) -> Party:
    return party(kind="PERSON", category="RESIDENT", **fields)


def payload(of: Party, number: str = NUMBER, **more: Any) -> dict[str, Any]:
    return {"party": of.pk, "scheme": "CNIC", "number": number, "source": "card seen by two", **more}


def proposed(of: Party, number: str = NUMBER, *, actor: User | None = None, now: datetime | None = None) -> Approval:
    maker = actor or person("COMPLIANCE_OFFICER")
    values = {"action": NationalIdRegister.name, "payload": payload(of, number)}
    return approval_propose(**values, actor=maker, now=now or clock.now())


def approved(proposal: Approval, *, now: datetime | None = None) -> NationalId:
    approval_approve(approval_id=proposal.pk, actor=person("COMPLIANCE_CHECKER"), now=now or clock.now())
    return NationalId.objects.select_related("party", "approval").get(approval=proposal)


def registered(of: Party, number: str = NUMBER, *, now: datetime | None = None) -> NationalId:
    return approved(proposed(of, number, now=now), now=now)


def betrays(text: str) -> list[str]:
    """What of the number, whole or its serial part, stands in the text."""
    return [part for part in (NUMBER, BARE, NUMBER[6:13]) if part in text]
