"""Is the supply right? Runs, their equations side by side, and the story of every break."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from custody.reconciliation.models import Break, Run
from tokenization.assurance import selectors
from tokenization.theme import figures
from tokenization.theme.faces import face
from tokenization.theme.stamp import stamp_of
from tokenization.theme.tables import Cell, Table, csv_response, link, table

SHOWN_RUNS = 200
RUN_TITLES = ("Run", "ISIN", "#Block", "Block hash", "Block time", "Made at", "Occasion", "Result")
BREAK_TITLES = (
    "Break",
    "ISIN",
    "Kind",
    "#Amount",
    "Unit",
    "State",
    "First seen in run",
    "Last seen in run",
    "Transaction",
)
EQUATION_TITLES = ("Equation", "In words", "Left side", "Right side", "Difference", "Unit", "Holds")


def _page(request: HttpRequest, template: str, heading: str, **context: Any) -> HttpResponse:
    return render(request, f"assurance/{template}", {"heading": heading, **context})


def _verdict(run: Run) -> Cell:
    return Cell("every equation holds", tone="good") if run.green else Cell("something does not add up", tone="bad")


def _runs(rows: Iterable[Run]) -> Table:
    return table(
        "runs",
        RUN_TITLES,
        (
            (
                link(f"Run {run.pk}", reverse("assurance:run", args=[run.pk])),
                run.token.series.isin,
                run.block_number,
                figures.short(run.block_hash),
                run.block_time,
                run.at,
                run.phase,
                _verdict(run),
            )
            for run in rows
        ),
        empty="No reconciliation has been run yet.",
    )


def _breaks(rows: Iterable[Break]) -> Table:
    return table(
        "breaks",
        BREAK_TITLES,
        (
            (
                link(f"Break {row.pk}", reverse("assurance:break", args=[row.pk])),
                row.token.series.isin,
                row.get_kind_display(),
                int(row.units),
                row.unit,
                Cell(row.get_state_display(), tone="bad" if row.state == "OPEN" else "good"),
                f"{row.opened_by_id}",
                f"{row.last_seen_id}",
                figures.short(row.tx_hash),
            )
            for row in rows
        ),
        empty="No difference was ever found.",
    )


@face("assurance")
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    latest = list(selectors.latest_runs())
    open_breaks = [row for row in selectors.breaks() if row.state == "OPEN"]
    return _page(
        request,
        "overview.html",
        "Is the supply right?",
        lead="For each security: do the registry, the chain, our register and the cash agree, at one block?",
        cards=[{"run": run, "stamp": stamp_of(run.block_number, run.block_hash, run.block_time)} for run in latest],
        open_breaks=_breaks(open_breaks),
        runs=_runs(selectors.runs()[:SHOWN_RUNS]),
    )


@face("assurance")
@require_safe
def run(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(selectors.runs(), pk=pk)
    flights = found.in_flight.select_related("instruction__wallet").order_by("pk")
    return _page(
        request,
        "run.html",
        f"Run {found.pk}: {found.token.series.isin}",
        run=found,
        verdict=_verdict(found),
        stamp=stamp_of(found.block_number, found.block_hash, found.block_time),
        equations=[
            {
                "row": row,
                "left": figures.units(int(row.left)),
                "right": figures.units(int(row.right)),
                "difference": figures.units(int(row.difference)),
                "parts": _parts(row.detail),
            }
            for row in found.equations.order_by("pk")
        ],
        in_flight=table(
            "in-flight",
            ("Instruction", "#Units", "Where they are", "Wallet"),
            (
                (
                    f"No. {row.instruction.number}, {row.instruction.kind.lower().replace('_', ' ')}",
                    int(row.units),
                    row.get_side_display(),
                    figures.short(row.instruction.wallet.address if row.instruction.wallet else ""),
                )
                for row in flights
            ),
            empty="No unit is on its way between two records.",
        ),
        observations=table(
            "observations",
            ("Record", "What", "#Value", "Unit"),
            (
                (row.get_source_display(), row.name.replace("_", " "), int(row.value), row.unit)
                for row in found.observations.all()
            ),
        ),
        breaks=_breaks(selectors.breaks().filter(evidence__equation__run=found).distinct()),
    )


def _parts(detail: dict[str, Any]) -> list[tuple[str, str]]:
    """The numbers an equation was made of, readable; anything nested is left to the export."""
    return [
        (key.replace("_", " "), figures.units(int(value)) if str(value).lstrip("-").isdigit() else str(value))
        for key, value in detail.items()
        if not isinstance(value, dict | list)
    ]


@face("assurance")
@require_safe
def breaks(request: HttpRequest) -> HttpResponse:
    return _page(
        request,
        "breaks.html",
        "Breaks",
        lead="A break is a difference between two records. It stays here when closed; nothing repairs itself.",
        breaks=_breaks(selectors.breaks()),
    )


@face("assurance")
@require_safe
def break_(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(selectors.breaks(), pk=pk)
    facts = [
        ("State", found.get_state_display()),
        ("Security", f"{found.token.series.name}, {found.token.series.isin}"),
        ("Amount", f"{figures.units(int(found.units))} {found.unit}"),
        ("Transaction", found.tx_hash or figures.EMPTY),
        ("Block", figures.units(found.log.block_id) if found.log else figures.EMPTY),
        ("First seen", f"run {found.opened_by_id}, {figures.when(found.opened_by.at)}"),
        ("Last seen", f"run {found.last_seen_id}, {figures.when(found.last_seen.at)}"),
        (
            "Closed by decision",
            f"No. {found.closed_by_id}, {figures.when(found.closed_at)}" if found.closed_by else figures.EMPTY,
        ),
    ]
    evidence = found.evidence.select_related("equation__run").order_by("-equation__run_id", "pk")
    return _page(
        request,
        "break.html",
        found.get_kind_display().capitalize(),
        found=found,
        facts=[{"label": label, "value": value} for label, value in facts],
        evidence=table(
            "evidence",
            ("Run", "Equation", "#Left", "#Right", "#Difference", "Unit"),
            (
                (
                    link(f"Run {row.equation.run_id}", reverse("assurance:run", args=[row.equation.run_id])),
                    row.equation.words,
                    int(row.equation.left),
                    int(row.equation.right),
                    int(row.equation.difference),
                    row.equation.unit,
                )
                for row in evidence
            ),
            empty="No equation failed because of it.",
        ),
    )


@face("assurance")
@require_safe
def runs_csv(request: HttpRequest) -> HttpResponse:
    rows = (
        (
            row.pk,
            row.token.series.isin,
            row.block_number,
            row.block_hash,
            row.block_time,
            row.at,
            row.phase,
            "green" if row.green else "red",
        )
        for row in selectors.runs()
    )
    return csv_response("runs", [title.lstrip("#") for title in RUN_TITLES], rows)


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
    return csv_response(f"run-{pk}", (*EQUATION_TITLES, "Block", "Block hash", "Parts"), rows)


@face("assurance")
@require_safe
def breaks_csv(request: HttpRequest) -> HttpResponse:
    rows = (
        (
            row.pk,
            row.token.series.isin,
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
    return csv_response("breaks", (*(title.lstrip("#") for title in BREAK_TITLES), "Story"), rows)
