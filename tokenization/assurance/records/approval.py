"""One approval: what exactly was approved, by whom, and whether its list still has the root that was approved."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from custody.instructions.models import Instruction
from tokenization.assurance.looks import look
from tokenization.assurance.models import Look
from tokenization.assurance.paging import paged
from tokenization.assurance.records.facts import Fact, fact, facts, person, record_page
from tokenization.assurance.records.listing import may_read
from tokenization.identity.approvals import root
from tokenization.identity.models import Approval, ApprovalItem
from tokenization.kernel.canonical import sha256_hex
from tokenization.theme import figures
from tokenization.theme.faces import face
from tokenization.theme.tables import Cell, Table, code, link, table


@face("assurance")
@require_safe
def approval(request: HttpRequest, pk: int) -> HttpResponse:
    """Its list whole, page by page, or the one item that is asked for by its leaf."""
    found = get_object_or_404(Approval.objects.select_related("maker", "checker"), pk=pk)
    look(request, Look.What.RECORD, pk, f"approval {pk}")
    leaf = request.GET.get("leaf", "")
    items = found.items.order_by("position")
    rows, pages = paged(request, items.filter(leaf=leaf) if leaf else items)
    return record_page(
        request,
        f"Approval {pk}: {found.title}",
        lead=figures.prose(found.subject),
        parts=[
            ("Who decided", facts(*_who(found)), None),
            ("What was shown to the second person", [], _effect(found)),
            ("What is bound", facts(*_bound(found, whole=may_read(request))), None),
            ("The approved list" if not leaf else "The item in the approved list", [], _items(rows)),
        ],
        pages=pages,
        more=reverse("assurance:approval", args=[pk]) if leaf else "",
        more_words="The whole list",
    )


def _who(row: Approval) -> list[Fact]:
    return [
        fact("State", row.get_state_display().lower()),
        fact("Asked by", person(row.maker)),
        fact("Asked at", figures.when(row.made_at)),
        fact("Decided by", person(row.checker)),
        fact("Decided at", figures.when(row.decided_at)),
        fact("Reason", row.decision_reason),
        fact("Two houses needed", "yes" if row.two_houses else "no"),
    ]


def _effect(row: Approval) -> Table:
    """Before and after, as it was when the second person approved; as it was asked for while nobody has."""
    shown: dict[str, Any] = row.preview_at_decision or row.preview or {}
    return table(
        "effect",
        ("What", "Before", "After"),
        ([figures.shortened(figures.plain(cell)) for cell in line] for line in shown.get("rows", [])),
        empty="No figure changes by it.",
    )


def _bound(row: Approval, *, whole: bool) -> list[Fact]:
    """What was approved cannot have been altered: both hashes are computed here again. The text is for auditors."""
    leaves = list(row.items.order_by("position").values_list("leaf", flat=True))
    fits = root(leaves) == row.items_root and len(leaves) == row.item_count
    text = sha256_hex(row.payload) == row.payload_hash
    return [
        fact("Hash of the text", row.payload_hash),
        fact("Text computed again", "the same hash" if text else "another hash: the text was altered"),
        fact("Root of the list", row.items_root),
        fact("List computed again", "the same root" if fits else "another root: the list was altered"),
        fact("Items", figures.units(row.item_count)),
        fact("The text itself", row.payload if whole else ""),
    ]


def _items(rows: list[ApprovalItem]) -> Table:
    done = {
        one.leaf: one
        for one in Instruction.objects.filter(leaf__in=[row.leaf for row in rows]).select_related("settled_log")
    }
    return table(
        "items",
        ("#Item", "What", "Leaf", "Instruction", "#Block", "Transaction"),
        ((row.position + 1, _body(row.body), code(row.leaf), *_done(done.get(row.leaf))) for row in rows),
        empty="It has no list of items: the text above is all of it.",
        paged=True,
    )


def _body(body: dict[str, Any]) -> str:
    return figures.shortened(", ".join(f"{name.replace('_', ' ')} {value}" for name, value in body.items()))


def _done(row: Instruction | None) -> tuple[Cell | str, Cell | str | int, Cell | str]:
    if row is None:
        return "", "", ""
    here = link(f"No. {row.number}", reverse("assurance:instruction", args=[row.pk]))
    log = row.settled_log
    if log is None:
        return here, "", ""
    return here, log.block_id, code(log.tx_hash, reverse("assurance:transaction", args=[log.tx_hash]))
