"""What every page of the office shares: its frame, and how a refusal is said to the officer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date

from tokenization.identity.models import User
from tokenization.identity.roles import Power, has_power
from tokenization.kernel.bounds import is_day
from tokenization.kernel.errors import PlatformError


@dataclass(frozen=True)
class Progress:
    """How far a work of many parts is: '7 of 12 payments made'. The page keeps it fresh until it is done."""

    done: int
    of: int
    words: str


def office_page(request: HttpRequest, template: str, title: str, *, status: int = 200, **context: Any) -> HttpResponse:
    from tokenization.backoffice.site import office

    form = context.get("form")
    if isinstance(form, forms.BaseForm):
        focus_first_fault(form)
    return render(
        request, f"backoffice/{template}", {**office.each_context(request), "title": title, **context}, status=status
    )


def focus_first_fault(form: forms.BaseForm) -> None:
    """Where the officer goes on after a refusal: the first field that is wrong, with what was typed still in it."""
    wrong = next((name for name in form.fields if form.is_bound and name in form.errors), None)
    if wrong is not None:
        form.fields[wrong].widget.attrs["autofocus"] = True


def day_asked(text: str) -> date | None:
    """The day that an address asks for; None when it is no day, or one so far away that nothing is kept of it."""
    try:
        found = parse_date(text)
    except ValueError:
        return None
    return found if found is not None and is_day(found) else None


def officer(request: HttpRequest) -> User:
    """The signed-in officer; pages are only reached through `face("office")`."""
    assert isinstance(request.user, User)  # noqa: S101 narrowed for the type checker
    return request.user


def cashier(request: HttpRequest) -> User:
    """The signed-in officer, who confirms cash; anybody else is refused."""
    user = officer(request)
    if not has_power(user, Power.CASH_CONFIRM):
        raise PermissionDenied
    return user


def tried(request: HttpRequest, do: Callable[[], object], said: str) -> bool:
    """Runs a service; says in words what was done or why it was refused, and whether it was done."""
    try:
        do()
    except PlatformError as error:
        messages.error(request, str(error))
        return False
    messages.success(request, said)
    return True
