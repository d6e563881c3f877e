"""Whether, and when, the person of this session gave a second factor. Kept in the session; wall time."""

from __future__ import annotations

import time

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

_KEY = "factor_given"


def note(session: SessionBase) -> None:
    """The one place where a session learns that a factor was given just now."""
    session[_KEY] = int(time.time())


def ever(session: SessionBase) -> bool:
    return _KEY in session


def lately(session: SessionBase) -> bool:
    """Within FACTOR_FRESH_SECONDS: recent enough to approve something."""
    return bool(time.time() - session.get(_KEY, 0) <= settings.FACTOR_FRESH_SECONDS)
