"""Forms of coupons, redemption and tax, and of the accounts to which holders are paid."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from custody.servicing.models import Entitlement, Payment, ServicingEvent
from custody.servicing.models.tax import HolderStatus, TaxBase
from custody.tokenisation.models import TokenContract
from issuance.series.models import DebtKind as Instrument
from tokenization.backoffice.forms.base import Choice, ExactForm, amount, currency, day, reason, reference, whole
from tokenization.backoffice.forms.custody import token_words
from tokenization.identity.models import Party
from tokenization.theme import figures


def event_words(event: ServicingEvent) -> str:
    series = event.token.series
    due = "" if event.total_minor is None else f", {figures.money(event.total_minor, series.payment_currency)}"
    return f"{series.isin}, {event.title.lower()}{due}, payable {figures.day(event.payment_date)}"


def payment_words(row: Payment) -> str:
    event = row.entitlement.event
    series = event.token.series
    money, due = figures.money(row.amount_minor, series.payment_currency), figures.day(event.payment_date)
    return f"{row.entitlement.party}, {series.isin}, {event.title.lower()} of {due}, {money}"


def entitlement_words(row: Entitlement) -> str:
    series = row.event.token.series
    tax = figures.money(row.tax_minor, series.payment_currency)
    return f"{row.party}, {series.isin}, {row.event.title.lower()}, tax {tax}"


def _events(**where: Any) -> QuerySet[ServicingEvent]:
    return ServicingEvent.objects.filter(**where).select_related("token__series").order_by("payment_date", "pk")


def _live() -> QuerySet[TokenContract]:
    return TokenContract.objects.filter(state="LIVE", series__isnull=False).select_related("series")


class CouponOpenForm(forms.Form):
    token = Choice("Security", _live().filter(series__coupon_pct__gt=0), token_words)
    sequence = whole("Number of the coupon", "1 is the first one of the security", most=1_000)
    rail = forms.ChoiceField(label="Paid", choices=ServicingEvent.Rail.choices)


class RedemptionOpenForm(forms.Form):
    token = Choice("Security", _live().exclude(servicing_events__kind="REDEMPTION"), token_words)
    rail = forms.ChoiceField(label="Paid", choices=ServicingEvent.Rail.choices)


class BurnForm(forms.Form):
    event = Choice(
        "Redemption",
        _events(kind="REDEMPTION", burn_approval=None, state__in=["RECORDED", "RELEASED"]),
        event_words,
    )


class EventForm(forms.Form):
    event = Choice("Coupon or redemption", _events(state="RECORDED", total_minor__gt=0), event_words)


class TokensForm(forms.Form):
    event = Choice("Coupon or redemption", _events(state="RECORDED", rail="TOKEN", total_minor__gt=0), event_words)


class FundingForm(EventForm):
    amount_received = amount("Amount received: empty if all that is missing has come", required=False)
    bank_reference = reference("Bank reference of the treasury's payment")


class InTokensForm(forms.Form):
    event = Choice("Coupon or redemption", _events(state="RELEASED", rail="TOKEN"), event_words)


class RunPaidForm(forms.Form):
    event = Choice("Coupon or redemption", _events(state="RELEASED"), event_words)
    bank_reference = reference("Bank reference of the whole run")


class UnclaimedForm(forms.Form):
    payment = Choice(
        "Unclaimed money",
        Payment.objects.filter(state="RESERVED").select_related(
            "entitlement__party", "entitlement__event__token__series"
        ),
        payment_words,
    )


class DepositForm(ExactForm):
    AMOUNTS = {"amount": "amount_minor"}
    currency = currency()
    amount = amount("Tax deposited")
    bank_reference = reference("Bank reference of the deposit")


class AccountForm(forms.Form):
    party = Choice("Holder", Party.objects.order_by("reference"))
    iban = forms.CharField(label="IBAN", max_length=42)
    title = forms.CharField(label="Name of the account", max_length=140)
    currency = currency()
    source = forms.CharField(label="How it was verified", max_length=200)

    def clean_iban(self) -> str:
        return str(self.cleaned_data["iban"]).replace(" ", "").upper()


class _DatedForm(forms.Form):
    source = forms.CharField(label="Source", max_length=200, help_text="The law, circular or document, with its date")
    valid_from = day("From")
    valid_until = day("Until, that day not included")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["valid_until"].required = False


class TaxRuleForm(_DatedForm):
    status = forms.ChoiceField(label="Holder status", choices=HolderStatus.choices)
    instrument = forms.ChoiceField(label="Security", choices=Instrument.choices)
    base = forms.ChoiceField(label="Withheld on", choices=TaxBase.choices)
    rate_bp = forms.IntegerField(
        label="Rate in basis points", min_value=0, max_value=10_000, help_text="1500 is 15 percent"
    )
    field_order = ("status", "instrument", "base", "rate_bp")


class TaxStatusForm(_DatedForm):
    party = Choice("Holder", Party.objects.order_by("reference"))
    status = forms.ChoiceField(label="Tax status", choices=HolderStatus.choices)
    field_order = ("party", "status")


class TaxReverseForm(forms.Form):
    entitlement = Choice(
        "Tax withheld",
        Entitlement.objects.filter(tax_minor__gt=0, event__release_approval__isnull=False).select_related(
            "party", "event__token__series"
        ),
        entitlement_words,
    )
    status = forms.ChoiceField(label="The right status", choices=HolderStatus.choices)
    reason = reason("Why the status was another one")
