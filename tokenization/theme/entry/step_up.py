"""A second factor asked for again, where a person is about to approve something.

The page that asks carries what was posted, and posts it together with the code to the very address that was asked for:
nothing is kept in between, and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from tokenization.identity.factors import has_factor
from tokenization.identity.models import User
from tokenization.theme.entry import given, giving

View = Callable[..., HttpResponse]
_BACK = "factor_back"
_OURS = (giving.CODE, giving.CREDENTIAL, _BACK, "csrfmiddlewaretoken")


def asks_again(what: str) -> Callable[[View], View]:
    """A view whose POST needs a factor of the last minutes; `what` completes "Confirm that it is you, to ..."."""

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method != "POST" or given.lately(request.session):
                return view(request, *args, **kwargs)
            user = request.user
            if not isinstance(user, User) or not has_factor(user):
                return HttpResponseRedirect("/second-factor/")
            fault = giving.give(request, user) if giving.posted(request) else ""
            if giving.posted(request) and not fault:
                return view(request, *args, **kwargs)
            return _page(request, user, what, fault)

        guarded.asks_again = what  # type: ignore[attr-defined]
        return guarded

    return wrap


def _page(request: HttpRequest, user: User, what: str, fault: str) -> HttpResponse:
    kept = [(name, value) for name, values in request.POST.lists() if name not in _OURS for value in values]
    return render(
        request,
        "theme/step_up.html",
        {"what": what, "kept": kept, "fault": fault, "back": _back(request), **giving.ways(user)},
    )


def _back(request: HttpRequest) -> str:
    """The page he came from, if it is one of ours: where he goes when he would rather not."""
    came = request.POST.get(_BACK) or request.headers.get("Referer", "")
    host = {request.get_host()}
    return came if url_has_allowed_host_and_scheme(came, host, require_https=request.is_secure()) else "/"


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def again(request: HttpRequest) -> HttpResponse:
    """For a session that has given no factor although its person has one: asked here, then on to where he wanted."""
    user = request.user
    wanted = request.POST.get("next") or request.GET.get("next", "/")
    if not url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        wanted = "/"
    if not isinstance(user, User) or not has_factor(user):
        return HttpResponseRedirect("/second-factor/" if isinstance(user, User) else "/sign-in/")
    fault = ""
    if request.method == "POST":
        fault = giving.give(request, user) if giving.posted(request) else str(giving.WRONG)
        if not fault:
            return HttpResponseRedirect(wanted)
    context = {"what": "go on", "kept": [("next", wanted)], "fault": fault, "back": "", **giving.ways(user)}
    return render(request, "theme/step_up.html", context)
