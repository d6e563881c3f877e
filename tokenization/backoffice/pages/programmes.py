"""Authority, envelope, programme and series with what is used and what is free at each level."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from issuance.authority.models import LegalAuthority
from issuance.headroom.selectors import headroom
from tokenization.backoffice.pages.base import office_page
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


def _level(depth: int, kind: str, name: str, obj: Any, on: date, write: Any) -> Level:
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
    )


def levels(on: date) -> Iterator[Level]:
    """Every level of every authority, top down; amounts in the currency of the level, a series in units."""
    tree = LegalAuthority.objects.prefetch_related("envelopes__programmes__series")
    for authority in tree:
        yield _level(
            0, "Authority", f"{authority.reference}: {authority.title}", authority, on, _money(authority.currency)
        )
        for envelope in authority.envelopes.all():
            yield _level(1, "Budget envelope", envelope.budget_year, envelope, on, _money(envelope.currency))
            for programme in envelope.programmes.all():
                yield _level(
                    2,
                    "Programme",
                    f"{programme.reference}: {programme.name}",
                    programme,
                    on,
                    _money(programme.currency),
                )
                for series in programme.series.all():
                    yield _level(
                        3,
                        "Series",
                        f"{series.isin} {series.short_name}",
                        series,
                        on,
                        lambda n: f"{figures.units(n)} units",
                    )


def _money(currency: str) -> Any:
    return lambda minor: figures.money(minor, currency)


@face("office")
@require_safe
def programmes(request: HttpRequest) -> HttpResponse:
    asked = request.GET.get("on", "")
    try:
        on = parse_date(asked) or clock.today(ZONE)
    except ValueError:
        on = clock.today(ZONE)
    return office_page(
        request,
        "programmes.html",
        "Programmes and headroom",
        lead="What the law allows, what is used of it, and what is still free, on the chosen settlement date.",
        levels=list(levels(on)),
        on=on,
    )
