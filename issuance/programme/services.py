"""Drafting and closing of programmes. Opening one is an approval (actions.py)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from issuance.authority.drafts import terms_of
from issuance.authority.fx import check_joined
from issuance.authority.models import BudgetEnvelope
from issuance.programme.models import Programme, programme_machine
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.identity.roles import Power, require_power
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
    """Draft a programme: `ceiling_minor` of face outstanding, in `currency`."""
    require_power(actor, Power.AUTHORITY_DRAFT)
    if ceiling_minor <= 0:
        raise Refused("The ceiling must be above 0.", field="ceiling_minor", rule="amount.positive")
    check_joined(currency, envelope.currency, field="currency")
    row = Programme.objects.create(
        envelope=envelope, reference=reference, name=name, currency=currency, ceiling_minor=ceiling_minor
    )
    audit.record(actor=actor, action="programme.draft", subject=str(row), body=terms_of(row), now=now)
    return row


@transaction.atomic
def programme_close(*, programme: Programme, reason: str, actor: User, now: datetime) -> Programme:
    """No new paper under this programme; what is outstanding is serviced to the end."""
    require_power(actor, Power.AUTHORITY_APPROVE)
    audit.move(programme_machine, programme, "CLOSED", actor=actor, now=now, reason=reason)
    return programme
