"""A bank account number whole, for those who verify it or pay to it; every look is recorded."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from custody.cash.models import CashBurn
from custody.servicing.models import BankAccount
from tokenization.backoffice.pages.base import office_page, officer
from tokenization.identity import audit
from tokenization.identity.models import Approval
from tokenization.identity.roles import Power, has_power
from tokenization.kernel import clock
from tokenization.kernel.sealed import is_sealed
from tokenization.kernel.secrets import unseal
from tokenization.theme.faces import face


@dataclass(frozen=True)
class Kept:
    """Where a number is kept: whose it is in words, and the number."""

    model: type[Model]
    whose: Callable[[Any], str]
    number: Callable[[Any], str]


def _proposed(approval: Approval) -> str:
    text = str(json.loads(approval.payload).get("iban", ""))
    if not is_sealed(text):
        raise Http404
    return unseal(text)


KEPT = {
    "account": Kept(BankAccount, lambda row: f"{row.party}, in the name of {row.title}", lambda row: str(row.iban)),
    "pay-out": Kept(CashBurn, lambda row: f"{row.party}, pay-out {row.pk}", lambda row: str(row.payee)),
    "proposal": Kept(Approval, lambda row: f"{row.title}, {row.subject}", _proposed),
}


def details_href(name: str, pk: int) -> str:
    return reverse("office:details", args=[name, pk])


def has_sealed_number(approval: Approval) -> bool:
    return is_sealed(str(json.loads(approval.payload).get("iban", "")))


@never_cache
@face("office")
@require_safe
def details(request: HttpRequest, name: str, pk: int) -> HttpResponse:
    """Shows the number, once it is written down who looked."""
    actor, kept = officer(request), KEPT.get(name)
    if not has_power(actor, Power.BANK_DETAILS_READ):
        raise PermissionDenied
    if kept is None:
        raise Http404
    row: Any = get_object_or_404(kept.model._default_manager, pk=pk)
    number = kept.number(row)
    subject = f"{row._meta.label_lower}:{row.pk}"
    audit.record(actor=actor, action="bank_details.look", subject=subject, body={"what": name}, now=clock.now())
    facts = [{"label": "Whose", "value": kept.whose(row)}, {"label": "Account", "value": number}]
    return office_page(request, "details.html", "Bank account", lead="That you looked is recorded.", facts=facts)
