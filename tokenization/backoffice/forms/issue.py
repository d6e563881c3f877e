"""Forms of the debt office: mandate, series, sale."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from issuance.allotment.models import Offer
from issuance.auction.models import Auction
from issuance.authority.instruments import Instrument
from issuance.authority.models import Basis, BudgetEnvelope, Kind, LegalAuthority, Measure
from issuance.maths.bond_conventions import BOND_CONVENTIONS
from issuance.maths.calendars import CALENDARS
from issuance.maths.conventions import CONVENTIONS
from issuance.programme.models import Programme
from issuance.series.models import DebtKind, LegalRecord, Series
from tokenization.backoffice.forms.base import Choice, ExactForm, amount, currency, day, whole
from tokenization.theme import figures

_MEASURE = [(value, label) for value, label in Measure.choices]
_CONVENTIONS = [(name, f"{name}: {rule.source}") for name, rule in (CONVENTIONS | BOND_CONVENTIONS).items()]


def _tenors() -> str:
    """'PK-MTB 28, 84, 182 or 364 days after issue; PK-PIB 3, 5 ... years', of every convention that has some."""
    bills = [(rule.name, rule.tenors, "days") for rule in CONVENTIONS.values()]
    bonds = [(rule.name, rule.tenor_years, "years") for rule in BOND_CONVENTIONS.values() if rule.tenor_years]
    return "; ".join(f"{name} {_either(found)} {unit}" for name, found, unit in [*bills, *bonds])


def _either(numbers: tuple[int, ...]) -> str:
    *first, last = map(str, numbers)
    return f"{', '.join(first)} or {last}" if first else last


def series_words(series: Series) -> str:
    return f"{series.isin}, {series.short_name}, matures {figures.day(series.maturity_date)}"


class AuthorityForm(ExactForm):
    AMOUNTS = {"ceiling": "ceiling_minor"}
    reference = forms.CharField(label="Reference", max_length=60)
    title = forms.CharField(label="Title", max_length=200)
    law = forms.CharField(label="Law and section", max_length=200)
    instrument = forms.ChoiceField(
        label="Kind of document",
        choices=Instrument.choices,
        initial=Instrument.STATUTE,
        help_text="A memorandum is no authority: it is refused",
    )
    kind = forms.ChoiceField(
        label="Kind",
        choices=Kind.choices,
        help_text="One borrows in a currency; one disposes of a commodity, or pledges it, in its measure (XAU, OIL)",
    )
    measure = forms.ChoiceField(label="What the ceiling measures", choices=_MEASURE)
    basis = forms.ChoiceField(label="Counted in", choices=Basis.choices)
    currency = currency()
    ceiling = amount("Ceiling")
    restores_on_redemption = forms.BooleanField(label="Redemption gives headroom back", required=False, initial=True)
    valid_from = day("Valid from")
    valid_until = day("Valid until")


class EnvelopeForm(ExactForm):
    AMOUNTS = {"amount": "amount_minor"}
    authority = Choice(
        "Legal authority",
        LegalAuthority.objects.filter(state="IN_FORCE"),
        lambda row: f"{row.reference}, {row.title}",
        ends="valid_until",
    )
    budget_year = forms.CharField(label="Budget year", max_length=9, help_text="For example 2026-27")
    starts_on = day("Starts on")
    ends_on = day("Ends on")
    currency = currency()
    amount = amount("Amount")


class ProgrammeForm(ExactForm):
    AMOUNTS = {"ceiling": "ceiling_minor"}
    envelope = Choice(
        "Budget envelope",
        BudgetEnvelope.objects.filter(state="OPEN").select_related("authority"),
        lambda row: f"{row.authority.reference}, {row.budget_year}",
        ends="ends_on",
    )
    reference = forms.CharField(label="Reference", max_length=60)
    name = forms.CharField(label="Name", max_length=200)
    currency = currency()
    ceiling = amount("Ceiling")


class SeriesForm(ExactForm):
    AMOUNTS = {"denomination": "denomination_minor"}
    programme = Choice(
        "Programme",
        Programme.objects.filter(state="OPEN"),
        lambda row: f"{row.reference}, {row.name}",
        ends="envelope__ends_on",
    )
    isin = forms.CharField(
        label="ISIN",
        min_length=12,
        max_length=12,
        help_text="The security's number, 12 characters, from the national numbering agency; the last is a check digit",
    )
    name = forms.CharField(label="Name", max_length=200)
    short_name = forms.CharField(label="Short name", max_length=35)
    kind = forms.ChoiceField(label="Instrument", choices=DebtKind.choices)
    convention = forms.ChoiceField(label="Price convention", choices=_CONVENTIONS, initial="PK-MTB")
    coupon_pct = forms.DecimalField(
        label="Coupon, percent of face a year",
        max_digits=9,
        decimal_places=6,
        initial=Decimal(0),
        help_text="0 for a bill or a zero-coupon bond",
    )
    currency = currency()
    denomination = amount("Face of one unit")
    issue_date = day("Issue date")
    maturity_date = day("Maturity date", f"After the issue date, by price convention: {_tenors()}. Others: any day")
    ceiling_units = whole("Ceiling, units")
    legal_record = forms.ChoiceField(
        label="Which record is the register in law",
        choices=LegalRecord.choices,
        initial="MIRROR",
        help_text="The one that a court would follow if the two ever differed; the instrument of law below says which",
    )
    legal_instrument = forms.CharField(
        label="Instrument of law",
        max_length=200,
        help_text="The rules, with the number of the rule, or the notification under which it is issued",
    )


class OfferForm(forms.Form):
    series = Choice("Series", Series.objects.filter(state__in=("APPROVED", "LIVE")), series_words, ends="maturity_date")
    price = forms.DecimalField(
        label="Price per 100 face, or of one unit of a reserve",
        max_digits=12,
        decimal_places=4,
        required=False,
        help_text="Debt: give the price or the yield, not both. A unit backed by a commodity has a price alone.",
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
    offer = Choice(
        "Offer",
        Offer.objects.filter(state__in=("OPEN", "CLOSED")),
        ends="series__maturity_date",
        help_text="An open offer is closed first: no further subscriptions.",
    )
    file = forms.FileField(
        label="Allotments, CSV", help_text="Two columns with the headings party,units; one line for each party"
    )


class SeriesChoiceForm(forms.Form):
    series = Choice(
        "Series",
        Series.objects.filter(state__in=("APPROVED", "LIVE"), token_contract=None),
        series_words,
        ends="maturity_date",
    )


class CalendarForm(forms.Form):
    calendar = forms.ChoiceField(label="Calendar", choices=[(name, name) for name in CALENDARS], initial="PK")
    day = day("Day")
    becomes = forms.ChoiceField(
        label="It becomes",
        choices=[("closed", "a holiday: no payment, no settlement"), ("open", "a business day")],
    )
    reason = forms.CharField(label="Reason", max_length=200, help_text="For example the notification of the holiday")


class BidFileForm(forms.Form):
    auction = Choice(
        "Auction", Auction.objects.filter(state="ANNOUNCED").select_related("series").order_by("closes_at")
    )
    file = forms.FileField(
        label="Bids, CSV or XLSX",
        help_text="Columns dealer, bidder, reference, competitive (C or N), face, price or yield; a line for each bid",
    )
