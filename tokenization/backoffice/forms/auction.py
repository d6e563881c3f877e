"""Forms of auctions: the terms that are announced, and the decision that is tried before it is proposed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from issuance.allotment.decisions.clearing import Accept, accept_of
from issuance.auction.models import Auction
from issuance.headroom.selectors import headroom
from issuance.maths.auction.rules import RULES, AuctionRule, Rounding, Variable
from issuance.series.models import Series
from issuance.series.selectors import series_calendar, series_convention
from tokenization.backoffice.forms.base import Choice, amount, day, in_days, minor, reason
from tokenization.backoffice.forms.issue import series_words
from tokenization.identity.models import Party
from tokenization.kernel.errors import Refused
from tokenization.theme import figures

_RULES = [
    (name, f"{name}: {rule.pricing.lower()} price, bids in {rule.variable.lower()}") for name, rule in RULES.items()
]


def instant(label: str, help_text: str = "") -> forms.DateTimeField:
    """Date and time of day to the second, in the zone of the platform."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S")
    return forms.DateTimeField(label=label, widget=widget, help_text=help_text, validators=[in_days])


class AuctionForm(forms.Form):
    series = Choice("Series", Series.objects.filter(state__in=("APPROVED", "LIVE")), series_words, ends="maturity_date")
    rule = forms.ChoiceField(label="Auction rule", choices=_RULES, initial="PK-MTB")
    target = amount("Announced target, face")
    opens_at = instant("Bids from", "Time of Pakistan (PKT)")
    closes_at = instant("Bids until", "Time of Pakistan (PKT); at this instant it is too late")
    settlement_date = day("Settlement date")
    direct_categories = forms.MultipleChoiceField(
        label="Who bids directly",
        choices=Party.Category.choices,
        initial=[Party.Category.PRIMARY_DEALER],
        widget=forms.CheckboxSelectMultiple,
        help_text="Everybody else bids through a dealer",
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["settlement_date"].required = False
        self.fields["settlement_date"].help_text = "Left empty: by the market's own lag after the close"

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        series, target, closes = data.get("series"), data.pop("target", None), data.get("closes_at")
        if series and target is not None:
            try:
                data["target_minor"] = minor(target, series.currency)
            except Refused as error:
                self.add_error("target", str(error))
        if series and closes and not data.get("settlement_date"):
            lag = series_convention(series).settlement_lag
            data["settlement_date"] = series_calendar(series).settlement(timezone.localtime(closes).date(), lag)
        self._within_headroom(series, data)
        return data

    def _within_headroom(self, series: Series | None, data: dict[str, Any]) -> None:
        """More may be accepted than is announced, but nobody announces what the series does not have."""
        target, on = data.get("target_minor"), data.get("settlement_date")
        if series is None or target is None or on is None:
            return
        free = headroom(series, on=on, until=series.maturity_date).free
        if target > free * series.denomination_minor:
            face = figures.money(max(free, 0) * series.denomination_minor, series.currency)
            words = f"The series has {face} of face free on {figures.day(on)}: {figures.units(max(free, 0))} units."
            self.add_error("target", f"{words} Announce at most that, or propose a larger series.")


class AuctionCancelForm(forms.Form):
    auction = Choice(
        "Auction",
        Auction.objects.filter(state="ANNOUNCED").select_related("series"),
        help_text="One that is not announced yet ends when its proposal is withdrawn or rejected",
    )
    reason = reason("Reason", "It stands in the audit log")


_ROUNDED = {
    Rounding.NEAREST: "to the nearest multiple",
    Rounding.UP: "up to a multiple",
    Rounding.DOWN: "down to a multiple",
}


def sharing_words(rule: AuctionRule) -> str:
    """How shares at the cut-off are rounded, and so why their sum may differ from the amount."""
    shares = rule.pro_rata
    small = f"; bids of at most {figures.units(shares.full_up_to)} are filled whole" if shares.full_up_to else ""
    rounded = f"Shares at the cut-off are rounded {_ROUNDED[shares.rounding]} of {figures.units(shares.block)}{small}"
    return f"{rounded}. What is taken may differ from the amount, above or below."


class DecisionForm(forms.Form):
    """What to accept. Sent by GET to look at the effect, by POST to propose it."""

    cut_off = forms.DecimalField(required=False, max_digits=12, decimal_places=6)
    amount = forms.DecimalField(
        label="Amount, face", required=False, min_value=Decimal(1), max_digits=18, decimal_places=0
    )
    pro_rata = forms.BooleanField(label="Share the amount at the cut-off pro rata", required=False)
    reject = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, rule: AuctionRule, **more: Any) -> None:
        super().__init__(*args, **more)
        words = "Lowest price accepted" if rule.variable is Variable.PRICE else "Highest yield accepted, percent"
        self.fields["cut_off"].label = words
        self.fields["amount"].help_text = sharing_words(rule)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        given = data.get("cut_off") is not None or data.get("amount") is not None
        if not given and not data.get("reject") and not self.errors:
            self.add_error("cut_off", "Give a cut-off, an amount, or both.")
        if data.get("pro_rata") and data.get("amount") is None:
            self.add_error("amount", "Give the amount that the cut-off is shared down to.")
        return data

    def accept(self, auction: Auction) -> Accept:
        """The decision in the document's words; None rejects all bids."""
        if self.cleaned_data.get("reject"):
            return None
        face = self.cleaned_data.get("amount")
        return accept_of(
            auction,
            cut_off=self.cleaned_data.get("cut_off"),
            amount=None if face is None else int(face),
            pro_rata=None if face is None else bool(self.cleaned_data.get("pro_rata")),
        )
