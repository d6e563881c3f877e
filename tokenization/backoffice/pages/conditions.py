"""Reserve-backed series with the conditions on file for each, and what is still missing."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from issuance.conditions.selectors import Missing, conditions_in_force, conditions_missing, percent
from issuance.series.models import Series
from tokenization.backoffice.pages.base import office_page, officer
from tokenization.backoffice.records.base import record_url
from tokenization.identity.roles import Power, powers_of
from tokenization.theme import figures
from tokenization.theme.faces import face
from tokenization.theme.tables import Cell, Table, link, table


@dataclass(frozen=True)
class Opening:
    """One series: what it is, what is on file, what is missing."""

    series: Series
    href: str
    backing: str
    on_file: Table
    missing: list[Missing]


@face("office")
@require_safe
def conditions(request: HttpRequest) -> HttpResponse:
    rows = Series.objects.filter(kind="RESERVE").order_by("isin")
    return office_page(
        request,
        "conditions.html",
        "Conditions precedent",
        lead="A reserve-backed series opens with titles to the whole, a consent and a lender's clearance on file.",
        openings=[_opening(row) for row in rows],
        may_record=Power.SERIES_DRAFT in powers_of(officer(request)),
    )


def _opening(row: Series) -> Opening:
    backing = figures.money(row.denomination_minor, row.currency)
    return Opening(row, record_url(row), backing, _on_file(row), conditions_missing(row))


def _on_file(row: Series) -> Table:
    return table(
        f"on-file-{row.pk}",
        ("Condition", "Who", "#Share", "What it says", "Kind of document", "Document", "Recorded"),
        (
            (
                known.get_kind_display(),
                known.holder,
                figures.EMPTY if known.share_bp is None else Cell(percent(known.share_bp), sort=known.share_bp),
                known.words,
                known.get_instrument_display(),
                link(known.document.name, record_url(known.document)),
                f"{figures.when(known.recorded_at)}, {known.recorded_by.get_full_name() or known.recorded_by.username}",
            )
            for known in conditions_in_force(row)
        ),
        empty="No document is on file yet.",
    )
