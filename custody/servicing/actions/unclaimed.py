"""Money that nobody could be paid leaves the reserve by decision of two, to the holder's verified account."""

from __future__ import annotations

from datetime import datetime

from custody.servicing.actions.reading import one_item
from custody.servicing.models import BankAccount, Payment, payment_machine
from custody.servicing.selectors import account_of
from custody.settlement.models import CashAccount, CashEntry
from custody.settlement.services import journal_post
from tokenization.identity.approvals import ApprovalItemDraft, Payload, Preview
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.errors import Refused
from tokenization.kernel.locks import lock_rows
from tokenization.kernel.money import Money
from tokenization.kernel.secrets import masked

Kind = CashAccount.Kind


class UnclaimedPay:
    """Payload: {"payment": id}. Pays an unclaimed amount to the account that the holder has by now."""

    name = "custody.servicing.UnclaimedPay"
    title = "Pay unclaimed money"
    maker_power = Power.REFUND_DRAFT
    checker_power = Power.REFUND_APPROVE
    two_houses = False

    def check(self, payload: Payload, *, now: datetime) -> None:
        payment = _payment(payload)
        if payment.state != Payment.State.RESERVED:
            raise Refused(f"This payment is {payment.state}.", field="payment", rule="unclaimed")
        _account(payment, now)

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        payment = _payment(payload)
        account, series = _account(payment, now), payment.entitlement.event.token.series
        money = Money(payment.amount_minor, series.payment_currency).format()
        return Preview(
            rows=[(f"{payment.entitlement.party}, {series.isin}", "unclaimed", f"{money} to {masked(account.iban)}")]
        )

    def items(self, payload: Payload) -> list[ApprovalItemDraft]:
        payment = _payment(payload)
        return one_item({"payment": payment.pk, "amount_minor": payment.amount_minor})

    def subject(self, payload: Payload) -> str:
        return f"unclaimed:{_payment(payload).entitlement.event.token.series.isin}"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        lock_rows(Payment.objects.filter(pk=_payment(payload).pk))
        self.check(payload, now=now)
        payment = _payment(payload)
        amount, key = payment.amount_minor, f"unclaimed:{payment.pk}"
        entry = journal_post(
            key=key,
            kind=CashEntry.Kind.UNCLAIMED,
            words=f"Unclaimed money paid, {payment.entitlement.event.token.series.isin}",
            currency=payment.entitlement.event.token.series.payment_currency,
            legs=((Kind.UNCLAIMED, amount), (Kind.BANK, -amount)),
            now=now,
            bank_reference=key,
        )
        payment_machine.move(payment, "PAID", bank_reference=key, cash_entry=entry, account=_account(payment, now))


def _payment(payload: Payload) -> Payment:
    rows = Payment.objects.select_related("entitlement__party", "entitlement__event__token__series")
    found = rows.filter(pk=int(payload.get("payment") or 0)).first()
    if found is None:
        raise Refused("There is no such payment.", field="payment", rule="payment exists")
    return found


def _account(payment: Payment, now: datetime) -> BankAccount:
    party = payment.entitlement.party
    found = account_of(party, now) if party else None
    if found is None:
        raise Refused(
            "The holder has no verified bank account.",
            field="payment",
            rule="verified account",
            next_step="Compliance verifies one first.",
        )
    return found
