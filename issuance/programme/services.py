"""Drafting and closing of programmes. Opening one is an approval (actions.py)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from issuance.authority.fx import check_joined
from issuance.authority.models import BudgetEnvelope
from issuance.authority.proposals import draft_save
from issuance.programme.models import Programme, programme_machine
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.bounds import check_minor
from tokenization.kernel.errors import Refused


@transaction.atomic
def programme_draft(
    *,
    envelope: BudgetEnvelope,
    reference: str,
    name: str,
    currency: str,
    ceiling_minor: int,
    actor: User,
    now: datetime,
) -> Programme:
    """Draft a programme: `ceiling_minor` of face outstanding, in `currency`. Conflict when the reference is taken."""
    require_power(actor, Power.AUTHORITY_DRAFT)
    check_minor(ceiling_minor, field="ceiling_minor")
    if ceiling_minor <= 0:
        raise Refused("The ceiling must be above 0.", field="ceiling_minor", rule="amount.positive")
    check_joined(currency, envelope.currency, field="currency")
    row = Programme(envelope=envelope, reference=reference, name=name, currency=currency, ceiling_minor=ceiling_minor)
    return draft_save(
        row, action="issuance.programme.open", verb="programme.draft", key=["reference"], actor=actor, now=now
    )


@transaction.atomic
def programme_close(*, programme: Programme, reason: str, actor: User, now: datetime) -> Programme:
    """No new paper under this programme; what is outstanding is serviced to the end."""
    require_power(actor, Power.AUTHORITY_APPROVE)
    audit.move(programme_machine, programme, "CLOSED", actor=actor, now=now, reason=reason)
    return programme
