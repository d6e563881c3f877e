"""The money leg: what the fiscal agent's officer paid, and what waits in suspense instead. Never asks whether units burned."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from custody.servicing.models import Entitlement, Payment, payment_machine
from custody.settlement.models import CashEntry, SuspenseItem
from custody.settlement.services import cash_entry_record
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.errors import Conflict, Refused
from tokenization.kernel.locks import lock_rows


@transaction.atomic
def payment_confirm(*, entitlement: Entitlement, bank_reference: str, actor: User, now: datetime) -> Payment:
    """Record that a holder was paid his redemption; once, the same reference again returns it."""
    payment = _locked(entitlement, actor)
    _check_reference(bank_reference)
    if payment.state == Payment.State.PAID and payment.bank_reference == bank_reference:
        return payment
    if payment.state != Payment.State.DUE:
        raise Conflict(f"This payment is {payment.state} already.", field="entitlement", rule="paid once")
    entry = _from_redemption(entitlement, payment.amount_minor, "BANK", CashEntry.Kind.PAYMENT, now)
    payment_machine.move(payment, "PAID", bank_reference=bank_reference, cash_entry=entry)
    _audit(payment, actor, now)
    return payment


@transaction.atomic
def payment_suspend(*, entitlement: Entitlement, reason: str, actor: User, now: datetime) -> Payment:
    """Set a due payment aside where it cannot reach its holder (a closed account, an order): seen, and still owed."""
    payment = _locked(entitlement, actor)
    if payment.state == Payment.State.SUSPENSE:
        return payment
    if not reason.strip():
        raise Refused("Money goes to suspense for a reason.", field="reason", rule="reason given")
    entry = suspense_set_aside(entitlement, payment.amount_minor, reason, now)
    payment_machine.move(payment, "SUSPENSE", cash_entry=entry)
    _audit(payment, actor, now)
    return payment


def suspense_set_aside(entitlement: Entitlement, amount_minor: int, reason: str, now: datetime) -> CashEntry:
    """Move money set aside for holders into suspense, where two persons decide about it."""
    entry = _from_redemption(entitlement, amount_minor, "SUSPENSE", CashEntry.Kind.SUSPENSE, now)
    SuspenseItem.objects.get_or_create(
        entry=entry,
        defaults={
            "amount_minor": amount_minor,
            "currency": entitlement.event.token.series.currency,
            "bank_reference": entry.key,
            "reason": reason[:200],
        },
    )
    return entry


def _locked(entitlement: Entitlement, actor: User) -> Payment:
    require_power(actor, Power.CASH_CONFIRM)
    (rows,) = lock_rows(Payment.objects.filter(entitlement=entitlement))
    if not rows:
        raise Refused("Nothing is due on this yet.", field="entitlement", rule="redemption approved")
    payment: Payment = rows[0]
    return payment


def _check_reference(bank_reference: str) -> None:
    if not bank_reference.strip() or len(bank_reference) > 64:
        raise Refused("A bank reference has 1 to 64 characters.", field="bank_reference", rule="length")


def _from_redemption(entitlement: Entitlement, amount: int, to: str, kind: str, now: datetime) -> CashEntry:
    return cash_entry_record(
        key=f"redemption:{entitlement.pk}:{to.lower()}:{amount}",
        kind=kind,
        currency=entitlement.event.token.series.currency,
        words=f"Redemption of {entitlement.units} units, wallet {entitlement.wallet.address}",
        legs=[("REDEMPTION", amount), (to, -amount)],
        now=now,
    )


def _audit(payment: Payment, actor: User, now: datetime) -> None:
    body = {"amount_minor": payment.amount_minor, "state": payment.state, "reference": payment.bank_reference}
    audit.record(actor=actor, action="redemption.payment", subject=f"payment:{payment.pk}", body=body, now=now)
