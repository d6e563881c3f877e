"""How digits are grouped: 1,234,567 or, as South Asia counts in lakh and crore, 12,34,567. Each reader's own choice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

COOKIE = "figures"
LAKH, THOUSANDS = "lakh", "thousands"
_YEAR = 365 * 24 * 3600
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+")
_lakh: ContextVar[bool] = ContextVar("figures in lakh and crore", default=False)


def in_lakh() -> bool:
    return _lakh.get()


@contextmanager
def _grouped_by(lakh: bool) -> Iterator[None]:
    before = _lakh.set(lakh)
    try:
        yield
    finally:
        _lakh.reset(before)


def chosen(request: HttpRequest) -> AbstractContextManager[None]:
    """While it lasts, figures are grouped as this reader chose."""
    return _grouped_by(request.COOKIES.get(COOKIE) == LAKH)


def by_thousands() -> AbstractContextManager[None]:
    return _grouped_by(lakh=False)


def regrouped(text: str) -> str:
    """'PKR 1,234,567.89' -> 'PKR 12,34,567.89' for whoever reads in lakh and crore; the same text for all others."""
    return _GROUPED.sub(lambda found: _south_asian(found[0].replace(",", "")), text) if in_lakh() else text


def _south_asian(digits: str) -> str:
    """The last three digits, and pairs before them."""
    rest, last = digits[:-3], digits[-3:]
    pairs = [rest[max(end - 2, 0) : end] for end in range(len(rest), 0, -2)]
    return ",".join([*reversed(pairs), last])


@require_POST
def set_grouping(request: HttpRequest) -> HttpResponse:
    """Keeps the choice in a cookie of this browser, and leads back to where it was made."""
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    answer = HttpResponseRedirect(back if safe else "/")
    wanted = LAKH if request.POST.get("grouping") == LAKH else THOUSANDS
    answer.set_cookie(
        COOKIE, wanted, max_age=_YEAR, samesite="Lax", httponly=True, secure=settings.SESSION_COOKIE_SECURE
    )
    return answer
