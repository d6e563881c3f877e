"""The business clock's port. Services take `now`; only faces, tasks and commands ask for it here."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.module_loading import import_string


class Clock(Protocol):
    def now(self) -> datetime: ...


class WallClock:
    """Production's clock: the machine's time, in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def now() -> datetime:
    """The business instant, aware and in UTC, of the clock that `settings.CLOCK` names."""
    clock: Clock = import_string(settings.CLOCK)()
    instant = clock.now()
    if instant.tzinfo is None:
        raise ValueError(f"{settings.CLOCK} returned a time without a zone")
    return instant.astimezone(UTC)


def today(zone: str) -> date:
    """The business day at this instant in an IANA zone such as "Asia/Karachi"."""
    return now().astimezone(ZoneInfo(zone)).date()
