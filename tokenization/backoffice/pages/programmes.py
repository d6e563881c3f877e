"""Authority, envelope, programme and series with what is used and what is free at each level."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from issuance.authority.actions import AuthorityEnact, EnvelopeOpen
from issuance.authority.models import BudgetEnvelope, LegalAuthority
from issuance.authority.proposals import shown
from issuance.headroom.selectors import headroom
from issuance.programme.actions import ProgrammeOpen
from issuance.series.actions import SeriesApprove
from tokenization.backoffice.pages.base import day_asked, office_page
from tokenization.backoffice.records.base import record_url
from tokenization.kernel import clock
from tokenization.theme import figures
from tokenization.theme.faces import face

ZONE = "Asia/Karachi"


@dataclass(frozen=True)
class Level:
    depth: int
    kind: str
    name: str
    href: str
    state: str
    ceiling: str
    used: str
    free: str
    percent: str
    over: str = ""


def _level(depth: int, kind: str, name: str, obj: Any, on: date, write: Any, ends: date) -> Level:
    room = headroom(obj, on=on)
    percent = min(10_000, room.used * 10_000 // room.ceiling) if room.ceiling else 0
    return Level(
        depth,
        kind,
        name,
        record_url(obj),
        obj.state,
        write(room.ceiling),
        write(room.used),
        write(room.free),
        f"{percent / 100:.2f}",
        f"Ended on {figures.day(ends)}: nothing new can settle under it." if ends < on else "",
    )


def levels(on: date) -> Iterator[Level]:
    """Every level of every authority, top down; amounts in the currency of the level, a series in units.

    Paper settles within the days of its envelope and authority: once they are over, nothing below is free.
    """
    for authority in shown(LegalAuthority.objects.all(), AuthorityEnact.name):
        name, ends = f"{authority.reference}: {authority.title}", authority.valid_until
        yield _level(0, "Authority", name, authority, on, _money(authority.currency), ends)
        for envelope in shown(authority.envelopes.all(), EnvelopeOpen.name):
            last = min(ends, envelope.ends_on)
            yield _level(1, "Budget envelope", envelope.budget_year, envelope, on, _money(envelope.currency), last)
            yield from _planned(envelope, on, last)


def _planned(envelope: BudgetEnvelope, on: date, ends: date) -> Iterator[Level]:
    for programme in shown(envelope.programmes.all(), ProgrammeOpen.name):
        name = f"{programme.reference}: {programme.name}"
        yield _level(2, "Programme", name, programme, on, _money(programme.currency), ends)
        for series in shown(programme.series.all(), SeriesApprove.name):
            yield _level(3, "Series", f"{series.isin} {series.short_name}", series, on, _units, ends)


def _units(count: int) -> str:
    return f"{figures.units(count)} units"


def _money(currency: str) -> Any:
    return lambda minor: figures.money(minor, currency)


@face("office")
@require_safe
def programmes(request: HttpRequest) -> HttpResponse:
    on = day_asked(request.GET.get("on", "")) or clock.today(ZONE)
    return office_page(
        request,
        "programmes.html",
        "Programmes and headroom",
        lead="What the law allows, what is used of it, and what is still free, on the chosen settlement date.",
        levels=list(levels(on)),
        on=on,
    )
