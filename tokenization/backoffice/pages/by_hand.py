"""What the fiscal agent's officer records line by line where no file of the bank says it: a receipt, a payment."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from custody.servicing.models import Payment
from custody.servicing.services import payment_confirm
from custody.settlement.models import SettlementInstruction
from custody.settlement.services import cash_confirm
from tokenization.backoffice.forms.base import minor
from tokenization.backoffice.pages.base import cashier, tried
from tokenization.kernel import clock
from tokenization.kernel.errors import PlatformError, Refused
from tokenization.theme.faces import face


@face("office")
@require_POST
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """Records the receipt that the officer saw at the bank; the service compares it with what is due."""
    actor = cashier(request)
    settlement = get_object_or_404(SettlementInstruction, pk=pk)
    reference = request.POST.get("bank_reference", "").strip()
    try:
        if not reference:
            raise Refused("Give the bank's reference of the receipt.", field="bank_reference", rule="required")
        received = minor(request.POST.get("amount", "").strip().replace(",", ""), settlement.currency)
    except PlatformError as error:
        messages.error(request, str(error))
        return redirect("office:settlement")
    tried(
        request,
        lambda: cash_confirm(
            settlement=settlement, amount_minor=received, bank_reference=reference, actor=actor, now=clock.now()
        ),
        f"Recorded for {settlement.payment_reference}.",
    )
    return redirect("office:settlement")


@face("office")
@require_POST
def payment(request: HttpRequest, pk: int) -> HttpResponse:
    """Records that the bank paid a holder what was due."""
    actor = cashier(request)
    row = get_object_or_404(Payment.objects.select_related("entitlement"), pk=pk)
    reference = request.POST.get("bank_reference", "").strip()
    if reference:
        tried(
            request,
            lambda: payment_confirm(
                entitlement=row.entitlement, bank_reference=reference, actor=actor, now=clock.now()
            ),
            "Recorded as paid.",
        )
    else:
        messages.error(request, "Give the bank's reference of the payment.")
    return redirect("office:event", pk=row.entitlement.event_id)
