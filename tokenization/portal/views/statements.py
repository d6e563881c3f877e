"""The holder's statement as of the last final block of a day: PDF for people, XLSX and CSV for their machines."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tokenization.documents.downloads import csv_download, pdf_download, xlsx_download
from tokenization.documents.statement import ROW_TITLES, statement_rows
from tokenization.identity.models import Party
from tokenization.kernel import clock
from tokenization.portal.papers import statement_block, statement_held, statement_of
from tokenization.portal.views.common import own_parties, today
from tokenization.theme import figures
from tokenization.theme.faces import face


@face("portal")
@require_safe
def statement(request: HttpRequest) -> HttpResponse:
    """`party` is a number among the user's own (404 for others), `on` a day until today, `kind` pdf, xlsx or csv."""
    party, on = _party(request), _day(request)
    block = statement_block(on) if on else None
    if on is None or block is None:
        said = _("There is no statement so early: the register begins later.") if on else _("Choose a day up to today.")
        messages.error(request, _("Statement as of: %(said)s") % {"said": said})
        return redirect("portal:portfolio")
    name = f"statement-{party.reference}-{on.isoformat()}"
    kind = request.GET.get("kind", "pdf")
    if kind == "pdf":
        return pdf_download(name, statement_of(party, on, block, now=clock.now()))
    rows = statement_rows(statement_held(party, on, block))
    if kind == "xlsx":
        return xlsx_download(name, ROW_TITLES, rows, at=block.timestamp)
    if kind == "csv":
        return csv_download(name, ROW_TITLES, rows)
    raise Http404(f"no statement as {figures.shortened(kind)}")


def _party(request: HttpRequest) -> Party:
    wanted = request.GET.get("party", "")
    for party in own_parties(request):
        if str(party.pk) == wanted:
            return party
    raise Http404


def _day(request: HttpRequest) -> date | None:
    try:
        on = parse_date(request.GET.get("on", ""))
    except ValueError:
        return None
    return on if on and on <= today() else None
