"""What the forms share. Amounts are typed in major units and become exact minor units."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet

from tokenization.kernel.errors import Refused
from tokenization.kernel.money import Money


class DateInput(forms.DateInput):
    input_type = "date"


def day(label: str) -> forms.DateField:
    return forms.DateField(label=label, widget=DateInput())


def whole(label: str, help_text: str = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=1, help_text=help_text)


def reason(label: str = "Reason", help_text: str = "") -> forms.CharField:
    return forms.CharField(label=label, max_length=500, widget=forms.Textarea(attrs={"rows": 3}), help_text=help_text)


def reference(label: str) -> forms.CharField:
    return forms.CharField(label=label, max_length=64)


class Choice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A choice among rows, each said in words by `words`."""

    def __init__(self, label: str, queryset: QuerySet[Any], words: Callable[[Any], str] = str, **more: Any) -> None:
        self.words = words
        super().__init__(label=label, queryset=queryset, **more)

    def label_from_instance(self, obj: Any) -> str:
        return self.words(obj)


def amount(label: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        min_value=Decimal("0.01"),
        max_digits=24,
        help_text="In full currency units, for example 250000000.00",
    )


def currency(label: str = "Currency") -> forms.CharField:
    return forms.CharField(label=label, min_length=3, max_length=3, initial="PKR", help_text="Three letters, ISO 4217")


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
