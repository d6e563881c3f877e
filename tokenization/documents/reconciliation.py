"""The report of a reconciliation run: its equations, what was on its way, its breaks, and what each record showed.

Everything comes from rows that are never rewritten, so that an old run prints the same bytes for ever; an auditor's
conclusion, once he has told one, is added as a part of its own.
"""

from __future__ import annotations

import json
from typing import Any

from custody.reconciliation.models import Run
from custody.reconciliation.standing import Standing, standing
from custody.reconciliation.words import figure, named, observed, sides
from tokenization.documents.paper import Document, Grid, TrueAt
from tokenization.kernel.writing import EMPTY, units, when

TITLES = (
    "Equation", "In words", "Left side", "Right side", "Difference", "Unit", "Holds", "Block", "Block hash", "Parts",
)  # fmt: skip
# The name of the row that is no equation: the backing, where its attestation has ended.
UNATTESTED = "reserve.not-attested"


def report_rows(run: Run) -> list[tuple[Any, ...]]:
    """One row for each equation, exact and in the smallest unit, each with the block at which it is true.

    First of all, where nobody attests the backing any more, since when, with what was last attested beside the need.
    """
    return [
        *_unattested_row(run),
        *(
            (
                row.name, row.words, int(row.left), int(row.right), int(row.difference), row.unit,
                "yes" if row.holds else "no", run.block_number, run.block_hash, json.dumps(row.detail, sort_keys=True),
            )
            for row in run.equations.order_by("pk")
        ),
    ]  # fmt: skip


def _unattested(run: Run) -> Standing | None:
    """What the units stand on where no attestation was in force at the block; from the run's own observations."""
    found = standing(run, run.observations.all())
    return found if found is not None and found.words else None


def _unattested_row(run: Run) -> list[tuple[Any, ...]]:
    found = _unattested(run)
    if found is None:
        return []
    last = (found.needed, found.eligible, found.needed - found.eligible) if found.number else (found.needed, "", "")
    return [(UNATTESTED, found.words, *last, "minor", "not attested", run.block_number, run.block_hash, "")]


def run_report(run: Run) -> Document:
    """As of the instant of the run, true at its block."""
    found = list(run.sightings.select_related("found").order_by("found_id"))
    stands = _unattested(run)
    verdict = "Every equation holds." if run.green else "Something does not add up."
    return Document(
        kind="Reconciliation report",
        reference=f"Run {run.pk}, {run.token.code}",
        at=run.at,
        lead=f"{verdict} The records of {run.token.name} were compared at one final block.",
        facts=(
            ("Security", f"{run.token.name}, {run.token.code}"),
            ("Result", "green" if run.green else "red"),
            *([("Backing", stands.words)] if stands is not None and not stands.exposed else []),
            ("Block", f"{units(run.block_number)} of {when(run.block_time)}"),
            ("Made at", when(run.at)),
            ("Occasion", run.phase or EMPTY),
            ("Not compared", "; ".join(run.skipped) or EMPTY),
        ),
        grids=(_equations(run), _in_flight(run), _breaks(run, found), _observations(run), *_conclusions(run)),
        codes=(("Contract", run.token.address),),
        true_at=TrueAt(run.block_number, run.block_hash, run.block_time),
        warning=stands.words if stands is not None and stands.exposed else "",
    )


def _equations(run: Run) -> Grid:
    rows = tuple(
        (
            row.words,
            left,
            right,
            "holds" if row.holds else f"off by {apart}",
        )
        for row, (left, right, apart) in ((row, sides(row, run.token)) for row in run.equations.order_by("pk"))
    )
    return Grid("Equations", ("Equation", "#Left side", "#Right side", "Result"), rows, empty="Nothing was compared.")


def _in_flight(run: Run) -> Grid:
    rows = tuple(
        (
            f"No. {row.instruction.number}, {row.instruction.kind}",
            figure(row.units, "units", run.token),
            row.get_side_display(),
        )
        for row in run.in_flight.select_related("instruction").order_by("pk")
    )
    return Grid(
        "Units on their way", ("Instruction", "#Quantity", "Where they are"), rows, empty="No unit was on its way."
    )


def _breaks(run: Run, found: list[Any]) -> Grid:
    rows = tuple(
        (f"Break {row.found_id}", figure(row.units, row.unit, run.token, cash=row.found.is_cash), row.story)
        for row in found
    )
    return Grid("Breaks", ("Break", "#Amount", "What was found"), rows, empty="None was seen.")


def _conclusions(run: Run) -> tuple[Grid, ...]:
    """The auditors' own words, oldest first; no part at all before the first."""
    rows = tuple(
        (row.get_opinion_display(), row.words, row.concluded_by.username, when(row.concluded_at))
        for row in run.conclusions.select_related("concluded_by").order_by("pk")
    )
    return (Grid("Auditor's conclusion", ("Opinion", "In the auditor's words", "By", "At"), rows),) if rows else ()


def _observations(run: Run) -> Grid:
    rows = tuple(
        (row.get_source_display(), named(row), observed(row, run.token)) for row in run.observations.order_by("pk")
    )
    return Grid("What each record showed", ("Record", "What", "#Value"), rows)
