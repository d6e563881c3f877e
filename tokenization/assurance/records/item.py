"""One bar or one batch: its weights, every move with its decision, and every list that told of it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from custody.reserves.models import VaultItem
from tokenization.assurance.looks import look
from tokenization.assurance.models import Look
from tokenization.assurance.records.facts import Fact, fact, facts, record_page
from tokenization.theme import figures
from tokenization.theme.faces import face
from tokenization.theme.tables import Cell, Table, link, table


@face("assurance")
@require_safe
def item(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(VaultItem.objects.select_related("vault__party", "token__series"), pk=pk)
    look(request, Look.What.RECORD, pk, f"item {found.key}")
    return record_page(
        request,
        f"Item {found.key}",
        lead=f"In {found.vault.name}, {found.vault.location}. The vault's weight counts, not the refiner's.",
        parts=[
            ("What it is", facts(*_what(found)), None),
            ("Moves", [], _moves(found)),
            ("Lists that told of it", [], _lists(found)),
        ],
    )


def _what(row: VaultItem) -> list[Fact]:
    code = row.vault.commodity
    return [
        fact("Kept by", row.vault.party.name),
        fact("State", row.get_state_display()),
        fact("Behind", f"{row.token.name}, {row.token.code}" if row.token else "no token"),
        fact("Fine quantity by the vault", figures.money(row.fine_minor, code)),
        fact("Fine quantity by the refiner", figures.money(row.refiner_fine_minor, code)),
        fact("Gross", figures.money(row.gross_minor, code)),
        fact("Assay", figures.units(row.assay)),
    ]


def _moves(row: VaultItem) -> Table:
    moves = row.history.select_related("approval", "moved_by", "token__series").order_by("sequence")
    return table(
        "moves",
        ("#Move", "From", "To", "Token", "Approval", "By", "At", "Because"),
        (
            (
                move.sequence,
                move.get_old_state_display(),
                move.get_new_state_display(),
                move.token.code if move.token else "",
                link(f"approval {move.approval_id}", reverse("assurance:approval", args=[move.approval_id]))
                if move.approval_id
                else "",
                move.moved_by.username,
                move.moved_at,
                move.reason,
            )
            for move in moves
        ),
        empty="It was never moved.",
    )


def _lists(row: VaultItem) -> Table:
    lines = row.told.select_related("list__file", "list__vault").order_by("-list__as_of")
    return table(
        "lists",
        ("List", "#Line", "As of", "#Fine quantity", "File"),
        (
            (
                f"list {line.list.number} of {line.list.vault}",
                line.line,
                line.list.as_of,
                Cell(figures.money(line.fine_minor, row.vault.commodity), sort=line.fine_minor),
                link(line.list.file.name, reverse("assurance:file", args=[line.list.file_id])),
            )
            for line in lines
        ),
        empty="No list names it.",
    )
