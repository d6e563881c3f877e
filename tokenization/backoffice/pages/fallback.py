"""The chain is down on a payment day: which payments wait for it, why, and what each of the three ways would do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from contracts.indexer.models import Tip
from custody.servicing.actions import BankFallback, fallback_asked
from custody.servicing.chain.fallback import fallback_at_once, fallback_on_proof, second_look
from custody.servicing.chain.waiting import Waiting, waiting_for_the_chain
from custody.servicing.models import ServicingEvent
from tokenization.backoffice.pages.base import cashier, office_page, officer, tried
from tokenization.identity.approvals import approval_propose
from tokenization.identity.models import Approval
from tokenization.identity.roles import Power, has_power
from tokenization.kernel import clock
from tokenization.kernel.errors import PlatformError
from tokenization.kernel.secrets import masked
from tokenization.theme import figures
from tokenization.theme.faces import face
from tokenization.theme.tables import Cell, Table, amount, table

SHOWN = 500


@face("office")
@require_safe
def fallback(request: HttpRequest, pk: int) -> HttpResponse:
    row, now, user = _event(pk), clock.now(), officer(request)
    lines = waiting_for_the_chain(row, now)
    counts, sums = Counter[str](), Counter[str]()
    for line in lines:
        counts[line.way] += 1
        sums[line.way] += line.payment.amount_minor
    total = sum(sums.values())
    tip = Tip.objects.first()
    currency = row.token.series.payment_currency
    return office_page(
        request,
        "fallback.html",
        "The chain is down: pay by bank",
        lead=f"{row.title} of {row.token.series.isin}. The state pays on the day; nobody is paid twice.",
        event=row,
        seen=f"The newest block was seen at {figures.when(tip.head_seen_at)}." if tip else "No block was seen yet.",
        ways={way: f"{figures.units(counts[way])}, {figures.money(sums[way], currency)}" for way in counts},
        everything=f"{figures.units(len(lines))}, {figures.money(total, currency)}",
        lines=_lines(lines, currency),
        more=max(0, len(lines) - SHOWN),
        second=bool(settings.CHAIN_SECOND_RPC_URL),
        may_pay=has_power(user, Power.CASH_CONFIRM),
        may_propose=has_power(user, Power.REDEEM_DRAFT),
        pending=fallback_asked(row),
    )


@face("office")
@require_POST
def at_once(request: HttpRequest, pk: int) -> HttpResponse:
    """What was never signed goes to bank accounts; the chain can then never pay it."""
    row, user = _event(pk), cashier(request)
    return _paid(request, row, lambda: fallback_at_once(event=row, actor=user, now=clock.now()))


@face("office")
@require_POST
def on_proof(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks the second node, outside of any transaction, then pays by bank what it shows unused."""
    row, user = _event(pk), cashier(request)

    def pay() -> int:
        proof = second_look(settings.CHAIN_SECOND_RPC_URL, row)
        return fallback_on_proof(event=row, proof=proof, actor=user, now=clock.now())

    return _paid(request, row, pay)


@face("office")
@require_POST
def by_two(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks for the rest to be paid by bank although the chain may still pay it; a second person decides."""
    row, user = _event(pk), officer(request)
    if not has_power(user, Power.REDEEM_DRAFT):
        raise PermissionDenied
    payload = {"event": row.pk, "reason": request.POST.get("reason", "").strip()}
    made: list[Approval] = []

    def ask() -> None:
        made.append(approval_propose(action=BankFallback.name, payload=payload, actor=user, now=clock.now()))

    if tried(request, ask, "Proposed. It now waits for a second person."):
        return redirect("office:decision", pk=made[0].pk)
    return redirect("office:fallback", pk=row.pk)


def _event(pk: int) -> ServicingEvent:
    return get_object_or_404(ServicingEvent.objects.select_related("token__series"), pk=pk)


def _paid(request: HttpRequest, row: ServicingEvent, pay: Callable[[], int]) -> HttpResponse:
    try:
        count = pay()
    except PlatformError as error:
        messages.error(request, str(error))
    else:
        if count:
            messages.success(request, f"By bank instead: {figures.units(count)}. See the payment run for what is next.")
        else:
            messages.warning(request, "Nothing may be paid by bank on this evidence: nothing was changed.")
    return redirect("office:fallback", pk=row.pk)


def _why(line: Waiting) -> Cell:
    until = line.payment.valid_until
    if line.way == Waiting.AT_ONCE:
        return Cell("never signed", tone="good")
    if line.way == Waiting.ON_PROOF:
        return Cell(f"signed; its call ended at {figures.when(until)}", tone="wait")
    return Cell(f"signed; its call may act until {figures.when(until)}", tone="warn")


def _lines(lines: list[Waiting], currency: str) -> Table:
    return table(
        "waiting-for-the-chain",
        ("Holder", "#Number", "#Amount", "Why it waits", "Bank account"),
        (
            (
                str(line.payment.entitlement.party or figures.short(line.payment.entitlement.wallet.address)),
                line.payment.number,
                amount(line.payment.amount_minor, currency),
                _why(line),
                (masked(line.iban) if line.iban else "")
                or Cell("none verified: waits for him, unclaimed", tone="warn"),
            )
            for line in lines[:SHOWN]
        ),
        empty="Nothing waits for the chain.",
    )
