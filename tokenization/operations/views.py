"""Three addresses for machines: is it alive, is it ready and what is behind, and the figures."""

from __future__ import annotations

import hmac

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from tokenization.kernel import clock
from tokenization.operations.metrics import registry
from tokenization.operations.readiness import NOT_ASKED, UP, parts, serves


def is_operator(request: HttpRequest) -> bool:
    """Whether the request carries the monitoring's token; nobody does while none is configured."""
    given = request.headers.get("Authorization", "").encode()
    return bool(settings.METRICS_TOKEN) and hmac.compare_digest(given, f"Bearer {settings.METRICS_TOKEN}".encode())


def from_here(request: HttpRequest) -> bool:
    """Whether this machine itself asks, as a container's own check does, and no proxy on it for somebody else."""
    passed_on = any(header in request.headers for header in ("Forwarded", "X-Forwarded-For", "X-Real-IP"))
    return request.META.get("REMOTE_ADDR") in ("127.0.0.1", "::1") and not passed_on


@require_safe
@never_cache
def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "alive"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """503 only when this process cannot serve; parts that are behind are named either way.

    Node, broker and signer are asked for the monitoring and for this machine alone: a stranger could have them asked
    as often as he likes.
    """
    told = is_operator(request)
    found = parts(clock.now(), ask=told or from_here(request))
    serving = serves(found)
    body = {
        "status": "ready" if serving else "not ready",
        "behind": [part.name for part in found if part.state not in (UP, NOT_ASKED)],
        "parts": [{"name": p.name, "state": p.state, **({"words": p.words} if told else {})} for p in found],
    }
    return JsonResponse(body, status=200 if serving else 503)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    if not is_operator(request):
        raise Http404
    return HttpResponse(generate_latest(registry()), content_type=CONTENT_TYPE_LATEST)
