"""How long one sign-in lasts: half an hour without a page ends it, and so does a working day with many. Wall time."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

# Every page that prolongs a session would write a row; once in five minutes is enough for half an hour.
_NOTED_EVERY = 5 * 60
# Seen by all alike and kept by caches between: it neither reads a session nor prolongs one.
PUBLIC = "/public/"


def bounded(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Signs out whoever signed in longer ago than SESSION_LONGEST; prolongs the session of whoever is at work."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path == PUBLIC:
            return get_response(request)
        session, now = request.session, int(time.time())
        if "_auth_user_id" in session:
            began = session.setdefault("began", now)
            if now - began > settings.SESSION_LONGEST:
                logout(request)
                messages.info(request, "You were signed out after a working day. Sign in again to go on.")
            elif now - session.get("noted", 0) > _NOTED_EVERY:
                session["noted"] = now
        return get_response(request)

    return middleware
