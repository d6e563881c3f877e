"""Telling the paying agent: an event opened, funded from the treasury's wallet, paid in batches of numbered items."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from contracts.gateway.calls import Call, payments
from contracts.gateway.roles import ROLE_KEYS, ChainRole
from contracts.outbox.models import Intent, IntentItem, IntentState
from contracts.outbox.services import intent_enqueue
from custody.servicing.models import Payment, ServicingEvent
from custody.tokenisation.selectors import cash_token, contract_address, treasury_wallet
from custody.tokenisation.services.treasury import treasury_allow
from tokenization.identity.actors import system_user
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import Unavailable
from tokenization.kernel.locks import lock_rows

PAYER = ROLE_KEYS[ChainRole.PAYER]
# A batch that is not in a block by then is void on chain: only from then on may bank rails pay what it names.
VALID_FOR = timedelta(hours=6)
# A funding that ended so has moved nothing: it carries no numbers, so that it is never split.
NOTHING_MOVED = (IntentState.REJECTED, IntentState.REVERTED, IntentState.CANCELLED)


def event_code(event: ServicingEvent) -> str:
    """The 32 bytes by which the paying agent knows the event; never used again."""
    named = [event.token.chain_id, event.token.address, event.kind, event.sequence]
    return sha256_hex(canonical_json({"event": named}))


def event_named(code: str, security: str | None = None) -> ServicingEvent | None:
    """The event that the paying agent calls `code`. `security`, where its log names it, spares a look at all others."""
    rows = ServicingEvent.objects.filter(rail=ServicingEvent.Rail.TOKEN).select_related("token__series")
    if security is not None:
        rows = rows.filter(token__address=security.lower())
    return next((row for row in rows if event_code(row) == code.lower()), None)


def chain_payments(event: ServicingEvent) -> QuerySet[Payment]:
    return Payment.objects.filter(entitlement__event=event, channel=Payment.Channel.CHAIN)


def live_items(event: ServicingEvent) -> QuerySet[IntentItem]:
    """Items of transactions that may have, or had, an effect, for the outer query's number."""
    return IntentItem.objects.filter(contract=event.token.address, number=OuterRef("number"), live=True)


@transaction.atomic
def chain_pay(*, event: ServicingEvent, now: datetime) -> int:
    """Send what goes to wallets and is in no living transaction, from the payment day on; returns how many payments.

    1. The event is opened and funded once; every batch waits for the funding.
    2. A batch carries numbers: what failed whole, or ran out of time, is sent again under the same numbers.
    3. A redemption is paid like a coupon, under numbers of its own: its burns wait for no payment, and it for no burn.
    """
    ((event,),) = lock_rows(ServicingEvent.objects.filter(pk=event.pk).select_related("token__series"))
    day = now.astimezone(ZoneInfo(event.token.series.record_zone)).date()
    if event.rail != event.Rail.TOKEN or event.state != event.State.RELEASED or day < event.payment_date:
        return 0
    rows = _unsent(event, now)
    if not rows.exists():
        return _finish(event, now)
    funded, sent = _funded(event, now), 0
    ordered = iter(rows.select_related("entitlement__wallet").order_by("number"))
    while batch := list(islice(ordered, settings.BATCH_SIZE)):
        _send(event, batch, funded, now)
        sent += len(batch)
    return sent


def _unsent(event: ServicingEvent, now: datetime) -> QuerySet[Payment]:
    rows = chain_payments(event).filter(~Exists(live_items(event)), state=Payment.State.DUE)
    return rows.filter(Q(valid_until__isnull=True) | Q(valid_until__lt=now))


def _funded(event: ServicingEvent, now: datetime) -> Intent:
    """The intent that brings the treasury's tokens to the agent, once, after the event and the permission."""
    cash, treasury = cash_token(event.token.series.payment_currency), treasury_wallet()
    if cash is None or treasury is None:
        raise Unavailable("There is no cash token, or no wallet of the treasury.", next_step="It is tried again.")
    agent, code, key = contract_address("PAYING_AGENT"), event_code(event), f"servicing:{event.pk}"
    found = Intent.objects.filter(key=f"{key}:fund").first()
    if found:
        return found
    total = int(chain_payments(event).aggregate(total=Sum("amount_minor"))["total"] or 0)
    kind = payments.PaymentKind.COUPON if event.kind == event.Kind.COUPON else payments.PaymentKind.REDEMPTION
    opening = payments.open_event(agent, code, event.token.address, cash.address, kind, treasury.address)
    opened = intent_enqueue(key=f"{key}:open", signer=PAYER, call=opening, now=now)
    allowed = treasury_allow(
        currency=event.token.series.payment_currency,
        drawer="PAYING_AGENT",
        amount_minor=total,
        key=key,
        actor=system_user(),
        now=now,
    )
    funding = payments.fund_event(agent, code, total)
    return intent_enqueue(key=f"{key}:fund", signer=PAYER, call=funding, after=(opened, allowed), now=now)


def funding_of(event: ServicingEvent) -> QuerySet[Intent]:
    """The funding that brought the treasury's tokens to the agent, or still may; one that failed has moved nothing."""
    return Intent.objects.filter(key=f"servicing:{event.pk}:fund").exclude(state__in=NOTHING_MOVED)


def agent_is_done(event: ServicingEvent) -> bool:
    """Whether the paying agent was told to close the event, if it may ever have been funded."""
    closed = Intent.objects.filter(key=f"servicing:{event.pk}:close")
    return closed.exists() or not funding_of(event).exists()


def _finish(event: ServicingEvent, now: datetime) -> int:
    """When no call can pay any more, the agent gives back what bank rails have paid in its place."""
    key = f"servicing:{event.pk}"
    open_ones = Q(channel=Payment.Channel.CHAIN, state=Payment.State.DUE)
    # What bank rails took over by decision of two may still be paid by a call that has not ended.
    open_ones |= ~Q(channel=Payment.Channel.CHAIN) & Q(valid_until__gte=now)
    if Payment.objects.filter(open_ones, entitlement__event=event).exists():
        return 0
    funded = Intent.objects.filter(key=f"{key}:fund", state=IntentState.FINAL).exists()
    if not funded or Intent.objects.filter(key=f"{key}:close").exists():
        return 0
    call = payments.close_event(contract_address("PAYING_AGENT"), event_code(event))
    intent_enqueue(key=f"{key}:close", signer=PAYER, call=call, now=now)
    return 1


def _send(event: ServicingEvent, batch: Sequence[Payment], funded: Intent, now: datetime) -> None:
    until = now + VALID_FOR
    stamp = int(until.timestamp())
    key = f"servicing:{event.pk}:pay:{batch[0].number}-{batch[-1].number}:{stamp}"
    call = _call(event, batch, stamp)
    intent_enqueue(key=key, signer=PAYER, call=call, after=(funded,), deadline=until, now=now)
    Payment.objects.filter(pk__in=[row.pk for row in batch]).update(valid_until=until)


def _call(event: ServicingEvent, batch: Sequence[Payment], until: int) -> Call:
    lines = [payments.Payment(int(row.number or 0), row.entitlement.wallet.address, row.amount_minor) for row in batch]
    return payments.pay(contract_address("PAYING_AGENT"), event_code(event), event.token.address, lines, until)
