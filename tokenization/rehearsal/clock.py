"""The rehearsal's clock: wall time plus an offset that only the rehearsal moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class RehearsalClock:
    """`settings.CLOCK` of a rehearsal: reads the offset from the database, so that every process agrees."""

    def now(self) -> datetime:
        from tokenization.rehearsal.models import ClockOffset

        seconds = ClockOffset.objects.filter(pk=1).values_list("seconds", flat=True).first() or 0
        return datetime.now(UTC) + timedelta(seconds=seconds)
