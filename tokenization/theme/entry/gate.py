"""What somebody who needs a second factor may open before he gave one: the pages to set it up, and the way out."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse

from tokenization.identity.factors import factor_needed, has_factor
from tokenization.identity.models import User
from tokenization.theme.entry import given

OPEN = (
    "/second-factor/", "/sign-in/", "/sign-out/", "/office/logout/", "/language/", "/figures/", "/public/", "/health/",
    "/metrics", "/static/",
)  # fmt: skip
API = "/api/"


def second_factor(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Closed by default: every address, pages, records and interface alike, waits for the factor of its session."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path.startswith(OPEN):
            return get_response(request)
        user = request.user
        if not isinstance(user, User) or not factor_needed(user) or given.ever(request.session):
            return get_response(request)
        return _stopped(request, user)

    return middleware


def _stopped(request: HttpRequest, user: User) -> HttpResponse:
    if request.path.startswith(API):
        body = {
            "type": "about:blank",
            "title": HTTPStatus.FORBIDDEN.phrase,
            "status": HTTPStatus.FORBIDDEN.value,
            "detail": "This session has given no second factor.",
            "next_step": "Sign in on the pages with your code or passkey, or use a token.",
        }
        return JsonResponse(body, status=HTTPStatus.FORBIDDEN, content_type="application/problem+json")
    address = reverse("factor-again") if has_factor(user) else reverse("factors")
    wanted = request.get_full_path() if request.method in ("GET", "HEAD") else "/"
    return HttpResponseRedirect(f"{address}?{urlencode({'next': wanted})}")
