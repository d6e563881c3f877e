"""Mandates: for whom a dealer may bid. Compliance records them, as it records who acts for a party."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from issuance.bid.models import DealerClient
from tokenization.identity import audit
from tokenization.identity.models import Party, User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.errors import Conflict, Refused
from tokenization.kernel.locks import lock_rows


@transaction.atomic
def mandate_give(
    *, dealer: Party, client: Party, valid_until: datetime | None = None, actor: User, now: datetime
) -> DealerClient:
    """From now the dealer may bid for the client, until `valid_until` or until it is ended."""
    require_power(actor, Power.KYC_DECIDE)
    if dealer.pk == client.pk:
        raise Refused("A dealer needs no mandate for itself.", field="client", rule="mandate.two")
    if valid_until is not None and valid_until <= now:
        raise Refused("A mandate ends after it began.", field="valid_until", rule="mandate.dates")
    lock_rows(Party.objects.filter(pk=client.pk))
    if DealerClient.objects.filter(dealer=dealer, client=client, valid_until__isnull=True).exists():
        raise Conflict(f"{dealer.reference} has a mandate of {client.reference} already.", rule="mandate.once")
    row = DealerClient.objects.create(dealer=dealer, client=client, valid_from=now, valid_until=valid_until)
    body = {"dealer": dealer.reference, "client": client.reference, "valid_until": valid_until}
    audit.record(actor=actor, action="mandate.give", subject=f"bid.dealerclient:{row.pk}", body=body, now=now)
    return row


@transaction.atomic
def mandate_end(*, mandate: DealerClient, reason: str, actor: User, now: datetime) -> DealerClient:
    """From now the dealer may not bid for the client; what was bid before stands until it is withdrawn."""
    require_power(actor, Power.KYC_DECIDE)
    if not reason.strip():
        raise Refused("Say why.", field="reason", rule="mandate.reason")
    row: DealerClient
    [[row]] = lock_rows(DealerClient.objects.filter(pk=mandate.pk))
    if row.valid_until is not None and row.valid_until <= now:
        raise Conflict("This mandate has ended already.", field="mandate", rule="mandate.in_force")
    if row.valid_from >= now:
        raise Refused("This mandate has not begun yet.", field="mandate", rule="mandate.dates")
    row.valid_until = now
    row.save(update_fields=["valid_until"])
    body = {"reason": reason.strip()}
    audit.record(actor=actor, action="mandate.end", subject=f"bid.dealerclient:{row.pk}", body=body, now=now)
    return row
