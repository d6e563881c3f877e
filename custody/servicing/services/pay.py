"""The bank leg: what the fiscal agent has paid, one holder at a time or a whole run, booked entry by entry."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Sum

from custody.servicing.models import Entitlement, Payment, ServicingEvent, payment_machine
from custody.servicing.services.fund import check_reference
from custody.settlement.models import CashAccount, CashEntry
from custody.settlement.services import journal_post
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.errors import Conflict, Refused
from tokenization.kernel.locks import lock_rows

Kind = CashAccount.Kind


@transaction.atomic
def payment_confirm(*, entitlement: Entitlement, bank_reference: str, actor: User, now: datetime) -> Payment:
    """The fiscal agent has paid this holder. Waits for no burn, no KYC and no node: the state pays on the day.

    Refused before the release or the payment date, and for a payment that takes another channel; Conflict if it was
    paid under another reference.
    """
    require_power(actor, Power.CASH_CONFIRM)
    check_reference(bank_reference)
    payment = _locked(entitlement)
    event = payment.entitlement.event
    if payment.state == Payment.State.PAID:
        if payment.bank_reference != bank_reference:
            raise Conflict("Already paid under another reference.", field="bank_reference", rule="paid once")
        return payment
    _check_payable(event, now)
    if payment.channel != Payment.Channel.BANK:
        raise Refused(f"This payment goes by {payment.get_channel_display()}.", field="entitlement", rule="one channel")
    entry = _entry(event, f"payment:{entitlement.pk}", bank_reference, payment.amount_minor, now)
    payment_machine.move(payment, "PAID", bank_reference=bank_reference, cash_entry=entry)
    body = {"amount_minor": payment.amount_minor, "bank_reference": bank_reference}
    audit.record(actor=actor, action="servicing.paid", subject=f"payment:{payment.pk}", body=body, now=now)
    return payment


@transaction.atomic
def payments_confirm(*, event: ServicingEvent, bank_reference: str, actor: User, now: datetime) -> int:
    """The bank has carried out the whole run: every payment by bank that is still due, under one reference.

    Returns how many that were; the same reference again changes nothing and returns the same.
    """
    require_power(actor, Power.CASH_CONFIRM)
    check_reference(bank_reference)
    ((event,),) = lock_rows(ServicingEvent.objects.filter(pk=event.pk).select_related("token__series"))
    key = f"run:{bank_reference}"
    done = CashEntry.objects.filter(key=f"servicing:{event.pk}:{key}").first()
    if done:
        return done.payments.count()
    _check_payable(event, now)
    due = Payment.objects.filter(entitlement__event=event, state="DUE", channel="BANK")
    total = int(due.aggregate(total=Sum("amount_minor"))["total"] or 0)
    if not total:
        raise Refused("No payment by bank is due.", field="event", rule="something is due")
    entry = _entry(event, key, bank_reference, total, now)
    count = due.update(state="PAID", bank_reference=bank_reference, cash_entry=entry)
    body = {"payments": count, "amount_minor": total, "bank_reference": bank_reference}
    audit.record(actor=actor, action="servicing.run_paid", subject=f"servicing:{event.pk}", body=body, now=now)
    return count


def _entry(event: ServicingEvent, what: str, bank_reference: str, amount: int, now: datetime) -> CashEntry:
    return journal_post(
        key=f"servicing:{event.pk}:{what}",
        kind=CashEntry.Kind.PAYMENT,
        words=f"{event.title} of {event.token.series.isin}, bank reference {bank_reference}",
        currency=event.token.series.payment_currency,
        legs=((Kind.REDEMPTION, amount), (Kind.BANK, -amount)),
        now=now,
        bank_reference=bank_reference,
    )


def _check_payable(event: ServicingEvent, now: datetime) -> None:
    if event.release_approval_id is None:
        raise Refused("The payments are not released.", field="event", rule="released before paid")
    day = now.astimezone(ZoneInfo(event.token.series.record_zone)).date()
    if now < event.record_at or day < event.payment_date:
        raise Refused(f"Payment is due on {event.payment_date}.", field="payment_date", rule="paid on the day")


def _locked(entitlement: Entitlement) -> Payment:
    (rows,) = lock_rows(
        Payment.objects.filter(entitlement=entitlement).select_related("entitlement__event__token__series")
    )
    if not rows:
        raise Refused("Nothing is due on this yet.", field="entitlement", rule="released before paid")
    payment: Payment = rows[0]
    return payment
