"""Runs, equations and breaks as files: exact figures in the smallest unit, whole hashes, no formulas."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from custody.reconciliation.words import figure
from tokenization.assurance import selectors
from tokenization.assurance.looks import look
from tokenization.assurance.models import Look
from tokenization.assurance.reach import reach
from tokenization.documents.downloads import csv_download, pdf_download, xlsx_download
from tokenization.documents.reconciliation import TITLES, report_rows, run_report
from tokenization.theme.faces import face

RUN_TITLES = ("Run", "ISIN", "Block", "Block hash", "Block time", "Made at", "Occasion", "Result")
BREAK_TITLES = (
    "Break",
    "ISIN",
    "Kind",
    "Amount",
    "Amount in the smallest unit",
    "State",
    "First seen in run",
    "Last seen in run",
    "Transaction",
    "Story",
)


@face("assurance")
@require_safe
def runs_csv(request: HttpRequest) -> HttpResponse:
    rows = (
        (
            row.pk,
            row.token.code,
            row.block_number,
            row.block_hash,
            row.block_time,
            row.at,
            row.phase,
            "green" if row.green else "red",
        )
        for row in selectors.runs(reach(request))
    )
    return csv_download("runs", RUN_TITLES, rows)


@face("assurance")
@require_safe
def run_csv(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(selectors.runs(reach(request)), pk=pk)
    look(request, Look.What.REPORT, pk)
    return csv_download(f"run-{pk}", TITLES, report_rows(found))


@face("assurance")
@require_safe
def run_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(selectors.runs(reach(request)), pk=pk)
    look(request, Look.What.REPORT, pk)
    return xlsx_download(f"run-{pk}", TITLES, report_rows(found), at=found.at)


@face("assurance")
@require_safe
def run_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(selectors.runs(reach(request)), pk=pk)
    look(request, Look.What.REPORT, pk)
    return pdf_download(f"run-{pk}", run_report(found))


@face("assurance")
@require_safe
def breaks_csv(request: HttpRequest) -> HttpResponse:
    rows = (
        (
            row.pk,
            row.token.code,
            row.get_kind_display(),
            figure(row.units, row.unit, row.token, cash=row.is_cash),
            int(row.units),
            row.get_state_display(),
            row.opened_by_id,
            row.last_seen_id,
            row.tx_hash or "",
            row.story,
        )
        for row in selectors.breaks(reach(request))
    )
    return csv_download("breaks", BREAK_TITLES, rows)
