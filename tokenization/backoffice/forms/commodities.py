"""Forms for series that a commodity backs, and for the documents that must be on file before one opens."""

from __future__ import annotations

from decimal import Decimal

from django import forms

from issuance.authority.instruments import Instrument
from issuance.conditions.models import ConditionPrecedent, Kind
from issuance.programme.models import Programme
from issuance.series.models import Claim, LegalRecord, Series
from tokenization.backoffice.forms.base import Choice, ExactForm, day, whole
from tokenization.backoffice.forms.base import currency as paid_in
from tokenization.kernel.measures import MEASURES

DRAFTS = Series.objects.filter(kind="RESERVE", state="DRAFT").order_by("isin")


def draft_words(series: Series) -> str:
    return f"{series.isin}, {series.name}"


class ReserveSeriesForm(ExactForm):
    AMOUNTS = {"backing": "denomination_minor"}
    programme = Choice(
        "Programme",
        Programme.objects.filter(state="OPEN", currency__in=sorted(MEASURES)),
        lambda row: f"{row.reference}, {row.name}, in {row.currency}",
    )
    isin = forms.CharField(label="ISIN", min_length=12, max_length=12)
    name = forms.CharField(label="Name", max_length=200)
    short_name = forms.CharField(label="Short name", max_length=35)
    currency = forms.ChoiceField(
        label="Commodity",
        choices=[(code, row.words(10**row.digits)) for code, row in MEASURES.items()],
        help_text="What one whole measure is",
    )
    backing = forms.DecimalField(
        label="Backing of one unit",
        min_value=Decimal("0.001"),
        max_digits=24,
        initial=Decimal("0.001"),
        help_text="In whole measures: 0.001 is a thousandth of an ounce",
    )
    payment_currency = paid_in("Paid in")
    claim = forms.ChoiceField(label="What the holder has in law", choices=Claim.choices)
    margin_bps = forms.IntegerField(
        label="Margin held back, ten-thousandths",
        min_value=0,
        max_value=9_999,
        initial=0,
        help_text="Of the quantity attested: 25 is a quarter of one per cent",
    )
    issue_date = day("Issue date")
    maturity_date = day("Long-stop date")
    ceiling_units = whole("Ceiling, units")
    legal_record = forms.ChoiceField(
        label="Which record is the register in law", choices=LegalRecord.choices, initial="NOMINEE"
    )
    legal_instrument = forms.CharField(label="Instrument of law", max_length=200)

    def clean_payment_currency(self) -> str:
        return str(self.cleaned_data["payment_currency"]).upper()


class ConditionForm(forms.Form):
    series = Choice("Series", DRAFTS, draft_words)
    kind = forms.ChoiceField(label="Condition", choices=Kind.choices)
    holder = forms.CharField(
        label="Who holds the title, consents or clears", max_length=200, help_text="For example the federation"
    )
    share = forms.DecimalField(
        label="Share of the title, percent",
        max_digits=5,
        decimal_places=2,
        required=False,
        help_text="Of a title alone; the titles together make 100.00",
    )
    words = forms.CharField(label="What the document says", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    instrument = forms.ChoiceField(
        label="Kind of document", choices=Instrument.choices, help_text="A memorandum carries nothing: it is refused"
    )
    document = forms.FileField(label="The document")
    replaces = Choice(
        "Replaces",
        ConditionPrecedent.objects.filter(series__state="DRAFT", replaced_by=None).select_related("series"),
        lambda row: f"{row.series.isin}: {row}",
        required=False,
        help_text="Only to mend what was recorded wrongly",
    )


class ReserveApprovalForm(forms.Form):
    series = Choice("Series", DRAFTS, draft_words, help_text="Its conditions must be on file: see Conditions precedent")
