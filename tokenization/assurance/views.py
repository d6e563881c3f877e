"""Is the supply right? Runs, their equations side by side, and the story of every break."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from custody.reconciliation.models import Break, Run
from custody.reconciliation.services import reconcile
from tokenization.assurance import selectors, stories
from tokenization.assurance.stories import break_facts, quantity, since, transaction_url
from tokenization.identity.models import User
from tokenization.identity.roles import Power, has_power
from tokenization.kernel import clock
from tokenization.kernel.errors import PlatformError
from tokenization.theme import figures
from tokenization.theme.faces import face
from tokenization.theme.stamp import stamp_of
from tokenization.theme.tables import Cell, Table, code, link, table

SHOWN_RUNS = 200
RUN_TITLES = ("#Run", "ISIN", "#Block", "Block hash", "Block time", "Made at", "Occasion", "Result")
BREAK_TITLES = (
    "Break",
    "ISIN",
    "Kind",
    "#Amount",
    "State",
    "First seen in run",
    "Last seen in run",
    "Transaction",
)


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
                Cell(figures.units(run.pk), sort=run.pk, href=reverse("assurance:run", args=[run.pk])),
                run.token.code,
                run.block_number,
                code(run.block_hash),
                run.block_time,
                run.at,
                run.phase,
                _verdict(run),
            )
            for run in rows
        ),
        empty="No reconciliation has been run yet.",
    )


def _breaks(rows: Iterable[Break], empty: str = "No difference was ever found.") -> Table:
    return table(
        "breaks",
        BREAK_TITLES,
        (
            (
                link(f"Break {row.pk}", reverse("assurance:break", args=[row.pk])),
                row.token.code,
                row.get_kind_display(),
                quantity(row.units, row.unit, row.token.currency),
                Cell(row.get_state_display(), tone="bad" if row.state == "OPEN" else "good"),
                link(f"run {row.opened_by_id}", reverse("assurance:run", args=[row.opened_by_id])),
                link(f"run {row.last_seen_id}", reverse("assurance:run", args=[row.last_seen_id])),
                code(row.tx_hash, transaction_url(row.tx_hash)),
            )
            for row in rows
        ),
        empty=empty,
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
        open_breaks=_breaks(open_breaks, "No break is open."),
        runs=_runs(selectors.runs()[:SHOWN_RUNS]),
        unseen=selectors.never_compared(),
        may_reconcile=isinstance(request.user, User) and has_power(request.user, Power.RECONCILE),
    )


@face("assurance")
@require_safe
def run(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(selectors.runs(), pk=pk)
    currency = found.token.currency
    flights = found.in_flight.select_related("instruction__wallet").order_by("pk")
    return _page(
        request,
        "run.html",
        f"Run {found.pk}: {found.token.code}",
        run=found,
        verdict=_verdict(found),
        stamp=stamp_of(found.block_number, found.block_hash, found.block_time),
        equations=[
            {
                "row": row,
                "left": quantity(row.left, row.unit, currency).text,
                "right": quantity(row.right, row.unit, currency).text,
                "difference": quantity(row.difference, row.unit, currency).text,
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
                    code(row.instruction.wallet.address if row.instruction.wallet else ""),
                )
                for row in flights
            ),
            empty="No unit is on its way between two records.",
        ),
        observations=table(
            "observations",
            ("Record", "What", "#Value"),
            (
                (row.get_source_display(), row.name.replace("_", " "), quantity(row.value, row.unit, currency))
                for row in found.observations.all()
            ),
        ),
        breaks=_breaks(selectors.breaks().filter(evidence__equation__run=found).distinct(), "None was seen."),
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
    evidence = found.evidence.select_related("equation__run").order_by("-equation__run_id", "pk")
    return _page(
        request,
        "break.html",
        found.get_kind_display().capitalize(),
        found=found,
        facts=break_facts(found),
        since=since(found),
        evidence=table(
            "evidence",
            ("Run", "Equation", "#Left", "#Right", "#Difference"),
            (
                (
                    link(f"Run {row.equation.run_id}", reverse("assurance:run", args=[row.equation.run_id])),
                    row.equation.words,
                    *(
                        quantity(side, row.equation.unit, found.token.currency)
                        for side in (row.equation.left, row.equation.right, row.equation.difference)
                    ),
                )
                for row in evidence
            ),
            empty="No equation failed because of it.",
        ),
    )


@face("assurance")
@require_safe
def transaction(request: HttpRequest, tx_hash: str) -> HttpResponse:
    """A transaction that touched our contracts: where it stands and what the register booked for it."""
    logs = stories.logs_of(tx_hash)
    if not logs:
        raise Http404
    block = logs[0].block
    facts = [
        ("Transaction", tx_hash),
        ("Block", figures.units(block.number)),
        ("Block time", figures.when(block.timestamp)),
        ("Final", "yes: it can no longer be undone" if block.final else "not yet"),
        ("Events seen", figures.units(len(logs))),
    ]
    return _page(
        request,
        "transaction.html",
        f"Transaction {figures.short(tx_hash)}",
        facts=[{"label": label, "value": value} for label, value in facts],
        stamp=stamp_of(block.number, block.hash, block.timestamp),
        entries=stories.entries_of(tx_hash),
        breaks=stories.breaks_of(tx_hash),
    )


@face("assurance")
@require_POST
def reconcile_now(request: HttpRequest, pk: int) -> HttpResponse:
    """Compares the records of one security at the register's final block; repairs nothing."""
    assert isinstance(request.user, User)  # noqa: S101 narrowed for the type checker; `face` let only users in
    if not has_power(request.user, Power.RECONCILE):
        raise PermissionDenied
    token = get_object_or_404(selectors.comparable(), pk=pk)
    try:
        made = reconcile(token=token, now=clock.now(), phase=f"asked for by {request.user.username}")
    except PlatformError as error:
        messages.error(request, f"It could not be compared now: {error}")
        return redirect("assurance:overview")
    return redirect("assurance:run", pk=made.pk)
