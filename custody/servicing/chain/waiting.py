"""What of an event waits for the chain, and by which of the three ways bank rails may take it over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.db.models import Exists, OuterRef, Q, QuerySet

from contracts.outbox.models import Attempt, IntentItem, IntentState
from custody.servicing.chain.send import chain_payments, live_items
from custody.servicing.models import Payment, ServicingEvent
from custody.servicing.selectors import accounts_of


@dataclass(frozen=True)
class Waiting:
    """One due payment to a wallet. `iban`: where bank rails would pay it; empty, it would wait as unclaimed."""

    payment: Payment
    way: str
    iban: str

    AT_ONCE: ClassVar[str] = "AT_ONCE"
    ON_PROOF: ClassVar[str] = "ON_PROOF"
    NOT_YET: ClassVar[str] = "NOT_YET"


def waiting_for_the_chain(event: ServicingEvent, now: datetime) -> list[Waiting]:
    """In the order of their numbers. AT_ONCE: nothing was ever signed for it. ON_PROOF: its call has ended, a second
    node can show the number unused. NOT_YET: its call may still act."""
    rows = chain_payments(event).filter(state=Payment.State.DUE).annotate(signed=Exists(_signed(event)))
    found = list(rows.select_related("entitlement__party", "entitlement__wallet").order_by("number", "pk"))
    accounts = accounts_of([row.entitlement.party_id for row in found if row.entitlement.party_id], now)
    lines = []
    for row in found:
        account = accounts.get(row.entitlement.party_id or 0)
        lines.append(Waiting(row, _way(row, now), account.iban if account else ""))
    return lines


def _signed(event: ServicingEvent) -> QuerySet[IntentItem]:
    """Items of calls that may have left the house: all but those that wait for a nonce with nothing signed."""
    attempts = Attempt.objects.filter(slot__intent=OuterRef("intent"))
    return live_items(event).filter(~Q(intent__state=IntentState.QUEUED) | Exists(attempts))


def _way(row: Payment, now: datetime) -> str:
    if not row.signed:  # type: ignore[attr-defined]
        return Waiting.AT_ONCE
    return Waiting.ON_PROOF if row.valid_until is not None and row.valid_until < now else Waiting.NOT_YET
