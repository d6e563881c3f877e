"""Cash that came in: it pays exactly one settlement, or it waits in suspense where everybody sees it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from custody.settlement.models import CashEntry, SettlementInstruction, SuspenseItem, settlement_machine
from custody.settlement.selectors import told_by_the_bank
from custody.settlement.services.journal import journal_post
from custody.settlement.services.suspense import suspense_hold
from issuance.allotment.services import allotment_mark_paid
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.errors import Refused
from tokenization.kernel.locks import advisory_xact_lock, lock_rows


def cash_confirm(
    *, settlement: SettlementInstruction, amount_minor: int, bank_reference: str, actor: User, now: datetime
) -> CashEntry:
    """The fiscal agent's officer confirms money for one settlement: exact amounts pay it, others go to suspense.

    Only where no settlement account is open in that currency: once the bank's files are taken in, money counts by the
    bank's word and not by one person's. Refused otherwise.
    """
    if told_by_the_bank(settlement.currency):
        raise Refused(
            f"Receipts in {settlement.currency} are told by the bank's files, not typed.",
            field="bank_reference",
            rule="the bank's word",
            next_step="Take in the bank's notification or statement.",
        )
    return cash_receive(
        payment_reference=settlement.payment_reference,
        currency=settlement.currency,
        amount_minor=amount_minor,
        bank_reference=bank_reference,
        actor=actor,
        now=now,
    )


@transaction.atomic
def cash_receive(
    *, payment_reference: str, currency: str, amount_minor: int, bank_reference: str, actor: User, now: datetime
) -> CashEntry:
    """Book one receipt. Short, over, unknown, late or second money goes to suspense, with the reason.

    `bank_reference` makes it happen once: the same receipt again returns the first entry, other figures are Refused.
    """
    require_power(actor, Power.CASH_CONFIRM)
    if amount_minor <= 0:
        raise Refused("A receipt is a positive amount.", field="amount_minor", rule="positive")
    if not bank_reference.strip() or len(bank_reference) > 64 or len(payment_reference) > 64:
        raise Refused("References have 1 to 64 characters.", field="bank_reference", rule="length")
    wanted = SettlementInstruction.objects.filter(payment_reference=payment_reference)
    lock_rows(wanted)
    advisory_xact_lock(f"settlement.receipt:{bank_reference}")
    key = f"receipt:{bank_reference}"
    found = CashEntry.objects.filter(key=key).first()
    if found:
        return _same(found, payment_reference, currency, amount_minor)
    settlement = wanted.select_related("allotment").first()
    kind, reason = mismatch(settlement, currency, amount_minor, now)
    words = f"{bank_reference} for {payment_reference}"
    if settlement is None or reason:
        entry = _entry(bank_reference, CashEntry.Kind.SUSPENSE, "SUSPENSE", currency, words, amount_minor, now)
        suspense_hold(
            entry=entry,
            amount_minor=amount_minor,
            currency=currency,
            reason=reason,
            bank_reference=bank_reference,
            payment_reference=payment_reference,
            settlement=settlement,
            kind=kind,
        )
    else:
        entry = _entry(bank_reference, CashEntry.Kind.RECEIPT, "BANK_LEG", currency, words, amount_minor, now)
        settlement_machine.move(settlement, "CASH_CONFIRMED", cash_entry=entry)
        allotment_mark_paid(allotment=settlement.allotment, actor=actor, now=now)
    body = {"reference": payment_reference, "amount_minor": amount_minor, "currency": currency, "suspense": reason}
    audit.record(actor=actor, action="cash.receive", subject=f"cash:{bank_reference}", body=body, now=now)
    return entry


def mismatch(
    settlement: SettlementInstruction | None, currency: str, amount_minor: int, now: datetime
) -> tuple[str, str]:
    """The kind of suspense and its reason, or two empty texts; `matching` says the same of whole files."""
    kind = SuspenseItem.Kind
    if settlement is None:
        return kind.UNKNOWN, "no settlement has this payment reference"
    if settlement.state != SettlementInstruction.State.AWAITING_CASH:
        lapsed = settlement.state == SettlementInstruction.State.LAPSED
        return kind.LATE if lapsed else kind.DUPLICATE, f"the settlement is {settlement.state} already"
    if currency != settlement.currency:
        return kind.CURRENCY, f"paid in {currency}, due in {settlement.currency}"
    if now >= settlement.deliver_by:
        return kind.LATE, "the settlement's deadline has passed"
    if amount_minor != settlement.amount_minor:
        short = amount_minor < settlement.amount_minor
        told = f"{'short' if short else 'over'} by {abs(amount_minor - settlement.amount_minor)} minor units"
        return kind.SHORT if short else kind.OVER, told
    return "", ""


def _entry(
    bank_reference: str, kind: str, account: str, currency: str, words: str, amount: int, now: datetime
) -> CashEntry:
    return journal_post(
        key=f"receipt:{bank_reference}",
        kind=kind,
        currency=currency,
        words=words[:200],
        legs=[("BANK", amount), (account, -amount)],
        now=now,
        bank_reference=bank_reference,
    )


def _same(found: CashEntry, payment_reference: str, currency: str, amount_minor: int) -> CashEntry:
    legs = set(found.legs.filter(amount_minor__gt=0).values_list("amount_minor", "account__currency"))
    if legs != {(amount_minor, currency)} or not found.words.endswith(f" for {payment_reference}"):
        raise Refused("This bank reference was booked with other figures.", field="bank_reference", rule="booked once")
    return found
