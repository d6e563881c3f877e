"""The first page of an officer: what waits for him, and whether the machinery is well."""

from __future__ import annotations

from datetime import date, datetime, time

from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from contracts.indexer.selectors import head_lag
from contracts.outbox.models import Intent, Signer
from custody.reconciliation.models import Break
from custody.settlement.models import SettlementInstruction, SuspenseItem
from tokenization.backoffice.pages.base import office_page, officer
from tokenization.backoffice.pages.deciders import waiting
from tokenization.backoffice.pages.decisions import queue
from tokenization.backoffice.pages.duties import duties, duty_table
from tokenization.backoffice.pages.next_steps import next_steps
from tokenization.backoffice.wording import settlement_state
from tokenization.identity.roles import Power, powers_of
from tokenization.kernel import clock
from tokenization.theme import figures
from tokenization.theme.faces import face
from tokenization.theme.health import Alarm
from tokenization.theme.redemptions import redemption_profiles
from tokenization.theme.stamp import register_stamp
from tokenization.theme.tables import Cell, Table, table

SHOWN = 20
SETTLED = ("DELIVERED", "REFUNDED", "LAPSED")
ENDED = ("FINAL", "SPLIT", "REJECTED", "REVERTED", "CANCELLED")


def alarms() -> list[Alarm]:
    """What asks for a person, worst first, each with what to do; the banner above it says what stands still."""
    breaks = Break.objects.filter(state="OPEN").order_by("pk")
    found = [
        Alarm(
            "error",
            f"{line.get_kind_display().capitalize()}: {figures.units(line.units)} {line.unit}, {line.token.code}.",
            "Read its story; two persons close it once the cause is dealt with.",
            reverse("assurance:break", args=[line.pk]),
        )
        for line in breaks.select_related("token__series")[:SHOWN]
    ]
    more = breaks.count() - SHOWN
    if more > 0:
        found.append(Alarm("error", f"{figures.units(more)} more breaks are open.", "", reverse("assurance:breaks")))
    found += [
        Alarm(
            "warning",
            f"The key “{signer.name}” cannot go on: {signer.trouble}",
            "Work waits and is sent by itself once this is mended.",
        )
        for signer in Signer.objects.exclude(trouble="").order_by("pk")[:SHOWN]
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


def settlement_board(today: date) -> Table:
    """What is being settled, and what ended today; of former days the settlement page tells."""
    ended = SettlementInstruction.objects.filter(state__in=SETTLED, deliver_by__lt=start_of(today))
    groups = (
        SettlementInstruction.objects.exclude(pk__in=ended.values("pk"))
        .values("state", "currency")
        .annotate(number=Count("id"), total=Sum("amount_minor"))
        .order_by("state")
    )
    return table(
        "settlement",
        ("State", "#Payments", "#Amount"),
        (
            (
                Cell(
                    settlement_state(group["state"]),
                    tone=figures.tone(group["state"]),
                    href=f"{reverse('office:settlement_settlementinstruction_changelist')}?state={group['state']}",
                ),
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
    user = officer(request)
    powers, now = powers_of(user), clock.now()
    mine, others = waiting(user, powers)
    todo, today = duties(powers), timezone.localtime(now).date()
    open_breaks = Break.objects.filter(state="OPEN").count()
    counts = [
        {"label": "money tasks for you", "value": len(todo), "href": "#todo"},
        {"label": "wait for your decision", "value": mine.count(), "href": reverse("office:decisions")},
        {"label": "open breaks", "value": open_breaks, "href": reverse("assurance:breaks")},
        {
            "label": "transactions on their way to the chain",
            "value": Intent.objects.exclude(state__in=ENDED).count(),
            "href": reverse("office:outbox_intent_changelist"),
        },
        {
            "label": "amounts in suspense: in dispute, or not matched",
            "value": SuspenseItem.objects.filter(state="HELD").count(),
            "href": reverse("office:settlement_suspenseitem_changelist"),
        },
    ]
    return office_page(
        request,
        "dashboard.html",
        "Today",
        lead=f"Day of business: {today:%A}, {figures.day(today)}. It is {figures.when(now)}.",
        todo=duty_table(todo),
        alarms=alarms(),
        counts=counts,
        next_steps=next_steps(powers, now),
        mine=queue("for-me", mine, "Nothing waits for you."),
        others=queue("for-others", others, "Nothing waits for anybody else.", deciders=True),
        board=settlement_board(today),
        profiles=redemption_profiles(now),
        # Blocks are for those who run the machinery or check it; the others have tasks.
        chain=_chain() if powers & {Power.OPERATE, Power.AUDIT_READ} else [],
        stamp=register_stamp(),
    )


def start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(0)))


def _chain() -> list[dict[str, str]]:
    lag = head_lag()
    if lag is None:
        return [{"label": "Node", "value": "has not answered yet"}]
    return [
        {"label": "Newest block heard of", "value": figures.units(lag.head_number)},
        {"label": "Last heard from the node", "value": figures.when(lag.seen_at)},
        {"label": "Final up to block", "value": figures.units(lag.final_number)},
    ]
