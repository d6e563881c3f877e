"""The forms by which officers propose. Amounts are typed in major units and become exact minor units."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from custody.reconciliation.models import Break
from custody.servicing.models import RedemptionEvent
from custody.settlement.models import SettlementInstruction, SuspenseItem
from custody.tokenisation.models import TokenContract
from issuance.allotment.models import Offer
from issuance.authority.models import Basis, BudgetEnvelope, Kind, LegalAuthority, Measure
from issuance.programme.models import Programme
from issuance.series.models import LegalRecord, Series
from tokenization.kernel.errors import Refused
from tokenization.kernel.money import Money

_MEASURE = [(value, label) for value, label in Measure.choices]


class DateInput(forms.DateInput):
    input_type = "date"


def day(label: str) -> forms.DateField:
    return forms.DateField(label=label, widget=DateInput())


def whole(label: str, help_text: str = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=1, help_text=help_text)


def amount(label: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        min_value=Decimal("0.01"),
        max_digits=24,
        help_text="In full currency units, for example 250000000.00",
    )


def currency() -> forms.CharField:
    return forms.CharField(
        label="Currency", min_length=3, max_length=3, initial="PKR", help_text="Three letters, ISO 4217"
    )


def minor(amount_typed: Decimal | str, code: str) -> int:
    """Minor units of the typed amount. Refused when it is more precise than the currency."""
    return Money.of(amount_typed, code).minor


class ExactForm(forms.Form):
    """Turns (amount, currency) pairs into minor units; the error stands at the field that caused it."""

    AMOUNTS: dict[str, str] = {}

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        code = str(data.get("currency") or "").upper()
        if "currency" in self.fields:
            data["currency"] = code
        for name, target in self.AMOUNTS.items():
            if data.get(name) is None:
                continue
            try:
                data[target] = minor(data.pop(name), code)
            except Refused as error:
                self.add_error("currency" if error.field == "currency" else name, str(error))
        return data


class AuthorityForm(ExactForm):
    AMOUNTS = {"ceiling": "ceiling_minor"}
    reference = forms.CharField(label="Reference", max_length=60)
    title = forms.CharField(label="Title", max_length=200)
    law = forms.CharField(label="Law and section", max_length=200)
    kind = forms.ChoiceField(label="Kind", choices=Kind.choices)
    measure = forms.ChoiceField(label="What the ceiling measures", choices=_MEASURE)
    basis = forms.ChoiceField(label="Counted in", choices=Basis.choices)
    currency = currency()
    ceiling = amount("Ceiling")
    restores_on_redemption = forms.BooleanField(label="Redemption gives headroom back", required=False, initial=True)
    valid_from = day("Valid from")
    valid_until = day("Valid until")


class EnvelopeForm(ExactForm):
    AMOUNTS = {"amount": "amount_minor"}
    authority = forms.ModelChoiceField(
        label="Legal authority", queryset=LegalAuthority.objects.filter(state="IN_FORCE")
    )
    budget_year = forms.CharField(label="Budget year", max_length=9, help_text="For example 2026-27")
    starts_on = day("Starts on")
    ends_on = day("Ends on")
    currency = currency()
    amount = amount("Amount")


class ProgrammeForm(ExactForm):
    AMOUNTS = {"ceiling": "ceiling_minor"}
    envelope = forms.ModelChoiceField(label="Budget envelope", queryset=BudgetEnvelope.objects.filter(state="OPEN"))
    reference = forms.CharField(label="Reference", max_length=60)
    name = forms.CharField(label="Name", max_length=200)
    currency = currency()
    ceiling = amount("Ceiling")


class SeriesForm(ExactForm):
    AMOUNTS = {"denomination": "denomination_minor"}
    programme = forms.ModelChoiceField(label="Programme", queryset=Programme.objects.filter(state="OPEN"))
    isin = forms.CharField(label="ISIN", min_length=12, max_length=12)
    name = forms.CharField(label="Name", max_length=200)
    short_name = forms.CharField(label="Short name", max_length=35)
    currency = currency()
    denomination = amount("Face of one unit")
    issue_date = day("Issue date")
    maturity_date = day("Maturity date")
    ceiling_units = whole("Ceiling, units")
    legal_record = forms.ChoiceField(
        label="Which record is the register in law", choices=LegalRecord.choices, initial="MIRROR"
    )
    legal_instrument = forms.CharField(label="Instrument of law", max_length=200)


class OfferForm(forms.Form):
    series = forms.ModelChoiceField(label="Series", queryset=Series.objects.filter(state__in=("APPROVED", "LIVE")))
    price = forms.DecimalField(
        label="Price per 100 face",
        max_digits=12,
        decimal_places=4,
        required=False,
        help_text="Give the price or the yield, not both",
    )
    yield_pct = forms.DecimalField(label="Yield, percent", max_digits=9, decimal_places=4, required=False)
    settlement_date = day("Settlement date")
    target_units = whole("Target, units")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if (data.get("price") is None) == (data.get("yield_pct") is None):
            self.add_error("price", "Give either the price or the yield: one follows from the other.")
        return data


class AllotmentForm(forms.Form):
    offer = forms.ModelChoiceField(
        label="Offer",
        queryset=Offer.objects.filter(state__in=("OPEN", "CLOSED")),
        help_text="An open offer is closed first: no further subscriptions.",
    )
    file = forms.FileField(
        label="Allotments, CSV", help_text="Two columns with the headings party,units; one line for each party"
    )


class SeriesChoiceForm(forms.Form):
    series = forms.ModelChoiceField(
        label="Series", queryset=Series.objects.filter(state__in=("APPROVED", "LIVE"), token_contract=None)
    )


class TokenForm(forms.Form):
    token = forms.ModelChoiceField(label="Security", queryset=TokenContract.objects.filter(state="LIVE"))


class RedemptionForm(forms.Form):
    event = forms.ModelChoiceField(label="Redemption", queryset=RedemptionEvent.objects.filter(state="RECORDED"))


class RefundForm(forms.Form):
    settlement = forms.ModelChoiceField(
        label="Purchase", queryset=SettlementInstruction.objects.filter(state="WITHDRAWN")
    )


class SuspenseForm(forms.Form):
    suspense = forms.ModelChoiceField(label="Money in suspense", queryset=SuspenseItem.objects.filter(state="HELD"))


class BreakForm(forms.Form):
    reason = forms.CharField(label="What was found and done", max_length=500, widget=forms.Textarea)


# "break" is a word of the language and cannot be written as a class attribute.
BreakForm.base_fields = {
    "break": forms.ModelChoiceField(label="Break", queryset=Break.objects.filter(state="OPEN")),
    **BreakForm.base_fields,
}
