"""A figure of a run taken apart on a page and in a sheet, and a sample drawn from its rows."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from custody.reconciliation import words
from custody.reconciliation.models import Observation
from tokenization.assurance.looks import look
from tokenization.assurance.models import Look
from tokenization.assurance.paging import paged
from tokenization.assurance.sampling.draw import MOST, RULE, drawn, seed_made
from tokenization.assurance.sampling.made_of import made_of
from tokenization.assurance.sampling.population import Line, Population
from tokenization.assurance.sampling.sheet import TITLES, lines_table, sheet_rows
from tokenization.assurance.sampling.terms import named
from tokenization.documents.downloads import csv_download, xlsx_download
from tokenization.theme import figures
from tokenization.theme.faces import face
from tokenization.theme.stamp import stamp_of

USUAL = 25


@dataclass(frozen=True)
class Opened:
    """A figure with its rows; `account` names the one wallet that was asked for, `due` what its rows have to give."""

    seen: Observation
    rows: Population
    account: str
    due: int

    @property
    def name(self) -> str:
        return f"run-{self.seen.run_id}-{self.seen.source.lower()}-{self.seen.name.replace(' ', '-')}".replace(",", "")

    @property
    def note(self) -> str:
        return named(self.seen) + (f" of {self.account}" if self.account else "")

    @property
    def agrees(self) -> bool:
        return self.rows.total == self.due

    def said(self, value: int) -> str:
        if self.seen.name == "numbers used":
            return f"{figures.units(value)} numbers"
        return words.figure(value, self.seen.unit, self.seen.run.token, cash=self.seen.source == "CASH")


def _opened(request: HttpRequest, pk: int) -> Opened:
    seen = get_object_or_404(Observation.objects.select_related("run__token__series"), pk=pk)
    account = request.GET.get("account", "") if (seen.source, seen.name) == ("REGISTER", "positions") else ""
    rows = made_of(seen, account)
    if rows is None:
        raise Http404
    return Opened(seen, rows, account, int(seen.detail.get(account, 0)) if account else int(seen.value))


@face("assurance")
@require_safe
def figure(request: HttpRequest, pk: int) -> HttpResponse:
    """What the figure is made of, row by row, and whether the rows add up to it."""
    found = _opened(request, pk)
    run = found.seen.run
    look(request, Look.What.FIGURE, run.pk, found.note)
    lines, pages = paged(request, found.rows)
    context = {
        "heading": f"{found.seen.get_source_display().capitalize()}: {words.named(found.seen)}",
        "lead": f"Run {run.pk} of {run.token.name}, {run.token.code}.",
        "found": found,
        "run": run,
        "stamp": stamp_of(run.block_number, run.block_hash, run.block_time),
        "figure": found.said(found.due) if found.account else words.observed(found.seen, run.token),
        "total": found.said(found.rows.total),
        "count": len(found.rows),
        "apart": found.said(abs(found.rows.total - found.due)),
        "rows": lines_table(lines, found.seen),
        "pages": pages,
        "usual": min(USUAL, len(found.rows)),
        "most": MOST,
    }
    return render(request, "assurance/figure.html", context)


@face("assurance")
@require_safe
def figure_csv(request: HttpRequest, pk: int) -> HttpResponse:
    found = _opened(request, pk)
    look(request, Look.What.FIGURE, found.seen.run_id, f"{found.note}, as a sheet")
    return csv_download(found.name, TITLES, sheet_rows(found.rows, found.seen.unit))


@face("assurance")
@require_safe
def figure_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    found = _opened(request, pk)
    look(request, Look.What.FIGURE, found.seen.run_id, f"{found.note}, as a sheet")
    return xlsx_download(found.name, TITLES, sheet_rows(found.rows, found.seen.unit), at=found.seen.run.at)


@dataclass(frozen=True)
class Drawn:
    """The rows that a seed draws, in the order of their hashes."""

    of: Opened
    seed: str
    lines: list[Line]


def _drawn(request: HttpRequest, pk: int) -> Drawn:
    found = _opened(request, pk)
    asked = request.GET.get("size", "")
    size = max(1, min(int(asked), MOST)) if asked.isascii() and asked.isdigit() else USUAL
    seed = request.GET.get("seed", "").strip()[:40] or seed_made()
    keys = drawn(found.rows.keys(), seed=seed, size=size)
    by = {line.key: line for line in found.rows.of(keys)}
    look(request, Look.What.SAMPLE, found.seen.run_id, f"{len(keys)} rows of {found.note}, seed {seed}")
    return Drawn(found, seed, [by[key] for key in keys])


@face("assurance")
@require_safe
def sample(request: HttpRequest, pk: int) -> HttpResponse:
    """Rows drawn at random by a seed that is printed: the same seed draws the same rows."""
    made = _drawn(request, pk)
    run = made.of.seen.run
    context = {
        "heading": f"Sample of {made.of.note}",
        "lead": f"Run {run.pk} of {run.token.name}, {run.token.code}.",
        "found": made.of,
        "run": run,
        "stamp": stamp_of(run.block_number, run.block_hash, run.block_time),
        "seed": made.seed,
        "size": len(made.lines),
        "count": len(made.of.rows),
        "sum": made.of.said(sum(line.amount for line in made.lines)),
        "rule": RULE,
        "most": MOST,
        "rows": lines_table(made.lines, made.of.seen),
    }
    return render(request, "assurance/sample.html", context)


def _sheet_name(made: Drawn) -> str:
    return f"sample-{made.of.seen.run_id}-{''.join(sign for sign in made.seed if sign.isalnum())}"


@face("assurance")
@require_safe
def sample_csv(request: HttpRequest, pk: int) -> HttpResponse:
    made = _drawn(request, pk)
    return csv_download(_sheet_name(made), TITLES, sheet_rows(made.lines, made.of.seen.unit))


@face("assurance")
@require_safe
def sample_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    made = _drawn(request, pk)
    rows = sheet_rows(made.lines, made.of.seen.unit)
    return xlsx_download(_sheet_name(made), TITLES, rows, at=made.of.seen.run.at)
