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
from tokenization.operations.readiness import UP, parts, serves


def is_operator(request: HttpRequest) -> bool:
    """Whether the request carries the monitoring's token; nobody does while none is configured."""
    given = request.headers.get("Authorization", "").encode()
    return bool(settings.METRICS_TOKEN) and hmac.compare_digest(given, f"Bearer {settings.METRICS_TOKEN}".encode())


@require_safe
@never_cache
def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "alive"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """503 only when this process cannot serve; parts that are behind are named either way."""
    found = parts(clock.now())
    told = is_operator(request)
    serving = serves(found)
    body = {
        "status": "ready" if serving else "not ready",
        "behind": [part.name for part in found if part.state != UP],
        "parts": [{"name": p.name, "state": p.state, **({"words": p.words} if told else {})} for p in found],
    }
    return JsonResponse(body, status=200 if serving else 503)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    if not is_operator(request):
        raise Http404
    return HttpResponse(generate_latest(registry()), content_type=CONTENT_TYPE_LATEST)
