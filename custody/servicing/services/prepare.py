"""Choosing the channel of every payment of a recorded event, until two persons release them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from custody.instructions.services import numbers_take
from custody.servicing.models import Funding, Payment, ServicingEvent
from custody.servicing.selectors import closed_wallets
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.errors import Refused
from tokenization.kernel.locks import lock_rows

# A wallet that can take cash tokens, where the event is paid in them: on the chain's registry, its record not expired,
# not frozen, of a party whose KYC is good. Else a verified account, else the money waits: nobody is paid into the blue.
_CHOSEN = """
    SELECT e.id AS entitlement_id, e.net_minor AS amount_minor,
           CASE WHEN usable THEN NULL ELSE a.id END AS account_id,
           CASE WHEN usable THEN 'CHAIN' WHEN a.id IS NULL THEN 'RESERVE' ELSE 'BANK' END AS channel
    FROM servicing_entitlement e
    JOIN tokenisation_wallet w ON w.id = e.wallet_id
    LEFT JOIN servicing_bankaccount a ON a.party_id = e.party_id AND a.currency = %(currency)s
         AND a.valid_from <= %(now)s AND (a.valid_until IS NULL OR a.valid_until > %(now)s)
    LEFT JOIN LATERAL (
        SELECT k.status = 'APPROVED' AND k.valid_from <= %(now)s AND k.valid_until > %(now)s AS good
        FROM identity_kycdecision k WHERE %(tokens)s AND k.party_id = e.party_id AND k.decided_at <= %(now)s
        ORDER BY k.decided_at DESC, k.id DESC LIMIT 1
    ) kyc ON TRUE
    CROSS JOIN LATERAL (
        SELECT %(tokens)s AND coalesce(kyc.good, FALSE) AND w.chain_state = 'REGISTERED'
               AND coalesce(w.recorded_expiry, 0) > extract(epoch FROM %(now)s::timestamptz)
               AND w.address <> ALL (%(closed)s::text[]) AS usable
    ) wallet
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
_NUMBERS = """
    UPDATE servicing_payment p SET number = c.number FROM (
        SELECT w.id, %s - 1 + row_number() OVER (ORDER BY w.id) AS number FROM servicing_payment w
        JOIN servicing_entitlement e ON e.id = w.entitlement_id
        WHERE e.event_id = %s AND w.channel = 'CHAIN' AND w.number IS NULL
    ) c WHERE c.id = p.id
"""


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
    if event.fundings.filter(medium=Funding.Medium.TOKEN).exists():
        raise Refused("Tokens are set aside for these wallets.", field="event", rule="channels before tokens")
    tokens = event.rail == ServicingEvent.Rail.TOKEN
    values: dict[str, Any] = {
        "event": event.pk,
        "currency": event.token.series.payment_currency,
        "now": now,
        "tokens": tokens,
    }
    values["closed"] = sorted(closed_wallets(event)) if tokens else []
    known = Payment.objects.filter(entitlement__event=event).exists()
    with connection.cursor() as cursor:
        cursor.execute(_UPDATE if known else _INSERT, values)
        changed: int = cursor.rowcount
    if tokens:
        _number(event)
    if changed:
        body = {"payments": changed, "again": known}
        audit.record(actor=actor, action="servicing.prepare", subject=f"servicing:{event.pk}", body=body, now=now)
    return changed


def _number(event: ServicingEvent) -> None:
    """A payment to a wallet has a number of the token's counter, of its own: it waits for no burn."""
    wanted = Payment.objects.filter(entitlement__event=event, channel="CHAIN", number__isnull=True).count()
    if wanted:
        numbers = numbers_take(event.token, wanted)
        with connection.cursor() as cursor:
            cursor.execute(_NUMBERS, [numbers.start, event.pk])
