"""The rows of a figure as a table of a page and as a sheet: what each leads on to, nothing left out of the sheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.urls import reverse

from contracts.indexer.models import Log
from custody.reconciliation.models import Observation
from custody.reconciliation.words import figure
from tokenization.assurance.sampling.population import Line
from tokenization.theme import figures
from tokenization.theme.tables import Cell, Table, code, link, table

TITLES = (
    "Row", "What", "Amount", "Unit", "Block", "Transaction", "Log", "Instruction", "Approval", "Made by", "Made at",
    "Approved by", "Approved at", "Root of what was approved", "File", "SHA-256 of the file",
)  # fmt: skip


def sheet_rows(lines: Iterable[Line], unit: str) -> Iterator[tuple[Any, ...]]:
    for line in lines:
        yield (line.key, line.what, line.amount, unit, *_chain(line), *_approval(line), *_file(line))


def _chain(line: Line) -> tuple[Any, ...]:
    log, row = line.log, line.instruction
    number = row.number if row else None
    if log is None:
        return None, line.tx_hash or None, None, number
    return log.block_id, log.tx_hash, log.log_index, number


def _approval(line: Line) -> tuple[Any, ...]:
    found = line.approved
    if found is None:
        return (None,) * 6
    return (
        found.pk, found.maker.username, found.made_at, found.checker.username if found.checker else None,
        found.decided_at, found.items_root,
    )  # fmt: skip


def _file(line: Line) -> tuple[Any, ...]:
    return (line.file.name, line.file.sha256) if line.file else (None, None)


def lines_table(lines: list[Line], seen: Observation, *, empty: str = "No row: the figure is none.") -> Table:
    """A page of rows; a column that leads nowhere on this page is left out."""
    known = _known(lines)
    columns: list[tuple[str, list[Any]]] = [
        ("Row", [link(figures.shortened(line.key), line.href) for line in lines]),
        ("What", [figures.shortened(line.what) for line in lines]),
        ("#Amount", [_amount(line, seen) for line in lines]),
        ("#Block", [line.log.block_id if line.log else "" for line in lines]),
        ("Transaction", [_transaction(line, known) for line in lines]),
        ("#Log", [line.log.log_index if line.log else "" for line in lines]),
        ("Instruction", [_instruction(line) for line in lines]),
        ("Approval", [_approved(line) for line in lines]),
        ("File", [_kept(line) for line in lines]),
    ]
    shown = [column for column in columns if column[0] in ("Row", "What", "#Amount") or any(map(_said, column[1]))]
    rows = zip(*(cells for _, cells in shown), strict=True)
    return table("rows", [title for title, _ in shown], rows, empty=empty, paged=True)


def _said(cell: Any) -> bool:
    return cell not in ("", None)


def _amount(line: Line, seen: Observation) -> Cell:
    if seen.name == "numbers used":
        return Cell(figures.units(line.amount), sort=line.amount)
    said = figure(line.amount, seen.unit, seen.run.token, cash=seen.source == "CASH")
    return Cell(said, sort=line.amount)


def _known(lines: list[Line]) -> set[str]:
    """Of the transactions that are only named: those of which a log of ours is kept, so that they have a page."""
    named = [line.tx_hash for line in lines if line.tx_hash]
    return set(Log.objects.filter(tx_hash__in=named).values_list("tx_hash", flat=True)) if named else set()


def _transaction(line: Line, known: set[str]) -> Cell | str:
    value = line.log.tx_hash if line.log else line.tx_hash
    if not value:
        return ""
    return code(value, reverse("assurance:transaction", args=[value]) if line.log or value in known else "")


def _instruction(line: Line) -> Cell | str:
    row = line.instruction
    return link(f"No. {row.number}", reverse("assurance:instruction", args=[row.pk])) if row else ""


def _approved(line: Line) -> Cell | str:
    found = line.approved
    if found is None:
        return ""
    item = f"?leaf={line.instruction.leaf}" if line.instruction and not line.approval else ""
    return link(f"approval {found.pk}", f"{reverse('assurance:approval', args=[found.pk])}{item}")


def _kept(line: Line) -> Cell | str:
    return link(line.file.name, reverse("assurance:file", args=[line.file.pk])) if line.file else ""
