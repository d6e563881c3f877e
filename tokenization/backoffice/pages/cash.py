"""Money: purchases that wait for payment, and payments due to holders, confirmed by the fiscal agent's officer."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from custody.servicing.models import Payment
from custody.servicing.services import payment_confirm
from custody.settlement.models import SettlementInstruction, SuspenseItem
from custody.settlement.services import cash_confirm
from tokenization.backoffice.forms.base import minor
from tokenization.backoffice.pages.base import office_page, officer, tried
from tokenization.identity.models import User
from tokenization.identity.roles import Power, has_power
from tokenization.kernel import clock
from tokenization.kernel.errors import PlatformError, Refused
from tokenization.theme.faces import face
from tokenization.theme.tables import amount, table


def _cashier(request: HttpRequest) -> User:
    user = officer(request)
    if not has_power(user, Power.CASH_CONFIRM):
        raise PermissionDenied
    return user


@face("office")
@require_safe
def cash(request: HttpRequest) -> HttpResponse:
    waiting = SettlementInstruction.objects.filter(state="AWAITING_CASH").select_related(
        "allotment__party", "token__series"
    )
    due = Payment.objects.filter(state="DUE", channel="BANK").select_related(
        "entitlement__party", "entitlement__event__token__series"
    )
    held = SuspenseItem.objects.filter(state="HELD").order_by("-pk")
    return office_page(
        request,
        "cash.html",
        "Cash",
        lead="Confirm what the bank account shows. An amount that differs by one minor unit goes to suspense.",
        may=has_power(officer(request), Power.CASH_CONFIRM),
        waiting=waiting.order_by("pk"),
        due=due.order_by("pk"),
        suspense=table(
            "suspense",
            ("Bank reference", "#Amount", "Why", "Quoted reference"),
            (
                (row.bank_reference, amount(row.amount_minor, row.currency), row.reason, row.payment_reference)
                for row in held
            ),
            empty="No money is in suspense.",
        ),
    )


@face("office")
@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Records the receipt that the officer saw at the bank; the service compares it with what is due."""
    actor = _cashier(request)
    settlement = get_object_or_404(SettlementInstruction, pk=pk)
    reference = request.POST.get("bank_reference", "").strip()
    try:
        if not reference:
            raise Refused("Give the bank's reference of the receipt.", field="bank_reference", rule="required")
        received = minor(request.POST.get("amount", "").strip().replace(",", ""), settlement.currency)
    except PlatformError as error:
        messages.error(request, str(error))
        return redirect("office:cash")
    tried(
        request,
        lambda: cash_confirm(
            settlement=settlement, amount_minor=received, bank_reference=reference, actor=actor, now=clock.now()
        ),
        f"Recorded for {settlement.payment_reference}.",
    )
    return redirect("office:cash")


@face("office")
@require_POST
def pay(request: HttpRequest, pk: int) -> HttpResponse:
    """Records that the bank paid a holder what was due."""
    actor = _cashier(request)
    payment = get_object_or_404(Payment.objects.select_related("entitlement"), pk=pk)
    reference = request.POST.get("bank_reference", "").strip()
    if not reference:
        messages.error(request, "Give the bank's reference of the payment.")
        return redirect("office:cash")
    tried(
        request,
        lambda: payment_confirm(
            entitlement=payment.entitlement, bank_reference=reference, actor=actor, now=clock.now()
        ),
        "Recorded as paid.",
    )
    return redirect("office:cash")
