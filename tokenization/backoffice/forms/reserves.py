"""Forms of reserves: vaults, items behind a token, encumbrances, examiners' keys, redemption for items."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from custody.reserves.kinds import KINDS
from custody.reserves.models import ItemState, PhysicalRedemption, VaultItem
from custody.reserves.selectors import attested_tokens
from tokenization.backoffice.forms.base import Choice
from tokenization.backoffice.forms.custody import token_words
from tokenization.identity.models import Party
from tokenization.theme import figures


def item_words(row: VaultItem) -> str:
    return f"{row.key}, {row.vault.code}, {figures.money(row.fine_minor, row.vault.commodity)}"


def redemption_words(row: PhysicalRedemption) -> str:
    return f"{row.party.name}, {row.token.series.short_name}, {figures.units(row.units)} units from {row.vault.code}"


def _items(*states: str) -> QuerySet[VaultItem]:
    return VaultItem.objects.filter(state__in=states).select_related("vault").order_by("vault__code", "key")


class _Items(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    def __init__(self, *states: str) -> None:
        super().__init__(label="Items", queryset=_items(*states), widget=forms.SelectMultiple(attrs={"size": 12}))

    def label_from_instance(self, obj: Any) -> str:
        return item_words(obj)


def why() -> forms.CharField:
    return forms.CharField(label="Reason", max_length=300)


class VaultForm(forms.Form):
    code = forms.CharField(label="Code", max_length=20, help_text="Capital letters, digits, hyphens")
    name = forms.CharField(label="Name", max_length=200)
    party = Choice("Keeper", Party.objects.order_by("name"))
    commodity = forms.ChoiceField(
        label="Commodity", choices=[(kind.measure, f"{kind.words} ({kind.measure})") for kind in KINDS.values()]
    )
    location = forms.CharField(label="Location", max_length=200)


class AllocateForm(forms.Form):
    token = Choice("Security", attested_tokens(), token_words)
    items = _Items(ItemState.FREE)
    reason = why()


class DeallocateForm(forms.Form):
    items = _Items(ItemState.ALLOCATED)
    reason = why()


class EncumberForm(forms.Form):
    items = _Items(ItemState.FREE, ItemState.ALLOCATED)
    to = forms.ChoiceField(label="They are", choices=[("PLEDGED", "pledged"), ("ENCUMBERED", "otherwise encumbered")])
    holder = forms.CharField(label="In whose favour", max_length=100)
    reason = why()


class FreeForm(forms.Form):
    items = _Items(ItemState.PLEDGED, ItemState.ENCUMBERED)
    reason = why()


class ExaminerForm(forms.Form):
    party = Choice("Examiner", Party.objects.order_by("name"))
    address = forms.RegexField(label="Address of his key", regex=r"^0x[0-9a-fA-F]{40}$", max_length=42)


class RedeemForm(forms.Form):
    redemption = Choice(
        "Asked for",
        PhysicalRedemption.objects.filter(state="REQUESTED").select_related("party", "token__series", "vault"),
        redemption_words,
    )


class ReleasedForm(forms.Form):
    redemption = Choice(
        "Ordered",
        PhysicalRedemption.objects.filter(state="RELEASE_ORDERED").select_related("party", "token__series", "vault"),
        redemption_words,
    )
    vault_reference = forms.CharField(label="The vault's reference", max_length=64)


__all__ = [
    "AllocateForm",
    "DeallocateForm",
    "EncumberForm",
    "ExaminerForm",
    "FreeForm",
    "RedeemForm",
    "ReleasedForm",
    "VaultForm",
]
