"""What the portal's forms share: amounts as people type them, and every error at its field and in one list."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from django import forms
from django.utils.translation import gettext as _

from tokenization.kernel.errors import PlatformError, Refused
from tokenization.kernel.money import Money
from tokenization.theme import figures
from tokenization.theme.told import told

# Digits, grouped by commas or thin or plain spaces in threes, by commas in lakh and crore, or not at all.
_GROUPED = re.compile(
    r"\d{1,3}(?:[,\u2009\u202f\u00a0 ]\d{3})+(?:\.\d+)?|\d{1,2}(?:,\d{2})*,\d{3}(?:\.\d+)?|\d+(?:\.\d+)?"
)


def minor_typed(typed: str, currency: str) -> int:
    """Minor units of an amount as people type it. Raises ValidationError that says how to write it."""
    said = typed.strip()
    if not _GROUPED.fullmatch(said):
        raise forms.ValidationError(
            _("“%(said)s” is not an amount in %(currency)s. Write it in digits: 5,000,000.")
            % {"said": said, "currency": currency}
        )
    try:
        return Money.of(re.sub(r"[^\d.]", "", said), currency).minor
    except Refused as refusal:
        raise forms.ValidationError(told(refusal)) from refusal


@dataclass(frozen=True)
class Wrong:
    """`field` is the element that mends it, empty when none does."""

    field: str
    label: str
    text: str


class Filled(forms.Form):
    """`FIELDS`: a service's field and the form's own."""

    FIELDS: ClassVar[dict[str, str]] = {}

    def refuse(self, error: PlatformError) -> None:
        """A service's refusal at the field that it names, else above the form."""
        field = self.FIELDS.get(error.field, error.field)
        self.add_error(field if field in self.fields else None, told(figures.instants(error)))

    @property
    def wrong(self) -> list[Wrong]:
        """Every error with the field it belongs to, for the summary above the form."""
        return [
            Wrong(self[name].id_for_label if name in self.fields else "", self._label(name), str(text))
            for name, errors in self.errors.items()
            for text in errors
        ]

    def _label(self, name: str) -> str:
        return str(self.fields[name].label) if name in self.fields else ""
