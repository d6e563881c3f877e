"""Long lists of records for auditors: searched, filtered and paged by the database, read only, each look noted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tokenization.assurance.looks import look
from tokenization.assurance.models import Look
from tokenization.assurance.paging import paged
from tokenization.identity.models import User
from tokenization.identity.roles import Power, has_power
from tokenization.theme.tables import Table

LONGEST = 80


@dataclass(frozen=True)
class Filters:
    """By which fields the words are looked for, which lookup gives the day, and what one may choose among."""

    words: tuple[str, ...]
    at: str
    choice: str = ""
    choices: Sequence[tuple[str, str]] = ()
    label: str = ""
    hint: str = ""


def may_read(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and has_power(request.user, Power.AUDIT_READ)


def listing(
    request: HttpRequest,
    rows: QuerySet[Any],
    filters: Filters,
    draw: Callable[[Sequence[Any]], Table],
    *,
    name: str,
    heading: str,
    lead: str,
    **more: Any,
) -> HttpResponse:
    """A page of the rows that fit the filters; 403 without the power to read the audit."""
    if not may_read(request):
        raise PermissionDenied
    found, asked, wrong = narrowed(request, rows, filters)
    shown, pages = paged(request, found)
    look(request, Look.What.RECORD, 0, " ".join([name, *(f"{key}={value}" for key, value in asked.items() if value)]))
    context = {
        "heading": heading,
        "lead": lead,
        "asked": asked,
        "wrong": wrong,
        "filters": filters,
        "table": draw(shown),
        "pages": pages,
        **more,
    }
    return render(request, "assurance/listing.html", context)


def narrowed(
    request: HttpRequest, rows: QuerySet[Any], filters: Filters
) -> tuple[QuerySet[Any], dict[str, str], list[str]]:
    """The rows that fit, what was asked for, and in words what of it was no filter and narrowed nothing."""
    asked = {
        key: request.GET.get(key, "").replace("\x00", "").strip()[:LONGEST] for key in ("q", "choice", "from", "until")
    }
    wrong = []
    for word in asked["q"].split():
        rows = rows.filter(Q(*((f"{field}__icontains", word) for field in filters.words), _connector=Q.OR))
    if asked["choice"] and asked["choice"] in dict(filters.choices):
        rows = rows.filter(**{filters.choice: asked["choice"]})
    for key, compared in (("from", "gte"), ("until", "lte")):
        day = _day(asked[key])
        if day is not None:
            rows = rows.filter(**{f"{filters.at}__{compared}": day})
        elif asked[key]:
            wrong.append(f"“{asked[key]}” is no day: write it as 2026-11-22.")
    return rows, asked, wrong


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
