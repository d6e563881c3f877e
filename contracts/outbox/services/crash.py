"""Named points at which a test kills the sender, as a power cut would. Does nothing outside rehearsal."""

from __future__ import annotations

import os
import signal

from django.conf import settings


def point(name: str) -> None:
    """Die here by SIGKILL (or stop by SIGSTOP) if the environment asks for it and this is a rehearsal."""
    if not settings.REHEARSAL:
        return
    if os.environ.get("OUTBOX_KILL_AT") == name:
        os.kill(os.getpid(), signal.SIGKILL)
    if os.environ.get("OUTBOX_STOP_AT") == name:
        os.kill(os.getpid(), signal.SIGSTOP)
