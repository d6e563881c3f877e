"""What lies where and backs what."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet, Sum

from custody.reserves.models import ItemState, Vault, VaultItem, VaultList
from custody.tokenisation.models import TokenContract


def latest_list(vault: Vault, at: datetime) -> VaultList | None:
    """The vault's list with the latest as-of instant at or before `at`."""
    return VaultList.objects.filter(vault=vault, as_of__lte=at).order_by("-as_of").first()


def items_backing(token: TokenContract) -> QuerySet[VaultItem]:
    """The items allocated to the token, those ordered to be released not counted: their units are burned."""
    rows = VaultItem.objects.filter(token=token, state=ItemState.ALLOCATED)
    return rows.select_related("vault").order_by("vault__code", "key")


def backing_minor(token: TokenContract) -> int:
    """Fine quantity of the items behind the token, by the vaults' word, in the measure's smallest unit."""
    return items_backing(token).aggregate(total=Sum("fine_minor"))["total"] or 0
