"""One page without sign-in. It asks nobody who he is: no session is read, no cookie is set, all see the same bytes."""

from __future__ import annotations

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from tokenization.assurance.public.outstanding import read
from tokenization.kernel import clock

KEPT_SECONDS = 60
KEY = "assurance.public"


@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def public(request: HttpRequest) -> HttpResponse:
    """Outstanding by series, last reconciliation and attestations; read from the records once a minute."""
    return HttpResponse(_page())


def _page() -> str:
    """Without the cache the page is read each time: slower, and still there."""
    try:
        kept = cache.get(KEY)
        if kept is not None:
            return str(kept)
        made = _made()
        cache.set(KEY, made, KEPT_SECONDS)
    except RedisError:
        return _made()
    return made


def _made() -> str:
    # Drawn without the request, so that nothing of who asks can be on it.
    return render_to_string("assurance/public.html", {"heading": "What is outstanding", **read(clock.now())})
