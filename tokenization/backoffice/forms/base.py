"""What the forms share. Amounts are typed in major units and become exact minor units."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet

from tokenization.kernel import clock
from tokenization.kernel.bounds import DAYS, LARGEST_UNITS, check_minor, is_day
from tokenization.kernel.errors import Refused
from tokenization.kernel.money import Money

ZONE = "Asia/Karachi"
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")


class DateInput(forms.DateInput):
    input_type = "date"


def in_days(value: date) -> None:
    """A validator: the day, or the day of the instant, is one that is kept."""
    if not is_day(value.date() if isinstance(value, datetime) else value):
        raise forms.ValidationError(f"Write a day {DAYS}.")


def day(label: str, help_text: str = "") -> forms.DateField:
    return forms.DateField(label=label, widget=DateInput(), validators=[in_days], help_text=help_text)


def whole(label: str, help_text: str = "", most: int = LARGEST_UNITS) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=1, max_value=most, help_text=help_text)


class TypedDecimal(forms.DecimalField):
    """A number as people type it: digits grouped in threes are welcome."""

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        said = str(value).strip() if value is not None else value
        return super().to_python(said.replace(",", "") if said and _GROUPED.fullmatch(said) else said)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """A text field: a browser's number field would refuse the commas."""
        return {**super().widget_attrs(widget), "inputmode": "decimal"}


def reason(label: str = "Reason", help_text: str = "") -> forms.CharField:
    return forms.CharField(label=label, max_length=500, widget=forms.Textarea(attrs={"rows": 3}), help_text=help_text)


def reference(label: str) -> forms.CharField:
    return forms.CharField(label=label, max_length=64)


class Choice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A choice among rows, each said in words by `words`; with `ends`, only those whose last day is not over. `first`
    says what comes first where there is nothing to choose."""

    def __init__(
        self,
        label: str,
        queryset: QuerySet[Any],
        words: Callable[[Any], str] = str,
        *,
        ends: str = "",
        first: str = "",
        **more: Any,
    ) -> None:
        self.words, self.ends, self.first = words, ends, first
        super().__init__(label=label, queryset=queryset, **more)

    def __deepcopy__(self, memo: dict[Any, Any]) -> Choice:
        """Every form gets its own field: the day that it looks at is the day on which it is opened."""
        own: Choice = super().__deepcopy__(memo)
        if self.ends and own.queryset is not None:
            own.queryset = own.queryset.filter(**{f"{self.ends}__gte": clock.today(ZONE)})
        return own

    def label_from_instance(self, obj: Any) -> str:
        return self.words(obj)


def amount(
    label: str,
    *,
    least: Decimal = Decimal("0.01"),
    required: bool = True,
    help_text: str = "In full currency units, for example 250,000,000.00",
    **more: Any,
) -> forms.DecimalField:
    return TypedDecimal(
        label=label,
        min_value=least,
        required=required,
        max_digits=24,
        widget=forms.TextInput,
        help_text=help_text,
        **more,
    )


def currency(label: str = "Currency") -> forms.CharField:
    return forms.CharField(label=label, min_length=3, max_length=3, initial="PKR", help_text="Three letters, ISO 4217")


def minor(amount_typed: Decimal | str, code: str, *, field: str = "amount") -> int:
    """Minor units of the typed amount. Refused when it is more precise than the currency, or larger than is kept."""
    found = Money.of(amount_typed, code).minor
    check_minor(found, field=field)
    return found


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
