"""Facts of a record for the theme's list of facts; what is empty is left out."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from contracts.indexer.models import Log
from tokenization.files.models import StoredFile
from tokenization.identity.models import Approval, User
from tokenization.theme import figures

Fact = dict[str, Any]


def fact(label: str, value: Any, href: str = "") -> Fact:
    return {"label": label, "value": value, "href": href}


def facts(*given: Fact) -> list[Fact]:
    return [one for one in given if one["value"] not in (None, "", figures.EMPTY)]


def person(user: User | None) -> str:
    return "" if user is None else f"{user.get_full_name() or user.username} ({user.get_house_display()})"


def of_log(log: Log | None) -> list[Fact]:
    """Block, transaction and index, in full."""
    if log is None:
        return []
    return [
        fact("Block", f"{figures.units(log.block_id)}, {log.block.hash}"),
        fact("Block time", figures.when(log.block.timestamp)),
        fact("Transaction", log.tx_hash, reverse("assurance:transaction", args=[log.tx_hash])),
        fact("Log", str(log.log_index)),
    ]


def of_approval(found: Approval | None, leaf: str = "") -> list[Fact]:
    """Who asked, who decided, and where in the approved list the item stands."""
    if found is None:
        return []
    href = reverse("assurance:approval", args=[found.pk]) + (f"?leaf={leaf}" if leaf else "")
    made = [
        fact("Approval", f"{found.pk}: {found.title}, {found.get_state_display().lower()}", href),
        fact("Asked by", f"{person(found.maker)}, {figures.when(found.made_at)}"),
        fact("Decided by", f"{person(found.checker)}, {figures.when(found.decided_at)}" if found.checker else ""),
        fact("Root of what was approved", found.items_root),
    ]
    item = found.items.filter(leaf=leaf).first() if leaf else None
    if item is not None:
        made.append(fact("Item in the approved list", f"{item.position + 1} of {found.item_count}"))
    return made


def of_file(file: StoredFile | None, label: str = "File") -> Fact:
    return fact(label, file.name, reverse("assurance:file", args=[file.pk])) if file else fact(label, "")


def record_page(request: HttpRequest, heading: str, **context: Any) -> HttpResponse:
    return render(request, "assurance/record.html", {"heading": heading, **context})
