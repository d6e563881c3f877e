"""Runs, equations and breaks as files: exact figures in the smallest unit, whole hashes, no formulas."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from tokenization.assurance import selectors
from tokenization.documents.downloads import csv_download
from tokenization.theme.faces import face

RUN_TITLES = ("Run", "ISIN", "Block", "Block hash", "Block time", "Made at", "Occasion", "Result")
EQUATION_TITLES = ("Equation", "In words", "Left side", "Right side", "Difference", "Unit", "Holds")
BREAK_TITLES = (
    "Break",
    "ISIN",
    "Kind",
    "Amount",
    "Unit",
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
        for row in selectors.runs()
    )
    return csv_download("runs", RUN_TITLES, rows)


@face("assurance")
@require_safe
def run_csv(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(selectors.runs(), pk=pk)
    rows = (
        (
            row.name,
            row.words,
            int(row.left),
            int(row.right),
            int(row.difference),
            row.unit,
            "yes" if row.holds else "no",
            found.block_number,
            found.block_hash,
            json.dumps(row.detail, sort_keys=True),
        )
        for row in found.equations.order_by("pk")
    )
    return csv_download(f"run-{pk}", (*EQUATION_TITLES, "Block", "Block hash", "Parts"), rows)


@face("assurance")
@require_safe
def breaks_csv(request: HttpRequest) -> HttpResponse:
    rows = (
        (
            row.pk,
            row.token.code,
            row.get_kind_display(),
            int(row.units),
            row.unit,
            row.state,
            row.opened_by_id,
            row.last_seen_id,
            row.tx_hash or "",
            row.story,
        )
        for row in selectors.breaks()
    )
    return csv_download("breaks", BREAK_TITLES, rows)
