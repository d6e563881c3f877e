"""Headroom for pages and previews: reads only, no locks. The decision is taken again, under lock, in services.py."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Model

from issuance.authority.drafts import money
from issuance.headroom.levels import Level, level_of, levels_of
from issuance.headroom.profile import Flow, peak, used_at
from issuance.programme.models import Programme
from issuance.series.models import Series


@dataclass(frozen=True, slots=True)
class Headroom:
    """One level on one date. `used` is that day's use; `free` is what fits from that day until the last date asked for,
    so it is never more than ceiling - used. `currency` is empty at series level, which counts units.

    `revalued` is the peak at the latest rates (None: no rate plays a part); above the ceiling it blocks new paper.
    """

    level: str
    label: str
    measure: str
    currency: str
    ceiling: int
    used: int
    free: int
    peak_on: date
    revalued: int | None

    @property
    def warning(self) -> str:
        """Words for people when revaluation has passed the ceiling, else empty."""
        if self.revalued is None or self.revalued <= self.ceiling:
            return ""
        over = self.amount(self.revalued - self.ceiling)
        return f"At today's rates {self.label} is over its ceiling by {over}: no new paper; payments go on."

    def amount(self, value: int) -> str:
        return money(value, self.currency) if self.currency else f"{value:,} units"

    def words(self) -> tuple[str, str, str]:
        """Ceiling, used and free with thousands separators."""
        return self.amount(self.ceiling), self.amount(self.used), self.amount(self.free)


def headroom(row: Model, *, on: date, until: date | None = None) -> Headroom:
    """Ceiling, use and room of an authority, envelope, programme or series on `on` (or in [on, until))."""
    return level_headroom(level_of(row, on=on), on=on, until=until)


def level_headroom(level: Level, *, on: date, until: date | None = None, extra: Iterable[Flow] = ()) -> Headroom:
    """The same of a Level, with flows not yet booked added."""
    end = max(until or on, on + timedelta(days=1)) if level.restores else None
    added = list(extra)
    flows = [*level.flows(since=on), *added]
    top = peak(flows, on, end, restores=level.restores, window=level.window)
    anew = level.revalued_flows(at=on)
    revalued = None
    if anew is not None:
        revalued = peak([*anew, *added], on, end, restores=level.restores, window=level.window).used
    return Headroom(
        level=level.name,
        label=level.label,
        measure=level.measure,
        currency=level.currency,
        ceiling=level.ceiling,
        used=used_at(flows, on, restores=level.restores, window=level.window),
        free=min(level.ceiling - top.used, level.ceiling - (revalued if revalued is not None else top.used)),
        peak_on=top.on,
        revalued=revalued,
    )


def headroom_table(series: Series, *, on: date) -> list[Headroom]:
    """Authority, envelope, programme and series as new paper of this series settling on `on` would find them."""
    return [level_headroom(level, on=on, until=series.maturity_date) for level in levels_of(series)]


def programme_headroom_table(programme: Programme, *, on: date) -> list[Headroom]:
    """Authority, envelope and programme on one day, then every series of the programme that is not closed."""
    envelope = programme.envelope
    rows: list[Model] = [envelope.authority, envelope, programme]
    rows += list(programme.series.exclude(state="CLOSED"))
    return [headroom(row, on=on) for row in rows]
