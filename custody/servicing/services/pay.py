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
    """Book the treasury's money for all holders, and move what is disputed straight into suspense.

    Refused before the redemption is approved; funding twice under the same reference changes nothing.
    """
    require_power(actor, Power.CASH_CONFIRM)
    ((event,),) = lock_rows(RedemptionEvent.objects.filter(pk=event.pk))
    total, currency = event.total_minor, event.token.series.currency
    if event.approval_id is None or total is None:
        raise Refused("The redemption is not approved yet.", field="event", rule="approved before funded")
    if event.funding_entry_id:
        return event
    entry = journal_post(
        key=f"redemption:{event.pk}:funding",
        kind=CashEntry.Kind.FUNDING,
        words=f"Redemption of {event.token.series.isin} funded, bank reference {bank_reference}",
        currency=currency,
        legs=((Kind.BANK, total), (Kind.TREASURY, -total), (Kind.DEBT, total), (Kind.REDEMPTION, -total)),
        now=now,
    )
    RedemptionEvent.objects.filter(pk=event.pk).update(funding_entry=entry)
    event.funding_entry = entry
    body = {"amount_minor": total, "currency": currency, "bank_reference": bank_reference}
    audit.record(actor=actor, action="redemption.fund", subject=f"redemption:{event.pk}", body=body, now=now)
    _disputed_to_suspense(event, now)
    return event


def _disputed_to_suspense(event: RedemptionEvent, now: datetime) -> None:
    """What disputed units would earn, and what belongs to a wallet that nobody has proved, waits in suspense."""
    held = sum(event.entitlements.values_list("suspense_minor", flat=True))
    if held:
        entry = journal_post(
            key=f"redemption:{event.pk}:suspense",
            kind=CashEntry.Kind.SUSPENSE,
            words=f"Redemption of {event.token.series.isin}: disputed units",
            currency=event.token.series.currency,
            legs=((Kind.REDEMPTION, held), (Kind.SUSPENSE, -held)),
            now=now,
        )
        suspense_hold(
            entry=entry,
            amount_minor=held,
            currency=event.token.series.currency,
            reason="disputed units, or a wallet that is nobody's",
            bank_reference=entry.key,
        )


@transaction.atomic
def payment_confirm(*, entitlement: Entitlement, bank_reference: str, actor: User, now: datetime) -> Payment:
    """The fiscal agent has paid this holder. Waits for no burn, no KYC and no node: the state pays on the day.

    Refused before funding or before the payment date; Conflict if it was paid under another reference.
    """
    require_power(actor, Power.CASH_CONFIRM)
    payment = _locked(entitlement)
    event = entitlement.event
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


def _locked(entitlement: Entitlement) -> Payment:
    (rows,) = lock_rows(Payment.objects.filter(entitlement=entitlement))
    if not rows:
        raise Refused("Nothing is due on this yet.", field="entitlement", rule="approved before paid")
    payment: Payment = rows[0]
    return payment
