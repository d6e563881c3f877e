"""The money leg: funded by the treasury, paid by the fiscal agent, booked entry by entry."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from custody.servicing.models import Entitlement, Payment, RedemptionEvent, payment_machine
from custody.settlement.models import CashAccount, CashEntry
from custody.settlement.services import journal_post, suspense_hold
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.errors import Conflict, Refused
from tokenization.kernel.locks import lock_rows

Kind = CashAccount.Kind


@transaction.atomic
def redemption_fund(*, event: RedemptionEvent, bank_reference: str, actor: User, now: datetime) -> RedemptionEvent:
    """Book the treasury's money for all holders, and move what may not be paid straight into suspense.

    Refused before the redemption is approved; again under the same reference changes nothing, under another one is a
    Conflict.
    """
    require_power(actor, Power.CASH_CONFIRM)
    _check_reference(bank_reference)
    ((event,),) = lock_rows(RedemptionEvent.objects.filter(pk=event.pk))
    total, currency = event.total_minor, event.token.series.currency
    if event.approval_id is None or total is None:
        raise Refused("The redemption is not approved yet.", field="event", rule="approved before funded")
    if total == 0:
        raise Refused("Nobody holds a unit: nothing is due.", field="event", rule="something is due")
    words = f"Redemption of {event.token.series.isin} funded, bank reference {bank_reference}"
    if event.funding_entry:
        if event.funding_entry.words != words:
            raise Conflict("Already funded under another reference.", field="bank_reference", rule="funded once")
        return event
    entry = journal_post(
        key=f"redemption:{event.pk}:funding",
        kind=CashEntry.Kind.FUNDING,
        words=words,
        currency=currency,
        legs=((Kind.BANK, total), (Kind.TREASURY, -total), (Kind.DEBT, total), (Kind.REDEMPTION, -total)),
        now=now,
    )
    RedemptionEvent.objects.filter(pk=event.pk).update(funding_entry=entry)
    event.funding_entry = entry
    body = {"amount_minor": total, "currency": currency, "bank_reference": bank_reference}
    audit.record(actor=actor, action="redemption.fund", subject=f"redemption:{event.pk}", body=body, now=now)
    for line in event.entitlements.filter(suspense_minor__gt=0).select_related("wallet").order_by("pk"):
        _to_suspense(event, line, now)
    return event


def _to_suspense(event: RedemptionEvent, line: Entitlement, now: datetime) -> None:
    """One item per wallet, because two persons decide about each of them by itself."""
    currency, held = event.token.series.currency, line.suspense_minor
    reason = (
        f"{line.disputed_units:,} disputed units of {line.wallet}" if line.disputed else f"{line.wallet} is nobody's"
    )
    entry = journal_post(
        key=f"redemption:{event.pk}:suspense:{line.pk}",
        kind=CashEntry.Kind.SUSPENSE,
        words=f"Redemption of {event.token.series.isin}: {reason}",
        currency=currency,
        legs=((Kind.REDEMPTION, held), (Kind.SUSPENSE, -held)),
        now=now,
    )
    if line.party_id is None and line.disputed:
        reason += ", which is nobody's"
    suspense_hold(entry=entry, amount_minor=held, currency=currency, reason=reason, bank_reference=entry.key)


@transaction.atomic
def payment_confirm(*, entitlement: Entitlement, bank_reference: str, actor: User, now: datetime) -> Payment:
    """The fiscal agent has paid this holder. Waits for no burn, no KYC and no node: the state pays on the day.

    Refused before funding or before the payment date; Conflict if it was paid under another reference.
    """
    require_power(actor, Power.CASH_CONFIRM)
    _check_reference(bank_reference)
    payment = _locked(entitlement)
    event = payment.entitlement.event
    if payment.state == Payment.State.PAID:
        if payment.bank_reference != bank_reference:
            raise Conflict("Already paid under another reference.", field="bank_reference", rule="paid once")
        return payment
    _check_payable(event, now)
    entry = journal_post(
        key=f"redemption:{event.pk}:payment:{entitlement.pk}",
        kind=CashEntry.Kind.PAYMENT,
        words=f"Redemption of {event.token.series.isin}, bank reference {bank_reference}",
        currency=event.token.series.currency,
        legs=((Kind.REDEMPTION, payment.amount_minor), (Kind.BANK, -payment.amount_minor)),
        now=now,
    )
    payment_machine.move(payment, "PAID", bank_reference=bank_reference, cash_entry=entry)
    body = {"amount_minor": payment.amount_minor, "bank_reference": bank_reference}
    audit.record(actor=actor, action="redemption.paid", subject=f"payment:{payment.pk}", body=body, now=now)
    return payment


def _check_payable(event: RedemptionEvent, now: datetime) -> None:
    if event.funding_entry_id is None:
        raise Refused("The redemption is not funded.", field="event", rule="funded before paid")
    day = now.astimezone(ZoneInfo(event.token.series.record_zone)).date()
    if now < event.record_at or day < event.payment_date:
        raise Refused(f"Payment is due on {event.payment_date}.", field="payment_date", rule="paid on the day")


def _check_reference(bank_reference: str) -> None:
    if not bank_reference.strip() or len(bank_reference) > 64:
        raise Refused("A bank reference has 1 to 64 characters.", field="bank_reference", rule="length")


def _locked(entitlement: Entitlement) -> Payment:
    (rows,) = lock_rows(Payment.objects.filter(entitlement=entitlement))
    if not rows:
        raise Refused("Nothing is due on this yet.", field="entitlement", rule="approved before paid")
    payment: Payment = rows[0]
    return payment
