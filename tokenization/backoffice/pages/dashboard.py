"""The first page of an officer: what waits for him, and whether the machinery is well."""

from __future__ import annotations

from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from contracts.indexer.selectors import head_lag
from contracts.outbox.models import Intent, Signer
from custody.reconciliation.models import Break
from custody.settlement.models import SettlementInstruction, SuspenseItem
from tokenization.backoffice.pages.base import office_page, officer
from tokenization.backoffice.pages.decisions import queue, waiting
from tokenization.backoffice.wording import settlement_state
from tokenization.theme import figures
from tokenization.theme.faces import face
from tokenization.theme.health import Alarm
from tokenization.theme.stamp import register_stamp
from tokenization.theme.tables import Cell, Table, table

ENDED = ("FINAL", "SPLIT", "REJECTED", "REVERTED", "CANCELLED")


def alarms() -> list[Alarm]:
    """What asks for a person, worst first, each with what to do; the banner above it says what stands still."""
    found = [
        Alarm(
            "error",
            f"{line.get_kind_display().capitalize()}: {figures.units(line.units)} {line.unit}, {line.token.code}.",
            "Read its story; two persons close it once the cause is dealt with.",
            reverse("assurance:break", args=[line.pk]),
        )
        for line in Break.objects.filter(state="OPEN").select_related("token__series")
    ]
    found += [
        Alarm(
            "warning",
            f"The key “{signer.name}” cannot go on: {signer.trouble}",
            "Work waits and is sent by itself once this is mended.",
        )
        for signer in Signer.objects.exclude(trouble="")
    ]
    stuck = Intent.objects.filter(state="STUCK").count()
    if stuck:
        found.append(
            Alarm(
                "warning",
                f"{stuck} transactions need a person.",
                "",
                reverse("office:outbox_intent_changelist") + "?state=STUCK",
            )
        )
    return found


def settlement_board() -> Table:
    groups = (
        SettlementInstruction.objects.values("state", "currency")
        .annotate(number=Count("id"), total=Sum("amount_minor"))
        .order_by("state")
    )
    return table(
        "settlement",
        ("State", "#Payments", "#Amount"),
        (
            (
                Cell(settlement_state(group["state"]), tone=figures.tone(group["state"])),
                group["number"],
                Cell(figures.money(group["total"], group["currency"]), sort=group["total"]),
            )
            for group in groups
        ),
        empty="Nothing is being settled.",
    )


@face("office")
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    mine, others = waiting(officer(request))
    stamp = register_stamp()
    open_breaks = Break.objects.filter(state="OPEN").count()
    counts = [
        {"label": "wait for your decision", "value": len(mine), "href": reverse("office:decisions")},
        {"label": "open breaks", "value": open_breaks, "href": reverse("assurance:breaks")},
        {
            "label": "transactions under way",
            "value": Intent.objects.exclude(state__in=ENDED).count(),
            "href": reverse("office:outbox_intent_changelist"),
        },
        {
            "label": "payments in suspense",
            "value": SuspenseItem.objects.filter(state="HELD").count(),
            "href": reverse("office:settlement_suspenseitem_changelist"),
        },
    ]
    return office_page(
        request,
        "dashboard.html",
        "Today",
        alarms=alarms(),
        counts=counts,
        mine=queue("for-me", mine, "Nothing waits for you."),
        others=queue("for-others", others, "Nothing waits for anybody else."),
        board=settlement_board(),
        stamp=stamp,
        chain=_chain(),
    )


def _chain() -> list[dict[str, str]]:
    lag = head_lag()
    if lag is None:
        return [{"label": "Node", "value": "has not answered yet"}]
    return [
        {"label": "Newest block heard of", "value": figures.units(lag.head_number)},
        {"label": "Last heard from the node", "value": figures.when(lag.seen_at)},
        {"label": "Final up to block", "value": figures.units(lag.final_number)},
    ]
