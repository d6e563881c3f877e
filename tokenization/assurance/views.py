"""Is the supply right? Runs, their equations side by side, and the story of every break."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from custody.reconciliation.evidence.anchoring import root_failed
from custody.reconciliation.evidence.models import EvidencePack
from custody.reconciliation.models import Break, Observation, Run
from custody.reconciliation.services import reconcile
from custody.reconciliation.standing import Standing, standing
from custody.reconciliation.words import named, observed, sign, stated
from tokenization.assurance import selectors
from tokenization.assurance.answer import answer, figures_of
from tokenization.assurance.backing import backing, unbacked
from tokenization.assurance.conclusions import conclusions_of, latest_conclusion, opinions
from tokenization.assurance.evidence import asked_of, evidence_facts, verify_command
from tokenization.assurance.looks import OF_A_RUN, look, looks_at
from tokenization.assurance.models import Look
from tokenization.assurance.progress import comparisons, pack_work
from tokenization.assurance.reach import mandates, reach
from tokenization.assurance.records_drawn import drawn
from tokenization.assurance.sampling import terms
from tokenization.assurance.standing import dated, last_attested, parts_of
from tokenization.assurance.stories import (
    age,
    break_facts,
    quantity,
    sides,
    sightings_of,
    since,
    transaction_url,
)
from tokenization.identity.models import User
from tokenization.identity.roles import Power, has_power
from tokenization.kernel import clock
from tokenization.kernel.errors import PlatformError
from tokenization.theme import figures
from tokenization.theme.faces import face
from tokenization.theme.redemptions import redemption_profiles
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
    "Age",
    "First seen in run",
    "Last seen in run",
    "Transaction",
)


def page_of(request: HttpRequest, template: str, heading: str, **context: Any) -> HttpResponse:
    return render(request, f"assurance/{template}", {"heading": heading, **context})


def _may_reconcile(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and has_power(request.user, Power.RECONCILE)


def _verdict(run: Run, unbacked: bool) -> Cell:
    if not run.green:
        return Cell("something does not add up", tone="bad")
    if unbacked:
        return Cell("every equation holds, not every token has money behind it", tone="warn")
    return Cell("every equation holds", tone="good")


def _runs(runs: Iterable[Run]) -> Table:
    rows = list(runs)
    without_money = unbacked(rows)
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
                _verdict(run, run.pk in without_money),
            )
            for run in rows
        ),
        empty="No reconciliation has been run yet.",
    )


def _breaks(rows: Iterable[Break], empty: str = "No difference was ever found.") -> Table:
    now = clock.now()
    return table(
        "breaks",
        BREAK_TITLES,
        (
            (
                link(f"Break {row.pk}", reverse("assurance:break", args=[row.pk])),
                row.token.code,
                row.get_kind_display(),
                quantity(row.units, row.unit, row.token, cash=row.is_cash),
                Cell(row.get_state_display(), tone="bad" if row.state == "OPEN" else "good"),
                age(row, now) if row.state == "OPEN" else f"was open for {age(row, now)}",
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
    latest, unseen = list(selectors.latest_runs(reach(request))), list(selectors.never_compared(reach(request)))
    open_breaks = [row for row in selectors.breaks(reach(request)) if row.state == "OPEN"]
    return page_of(
        request,
        "overview.html",
        "Is the supply right?",
        answer=answer(latest, unseen, open_breaks, clock.now()),
        cards=[
            {
                "run": run,
                "backing": backing(run),
                "stamp": stamp_of(run.block_number, run.block_hash, run.block_time),
                "figures": figures_of(run, clock.now()),
                "standing": standing(run, run.observations.all(), clock.now()),
                "charts": drawn(run.token),
                "concluded": latest_conclusion(run, request),
            }
            for run in latest
        ],
        open_breaks=_breaks(open_breaks, "No break is open."),
        runs=_runs(selectors.runs(reach(request))[:SHOWN_RUNS]),
        unseen=unseen,
        work=comparisons(list(selectors.comparable(reach(request)).order_by("pk")), latest),
        may_reconcile=_may_reconcile(request),
        profiles=redemption_profiles(clock.now()) if reach(request).everything else [],
        mandates=mandates(request),
    )


def _in_flight(found: Run) -> Table:
    rows = found.in_flight.select_related("instruction__wallet").order_by("pk")
    return table(
        "in-flight",
        ("Instruction", "#Quantity", "Where they are", "Wallet"),
        (
            (
                link(
                    f"No. {row.instruction.number}, {row.instruction.kind.lower().replace('_', ' ')}",
                    reverse("assurance:instruction", args=[row.instruction_id]),
                ),
                quantity(row.units, "units", found.token),
                row.get_side_display(),
                code(row.instruction.wallet.address if row.instruction.wallet else ""),
            )
            for row in rows
        ),
        empty="No unit is on its way between two records.",
    )


def _observations(found: Run, seen: list[Observation]) -> Table:
    return table(
        "observations",
        ("Record", "What", "#Value"),
        (
            (
                row.get_source_display(),
                named(row),
                Cell(observed(row, found.token), sort=int(row.value), href=reverse("assurance:figure", args=[row.pk])),
            )
            for row in seen
        ),
    )


def _equations(found: Run, seen: list[Observation], stands: Standing | None) -> list[dict[str, object]]:
    """Each with its two sides, and the figures that each side is the sum of."""
    return [
        {
            "row": row,
            **dict(zip(("left", "right", "difference"), (cell.text for cell in sides(row, found.token)), strict=True)),
            "words": stated(row),
            "sign": sign(row),
            "terms": terms.sides(row, found.token, seen),
            "parts": parts_of(row, found.token, stands),
        }
        for row in found.equations.order_by("pk")
    ]


@face("assurance")
@require_safe
def run(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(selectors.runs(reach(request)), pk=pk)
    look(request, Look.What.RUN, pk)
    seen = list(found.observations.all())
    stands = standing(found, seen)
    pack = EvidencePack.objects.filter(run=found).select_related("intent__split_from").first()
    signed = pack if pack is not None and pack.state != "PREPARED" else None
    return page_of(
        request,
        "run.html",
        f"Run {found.pk}: {found.token.code}",
        run=found,
        verdict=_verdict(found, bool(unbacked([found]))),
        backing=backing(found),
        facts=evidence_facts(pack),
        work=pack_work(pack),
        conclusions=conclusions_of(found),
        opinions=opinions(request),
        looks=looks_at(request, pk, *OF_A_RUN),
        downloadable=signed is not None,
        command=verify_command(signed) if signed else "",
        asked=asked_of(signed) if signed else [],
        may_ask=pack is None and _may_reconcile(request),
        may_anchor=pack is not None and root_failed(pack) and _may_reconcile(request),
        stamp=stamp_of(found.block_number, found.block_hash, found.block_time),
        equations=_equations(found, seen, stands),
        standing=stands,
        last_attested=last_attested(stands, found.token),
        dated=dated(found, seen, found.block_time).values(),
        in_flight=_in_flight(found),
        observations=_observations(found, seen),
        breaks=_breaks(
            selectors.breaks(reach(request)).filter(evidence__equation__run=found).distinct(), "None was seen."
        ),
    )


@face("assurance")
@require_safe
def breaks(request: HttpRequest) -> HttpResponse:
    return page_of(
        request,
        "breaks.html",
        "Breaks",
        lead="A break is a difference between two records. It stays here when closed; nothing repairs itself.",
        breaks=_breaks(selectors.breaks(reach(request))),
    )


@face("assurance")
@require_safe
def break_(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(selectors.breaks(reach(request)), pk=pk)
    look(request, Look.What.BREAK, pk)
    evidence = found.evidence.select_related("equation__run").order_by("-equation__run_id", "pk")
    return page_of(
        request,
        "break.html",
        found.get_kind_display().capitalize(),
        found=found,
        facts=break_facts(found, clock.now()),
        sightings=sightings_of(found),
        since=since(found),
        looks=looks_at(request, pk, Look.What.BREAK),
        evidence=table(
            "evidence",
            ("Run", "Equation", "#Left", "#Right", "#Difference"),
            (
                (
                    link(f"Run {row.equation.run_id}", reverse("assurance:run", args=[row.equation.run_id])),
                    stated(row.equation),
                    *sides(row.equation, found.token),
                )
                for row in evidence
            ),
            empty="No equation failed because of it.",
        ),
    )


@face("assurance")
@require_POST
def reconcile_now(request: HttpRequest, pk: int) -> HttpResponse:
    """Compares the records of one security at the register's final block; repairs nothing."""
    assert isinstance(request.user, User)  # noqa: S101 narrowed for the type checker; `face` let only users in
    if not has_power(request.user, Power.RECONCILE):
        raise PermissionDenied
    token = get_object_or_404(selectors.comparable(reach(request)), pk=pk)
    try:
        made = reconcile(token=token, now=clock.now(), phase=f"asked for by {request.user.username}")
    except PlatformError as error:
        messages.error(request, f"It could not be compared now: {error}")
        return redirect("assurance:overview")
    return redirect("assurance:run", pk=made.pk)
