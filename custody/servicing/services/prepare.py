"""Choosing the channel of every payment of a recorded event, until two persons release them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from custody.servicing.models import Payment, ServicingEvent
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.errors import Refused
from tokenization.kernel.locks import lock_rows

# A verified account of the party if it has one, else the money waits for the holder: nobody is paid into the blue.
_CHOSEN = """
    SELECT e.id AS entitlement_id, e.net_minor AS amount_minor, a.id AS account_id,
           CASE WHEN a.id IS NULL THEN 'RESERVE' ELSE 'BANK' END AS channel
    FROM servicing_entitlement e
    LEFT JOIN servicing_bankaccount a ON a.party_id = e.party_id AND a.currency = %(currency)s
         AND a.valid_from <= %(now)s AND (a.valid_until IS NULL OR a.valid_until > %(now)s)
    WHERE e.event_id = %(event)s AND e.net_minor > 0
"""
_INSERT = f"""
    INSERT INTO servicing_payment (entitlement_id, amount_minor, account_id, channel, state, bank_reference)
    SELECT c.*, 'PREPARED', '' FROM ({_CHOSEN}) c ORDER BY c.entitlement_id
"""  # noqa: S608 no value in it
_UPDATE = f"""
    UPDATE servicing_payment p SET channel = c.channel, account_id = c.account_id FROM ({_CHOSEN}) c
    WHERE p.entitlement_id = c.entitlement_id AND p.state = 'PREPARED'
      AND (p.channel, p.account_id) IS DISTINCT FROM (c.channel, c.account_id)
"""  # noqa: S608 no value in it


@transaction.atomic
def payments_prepare(*, event: ServicingEvent, actor: User, now: datetime) -> int:
    """Write one PREPARED payment per line with something net due, or choose the channels anew; returns how many
    changed.

    Refused once the event is released: from then on a payment keeps what two persons approved.
    """
    require_power(actor, Power.REDEEM_DRAFT)
    return prepare(event=event, actor=actor, now=now)


@transaction.atomic
def prepare(*, event: ServicingEvent, actor: User, now: datetime) -> int:
    """The same for the bell, whose user holds no power."""
    ((event,),) = lock_rows(ServicingEvent.objects.filter(pk=event.pk).select_related("token__series"))
    if event.state != ServicingEvent.State.RECORDED:
        raise Refused(f"The event is {event.state}.", field="event", rule="recorded, and not yet released")
    values: dict[str, Any] = {"event": event.pk, "currency": event.token.series.currency, "now": now}
    known = Payment.objects.filter(entitlement__event=event).exists()
    with connection.cursor() as cursor:
        cursor.execute(_UPDATE if known else _INSERT, values)
        changed: int = cursor.rowcount
    if changed:
        body = {"payments": changed, "again": known}
        audit.record(actor=actor, action="servicing.prepare", subject=f"servicing:{event.pk}", body=body, now=now)
    return changed
