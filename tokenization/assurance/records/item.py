"""One bar or one batch: its weights, every move with its decision, and every list that told of it or left it out."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from custody.reserves.models import ItemState, VaultItem, VaultList
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
            ("Lists of its vault", [], _lists(found)),
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
    """Newest first: those that name it, and those that left it out while it was behind a token."""
    lines = row.told.select_related("list__file", "list__vault")
    told: list[tuple[VaultList, int | str, Cell]] = [
        (line.list, line.line, Cell(_fine(line.fine_minor, row), sort=line.fine_minor)) for line in lines
    ]
    told += [(one, "", Cell("left out while behind a token", tone="bad")) for one in _without(row)]
    return table(
        "lists",
        ("List", "#Line", "As of", "#Fine quantity", "File"),
        (
            (
                f"list {one.number} of {one.vault}",
                line,
                one.as_of,
                fine,
                link(one.file.name, reverse("assurance:file", args=[one.file_id])),
            )
            for one, line, fine in sorted(told, key=lambda found: found[0].as_of, reverse=True)
        ),
        empty="No list names it.",
    )


def _fine(minor: int, row: VaultItem) -> str:
    return figures.money(minor, row.vault.commodity)


def _without(row: VaultItem) -> list[VaultList]:
    """The lists of its vault that do not name it, of instants at which it was allocated."""
    moves = list(row.history.order_by("sequence").values_list("new_state", "moved_at"))
    ends = [*(at for _, at in moves[1:]), None]
    while_behind = Q(pk__in=())
    for (state, since), until in zip(moves, ends, strict=True):
        if state == ItemState.ALLOCATED:
            while_behind |= Q(as_of__gte=since, as_of__lt=until) if until else Q(as_of__gte=since)
    rows = VaultList.objects.filter(while_behind, vault=row.vault).exclude(lines__item=row)
    return list(rows.select_related("file", "vault"))
