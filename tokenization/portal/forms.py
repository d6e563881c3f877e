"""The bid form: what is typed is kept, what is wrong is named at its field with its rule."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from decimal import Decimal
from math import lcm
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from issuance.auction.models import Auction
from issuance.bid.entry import check_words
from issuance.bid.models import Bid
from issuance.bid.rules import BidRules, Quote
from issuance.maths.auction.rules import Variable
from tokenization.kernel.errors import Refused
from tokenization.portal.auctions import whole
from tokenization.portal.bidding import Side
from tokenization.portal.filling import Filled, minor_typed
from tokenization.theme.figures import money
from tokenization.theme.told import told

_NUMBER = re.compile(r"-?\d{1,3}(?:\.\d{1,12})?")


class BidForm(Filled):
    """`sides` is who may bid for whom; with `bid` it amends that one, whose side stays."""

    FIELDS = {"face_minor": "face", "dealer": "side", "bidder": "side"}

    side = forms.ChoiceField(label=lazy("Bid for"), widget=forms.RadioSelect)
    competitive = forms.ChoiceField(
        label=lazy("Kind of bid"),
        choices=[("yes", lazy("With a price")), ("no", lazy("Without a price (non-competitive)"))],
        widget=forms.RadioSelect,
        initial="yes",
    )
    face = forms.CharField(label=lazy("Face amount"), max_length=40)
    price = forms.CharField(label=lazy("Price per 100 of face"), required=False, max_length=20)
    yield_pct = forms.CharField(label=lazy("Yield in percent a year"), required=False, max_length=20)
    reference = forms.CharField(label=lazy("Your reference"), required=False, max_length=35)
    key = forms.CharField(widget=forms.HiddenInput, max_length=100)

    def __init__(
        self, auction: Auction, sides: Sequence[Side], *args: Any, bid: Bid | None = None, **kwargs: Any
    ) -> None:
        kwargs.setdefault("initial", {})
        kwargs["initial"] = {"key": secrets.token_urlsafe(24), **kwargs["initial"]}
        super().__init__(*args, **kwargs)
        self.auction, self.bid, self.rules = auction, bid, BidRules(auction)
        self.sides = {side.value: side for side in sides}
        choices = self.fields["side"]
        assert isinstance(choices, forms.ChoiceField)  # noqa: S101 narrowed for the type checker
        choices.choices = [(side.value, side.label) for side in sides]
        if len(self.sides) == 1:
            choices.initial = next(iter(self.sides))
        if bid is not None:
            del self.fields["reference"]
        self._say()

    def _say(self) -> None:
        rule, currency = self.rules.rule, self.auction.series.currency
        self.fields["face"].help_text = _("At least %(least)s, in multiples of %(multiple)s. Commas are welcome.") % {
            "least": whole(rule.minimum, currency),
            "multiple": whole(rule.multiple, currency),
        }
        by_price = rule.variable is Variable.PRICE
        first, second = ("price", "yield_pct") if by_price else ("yield_pct", "price")
        ticks = {"price": self.rules.ticks.price, "yield_pct": self.rules.ticks.yield_pct}
        self.fields[first].help_text = _("At most %(ticks)s decimals.") % {"ticks": ticks[first]}
        self.fields[second].help_text = _("You may name this instead; at most %(ticks)s decimals.") % {
            "ticks": ticks[second]
        }
        if "reference" in self.fields:
            self.fields["reference"].help_text = _("For your own books: letters, digits, spaces and . _ / -")

    def clean_face(self) -> int:
        return minor_typed(self.cleaned_data["face"], self.auction.series.currency)

    def clean_reference(self) -> str:
        said = str(self.cleaned_data["reference"]).strip()
        try:
            check_words(said, key="any")
        except Refused as refusal:
            raise forms.ValidationError(told(refusal)) from refusal
        return said

    def clean_price(self) -> Decimal | None:
        return self._number("price", "97.4217")

    def clean_yield_pct(self) -> Decimal | None:
        return self._number("yield_pct", "11.5")

    def _number(self, name: str, example: str) -> Decimal | None:
        typed = str(self.cleaned_data[name]).strip().removesuffix("%").strip()
        if not typed:
            return None
        if not _NUMBER.fullmatch(typed):
            raise forms.ValidationError(
                _("“%(typed)s” is not a number of this kind. Write it like %(example)s.")
                % {"typed": typed, "example": example}
            )
        return Decimal(typed)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if not self.errors:
            for broken in self.rules.broken(self.quote):
                words = self._between() if broken.rule == "bid.multiple" else told(broken.message)
                self.add_error(self.FIELDS.get(broken.field, broken.field), words)
        return found

    def _between(self) -> str:
        """What may be bid instead: the multiples below and above what was typed."""
        auction, face = self.auction, self.cleaned_data["face"]
        currency = auction.series.currency
        step = lcm(self.rules.rule.multiple * self.rules.per_unit, auction.series.denomination_minor)
        below = face - face % step
        said = {"step": money(step, currency), "below": money(below, currency), "above": money(below + step, currency)}
        if below < self.rules.rule.minimum * self.rules.per_unit:
            return _("The face is a multiple of %(step)s. Next above: %(above)s.") % said
        return _("The face is a multiple of %(step)s. Next below: %(below)s; next above: %(above)s.") % said

    @property
    def quote(self) -> Quote:
        said = self.cleaned_data
        return Quote(said["face"], said["competitive"] == "yes", said["price"], said["yield_pct"])

    @property
    def chosen(self) -> Side:
        return self.sides[self.cleaned_data["side"]]
