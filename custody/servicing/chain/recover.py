"""Cash tokens that paid nobody, because bank rails did: they come back, and are burned without a second payment.

Their money has left the settlement account, so they are never the treasury's to spend or to sweep: RETURNED, not
TREASURY_TOKEN. Either the paying agent gives back what it was funded with, or it never was, and they never left.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from custody.servicing.chain.send import funding_of
from custody.servicing.models import Payment, ServicingEvent
from custody.servicing.selectors import recoverable_minor
from custody.settlement.models import CashAccount, CashEntry
from custody.settlement.services import journal_post
from tokenization.kernel.locks import lock_rows

Kind = CashAccount.Kind


def tokens_back(*, event: ServicingEvent, amount_minor: int, why: str, now: datetime) -> CashEntry:
    """What bank rails paid instead is in the treasury's wallet again, to be burned: once per event."""
    return journal_post(
        key=f"servicing:{event.pk}:recovered",
        kind=CashEntry.Kind.FUNDING,
        words=f"{event.title} of {event.token.series.isin}: cash tokens {why}",
        currency=event.token.series.payment_currency,
        legs=((Kind.RETURNED, amount_minor), (Kind.RECOVERABLE, -amount_minor)),
        now=now,
    )


@transaction.atomic
def tokens_kept_back(event: ServicingEvent, *, now: datetime) -> int:
    """Book as returned what never left the treasury's wallet: the node was down before the agent could be funded.

    Returns 1 if it did; an event's tokens come back once. Under the event's lock, as the fallback takes it: the sum is
    that of all payments that went by bank.
    """
    lock_rows(ServicingEvent.objects.filter(pk=event.pk))
    waiting = Payment.objects.filter(entitlement__event=event, channel=Payment.Channel.CHAIN, state=Payment.State.DUE)
    booked = CashEntry.objects.filter(key=f"servicing:{event.pk}:recovered")
    if funding_of(event).exists() or waiting.exists() or booked.exists():
        return 0
    amount = recoverable_minor(event)
    tokens_back(event=event, amount_minor=amount, why="that never left the treasury's wallet", now=now)
    return 1
