"""A number for every request, on every line that it causes and in its answer."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bind_contextvars, clear_contextvars

log = logging.getLogger(__name__)

HEADER = "X-Request-ID"
_PLAIN = re.compile(r"[A-Za-z0-9-]{8,64}")


def request_number(given: str | None) -> str:
    """The caller's own number if it is a plain one (8 to 64 letters, digits, hyphens), else a new one."""
    return given if given and _PLAIN.fullmatch(given) else uuid.uuid4().hex


def numbered(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Binds the number and logs one line per request: path without its query, status, milliseconds."""

    def middleware(request: HttpRequest) -> HttpResponse:
        number = request_number(request.headers.get(HEADER))
        clear_contextvars()
        bind_contextvars(request=number)
        start = time.monotonic()
        response = get_response(request)
        response[HEADER] = number
        if not request.path.startswith(("/health/", "/static/")):
            told = {"method": request.method, "path": request.path, "status": response.status_code}
            log.info("answered", extra={**told, "ms": round((time.monotonic() - start) * 1000)})
        clear_contextvars()
        return response

    return middleware
