"""The settlement board: a day's purchases by state, what is held in suspense, and what two could do about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from custody.registries.models import SettlementAccount
from custody.settlement.models import SettlementInstruction, SuspenseItem
from custody.settlement.selectors import allotments_unopened, suspense_held
from custody.settlement.statements import suggestions
from issuance.allotment.models import Allotment
from tokenization.backoffice.pages.base import Progress, day_asked, office_page, officer, tried
from tokenization.backoffice.pages.listing import Listing, taken_away
from tokenization.backoffice.pages.stranded import stranded
from tokenization.backoffice.records.base import record_url
from tokenization.backoffice.tasks.custody import withdraw as withdrawal
from tokenization.backoffice.wording import in_money, settlement_state
from tokenization.identity.approvals import approval_propose
from tokenization.identity.models import Approval
from tokenization.identity.roles import Power, has_power, powers_of
from tokenization.kernel import clock
from tokenization.theme import figures
from tokenization.theme.faces import face
from tokenization.theme.tables import Cell, Table, amount, link, table

SHOWN = 500
OPEN = ("AWAITING_CASH", "CASH_CONFIRMED", "IMMOBILISED", "ISSUING", "UNDELIVERABLE", "WITHDRAWN")
UNPAID = Q(state__in=("AWAITING_CASH", "LAPSED"))


@face("office")
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    today = timezone.localdate(now)
    day = day_asked(request.GET.get("on", "")) or today
    of_day = SettlementInstruction.objects.filter(allotment__settlement_date=day)
    earlier = SettlementInstruction.objects.filter(allotment__settlement_date__lt=day, state__in=OPEN)
    unopened = _unopened(day)
    nothing = "No settlement is open for this day yet." if unopened.rows else "Nothing settles on this day."
    purchases = _purchases(request, "purchases", of_day, nothing)
    left = _purchases(request, "earlier", earlier, "Nothing is left over from earlier days.")
    return taken_away(request, purchases, left) or office_page(
        request,
        "settlement.html",
        "Settlement",
        lead="What was allotted and what is settled are two figures: they meet only when every purchase is delivered.",
        on=day,
        totals=_totals(day, of_day),
        progress=_progress(of_day),
        states=_states(of_day),
        unopened=unopened,
        may_open=has_power(officer(request), Power.ISSUE_DRAFT),
        purchases=purchases,
        earlier=left,
        waiting=_waiting() if has_power(officer(request), Power.CASH_CONFIRM) else [],
        stranded=stranded(now, powers_of(officer(request))),
        may=has_power(officer(request), Power.REFUND_DRAFT),
        held=[_held(item, now) for item in suspense_held().select_related("entry")[:SHOWN]],
        suggestions=suggestions(now),
    )


def _progress(rows: QuerySet[SettlementInstruction]) -> Progress:
    """Of what is to be delivered on a day; what lapsed or was given back is no part of it."""
    counted = rows.exclude(state__in=("LAPSED", "REFUNDED"))
    return Progress(counted.filter(state="DELIVERED").count(), counted.count(), "purchases of this day delivered")


def _waiting() -> QuerySet[SettlementInstruction]:
    """Purchases of any day that nobody has paid yet, and of which no file of the bank will tell."""
    rows = SettlementInstruction.objects.filter(state="AWAITING_CASH").select_related("allotment__party")
    return rows.exclude(currency__in=SettlementAccount.objects.values("currency")).order_by("pk")[:SHOWN]


def _held(item: SuspenseItem, now: datetime) -> dict[str, Any]:
    days = (timezone.localdate(now) - timezone.localdate(item.entry.at)).days
    return {"item": item, "days": days, "why": figures.plain(in_money(item.reason, item.currency))}


def _totals(day: date, rows: QuerySet[SettlementInstruction]) -> Table:
    """By currency: allotted (whatever became of it), paid by buyers, delivered, and not paid."""
    allotted = dict(
        Allotment.objects.filter(settlement_date=day)
        .values_list("series__payment_currency")
        .annotate(total=Sum("proceeds_minor"))
        .order_by("series__payment_currency")
    )
    sums = {
        row["currency"]: row
        for row in rows.values("currency").annotate(
            paid=Sum("amount_minor", filter=~UNPAID, default=0),
            delivered=Sum("amount_minor", filter=Q(state="DELIVERED"), default=0),
        )
    }
    found: list[tuple[Any, ...]] = []
    for currency, total in allotted.items():
        part = sums.get(currency, {"paid": 0, "delivered": 0})
        known = (total, part["paid"], part["delivered"], total - part["delivered"])
        found.append((currency, *(amount(minor, currency) for minor in known)))
    titles = ("Currency", "#Allotted", "#Paid by buyers", "#Settled", "#Allotted, not settled")
    return table("totals", titles, found, empty="Nothing was allotted for this day.")


def _unopened(day: date) -> Table:
    """Allotted for that day, and no settlement yet: no buyer of these knows what to pay."""
    return table(
        "unopened",
        ("Buyer", "Security", "#Units", "#Due", "What comes first"),
        (
            (
                str(row.party),
                row.series.isin,
                row.units,
                amount(row.proceeds_minor, row.series.payment_currency),
                "its settlement is opened" if hasattr(row.series, "token_contract") else "the security is tokenised",
            )
            for row in allotments_unopened()
            .filter(settlement_date=day)
            .select_related("series__token_contract")[:SHOWN]
        ),
    )


def _states(rows: QuerySet[SettlementInstruction]) -> Table:
    groups = rows.values("state", "currency").annotate(number=Count("id"), total=Sum("amount_minor"))
    return table(
        "states",
        ("State", "#Purchases", "#Amount"),
        (
            (
                Cell(settlement_state(group["state"]), tone=figures.tone(group["state"])),
                group["number"],
                amount(group["total"], group["currency"]),
            )
            for group in groups.order_by("state", "currency")
        ),
        empty="Nothing is being settled on this day.",
    )


def _purchases(request: HttpRequest, name: str, rows: QuerySet[SettlementInstruction], empty: str) -> Listing:
    return Listing(
        request,
        name,
        ("Reference", "Buyer", "Security", "#Due", "State", "Deliver by"),
        rows.select_related("allotment__party", "allotment__series").order_by("pk"),
        _purchase,
        search=(
            "payment_reference", "allotment__party__name", "allotment__party__reference", "allotment__series__isin",
        ),
        sorts={"Due": "amount_minor", "Buyer": "allotment__party__name", "Deliver by": "deliver_by", "State": "state"},
        empty=empty,
    )  # fmt: skip


def _purchase(row: SettlementInstruction) -> tuple[Any, ...]:
    return (
        link(row.payment_reference, record_url(row)),
        str(row.allotment.party),
        row.allotment.series.isin,
        amount(row.amount_minor, row.currency),
        Cell(settlement_state(row.state), tone=figures.tone(row.state)),
        row.deliver_by,
    )


@face("office")
@require_POST
def pay_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks for the return of one held amount; a second person decides."""
    item = get_object_or_404(SuspenseItem, pk=pk)
    return _propose(request, "custody.settlement.RefundApprove", {"suspense": item.pk})


@face("office")
@require_POST
def apply(request: HttpRequest) -> HttpResponse:
    """Asks that held amounts pay a purchase, or cancel each other out; a second person decides."""
    items = [number for number in map(_number, request.POST.getlist("items")) if number is not None]
    payload = {"settlement": _number(request.POST.get("settlement", "")), "items": items}
    return _propose(request, "custody.settlement.SuspenseApply", payload)


def _number(text: str) -> int | None:
    """The key of a row as a form sends it; None for what is none."""
    return int(text) if text.isdecimal() and len(text) < 19 else None


@face("office")
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks that a paid purchase which cannot be delivered is given up; a second person decides."""
    row = get_object_or_404(SettlementInstruction, pk=pk)
    return _asked(request, Power.WITHDRAW_DRAFT, lambda **who: withdrawal(settlement=row, **who))


@face("office")
@require_POST
def refund(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks that a withdrawn purchase is paid back; a second person decides."""
    row = get_object_or_404(SettlementInstruction, pk=pk)
    return _propose(request, "custody.settlement.RefundApprove", {"settlement": row.pk})


def _propose(request: HttpRequest, action: str, payload: dict[str, Any]) -> HttpResponse:
    return _asked(request, Power.REFUND_DRAFT, lambda **who: approval_propose(action=action, payload=payload, **who))


def _asked(request: HttpRequest, power: Power, propose: Callable[..., Approval]) -> HttpResponse:
    actor = officer(request)
    if not has_power(actor, power):
        raise PermissionDenied
    made: list[Approval] = []

    def ask() -> None:
        made.append(propose(actor=actor, now=clock.now()))

    if tried(request, ask, "Proposed. It now waits for a second person."):
        return redirect("office:decision", pk=made[0].pk)
    return redirect("office:settlement")
