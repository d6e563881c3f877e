"""Coupons, redemption and tax: what is opened, funded, released and paid, and by whom."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from custody.servicing.models import ServicingEvent
from custody.servicing.services import (
    coupon_open,
    event_fund,
    event_fund_in_tokens,
    payments_confirm,
    payments_prepare,
    redemption_open,
    tax_deposit,
)
from tokenization.backoffice.forms import servicing as forms
from tokenization.backoffice.forms.base import minor
from tokenization.backoffice.tasks.base import Do, Recorded, Task, named
from tokenization.identity.approvals import approval_propose
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.theme import figures

GROUP, TAX = "Coupons and redemption", "Tax and bank accounts"


def _opened(event: ServicingEvent) -> Recorded:
    return Recorded(
        f"Opened: {event.title.lower()} of {event.token.series.isin}. Holders are recorded at "
        f"{figures.when(event.record_at)}; it is paid on {figures.day(event.payment_date)}."
    )


def _coupon(*, actor: User, now: datetime, **fields: Any) -> Recorded:
    return _opened(coupon_open(**fields, actor=actor, now=now))


def _redemption(*, actor: User, now: datetime, **fields: Any) -> Recorded:
    return _opened(redemption_open(**fields, actor=actor, now=now))


def _fund(
    *, event: ServicingEvent, amount_received: Decimal | None, bank_reference: str, actor: User, now: datetime
) -> Recorded:
    currency = event.token.series.payment_currency
    amount = None if amount_received is None else minor(amount_received, currency, field="amount_received")
    booked = event_fund(event=event, amount_minor=amount, bank_reference=bank_reference, actor=actor, now=now)
    money = figures.money(booked.amount_minor, currency)
    return Recorded(f"Recorded: {money} set aside for the holders of {event.token.series.isin}.")


def _tokens(*, event: ServicingEvent, actor: User, now: datetime) -> Recorded:
    done = event_fund_in_tokens(event=event, actor=actor, now=now)
    return Recorded(
        f"Set aside: {figures.money(done.amount_minor, event.token.series.payment_currency)} in cash tokens."
    )


def _prepare(*, event: ServicingEvent, actor: User, now: datetime) -> Recorded:
    changed = payments_prepare(event=event, actor=actor, now=now)
    return Recorded(f"{figures.units(changed)} payments take another channel now." if changed else "Nothing changed.")


def _run(*, event: ServicingEvent, bank_reference: str, actor: User, now: datetime) -> Recorded:
    count = payments_confirm(event=event, bank_reference=bank_reference, actor=actor, now=now)
    return Recorded(f"Recorded as paid: {figures.units(count)} payments of {event.token.series.isin}.")


def _deposit(*, currency: str, amount_minor: int, bank_reference: str, actor: User, now: datetime) -> Recorded:
    tax_deposit(currency=currency, amount_minor=amount_minor, bank_reference=bank_reference, actor=actor, now=now)
    return Recorded(f"Recorded: {figures.money(amount_minor, currency)} deposited with the tax authority.")


def _dated(action: str) -> Do:
    """Propose with the form's fields, days as text."""

    def do(*, actor: User, now: datetime, **fields: Any) -> Approval:
        until = fields.pop("valid_until")
        payload = {name: getattr(value, "pk", value) for name, value in fields.items()}
        payload |= {"valid_from": fields["valid_from"].isoformat(), "valid_until": until.isoformat() if until else ""}
        return approval_propose(action=action, payload=payload, actor=actor, now=now)

    return do


SERVICING = [
    Task(
        "coupon-open",
        GROUP,
        "Open a coupon",
        "Fixes when the holders are recorded and when they are paid. The platform opens each one by itself in time.",
        Power.REDEEM_DRAFT,
        forms.CouponOpenForm,
        _coupon,
        "Open",
    ),
    Task(
        "redemption-open",
        GROUP,
        "Open a redemption",
        "Fixes when the holders are recorded and when they are paid. It pays and burns nothing.",
        Power.REDEEM_DRAFT,
        forms.RedemptionOpenForm,
        _redemption,
        "Open",
    ),
    Task(
        "redemption",
        GROUP,
        "Burn the units at maturity",
        "Burns the units of all holders as of the record block. It waits for no payment, and no payment for it.",
        Power.REDEEM_DRAFT,
        forms.BurnForm,
        named("custody.servicing.RedemptionApprove"),
    ),
    Task(
        "funding",
        GROUP,
        "Fund a coupon or redemption",
        "The treasury's money for the holders has reached the settlement account.",
        Power.CASH_CONFIRM,
        forms.FundingForm,
        _fund,
        "Record the funding",
    ),
    Task(
        "funding-in-tokens",
        GROUP,
        "Set cash tokens aside",
        "From the treasury's wallet, for all that an event pays to wallets.",
        Power.CASH_CONFIRM,
        forms.TokensForm,
        _tokens,
        "Set aside",
    ),
    Task(
        "prepare",
        GROUP,
        "Choose the channels again",
        "After an account was verified: payments that are not released yet go to it.",
        Power.REDEEM_DRAFT,
        forms.EventForm,
        _prepare,
        "Choose again",
    ),
    Task(
        "payment-release",
        GROUP,
        "Release the payments",
        "Makes every payment due and withholds the tax. Refused until the treasury's money is booked in full.",
        Power.REDEEM_DRAFT,
        forms.EventForm,
        named("custody.servicing.PaymentRelease"),
    ),
    Task(
        "run-paid",
        GROUP,
        "The bank has paid the run",
        "Every payment by bank of one event that is still due was carried out under one reference.",
        Power.CASH_CONFIRM,
        forms.RunPaidForm,
        _run,
        "Record as paid",
    ),
    Task(
        "unclaimed",
        GROUP,
        "Pay unclaimed money",
        "To a holder who could not be paid on the day, and has a verified account by now.",
        Power.REFUND_DRAFT,
        forms.UnclaimedForm,
        named("custody.servicing.UnclaimedPay"),
    ),
    Task(
        "bank-account",
        TAX,
        "Bank account of a holder",
        "Where he is paid by bank. Two persons of compliance verify it.",
        Power.PAYEE_DRAFT,
        forms.AccountForm,
        named("custody.servicing.BankAccountVerify"),
    ),
    Task(
        "tax-status",
        TAX,
        "Tax status of a holder",
        "Without one the highest rate is withheld.",
        Power.PAYEE_DRAFT,
        forms.TaxStatusForm,
        _dated("custody.servicing.TaxStatusSet"),
    ),
    Task(
        "tax-rate",
        TAX,
        "Tax rate",
        "What is withheld from holders of one status, on one kind of security, from a day on.",
        Power.TAX_DRAFT,
        forms.TaxRuleForm,
        _dated("custody.servicing.TaxRuleSet"),
    ),
    Task(
        "tax-back",
        TAX,
        "Give tax back",
        "To a holder whose status was another one than was known on the record date.",
        Power.TAX_DRAFT,
        forms.TaxReverseForm,
        named("custody.servicing.TaxReverse"),
    ),
    Task(
        "tax-deposit",
        TAX,
        "Tax deposited",
        "What was withheld has reached the tax authority.",
        Power.CASH_CONFIRM,
        forms.DepositForm,
        _deposit,
        "Record the deposit",
    ),
]
