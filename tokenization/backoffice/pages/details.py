"""A bank account or identity number whole, for those who verify it or pay to it; every look is recorded."""

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
from tokenization.identity.models import Approval, NationalId
from tokenization.identity.roles import Power, has_power
from tokenization.kernel import clock
from tokenization.kernel.sealed import is_sealed
from tokenization.kernel.secrets import unseal
from tokenization.theme.faces import face


@dataclass(frozen=True)
class Sort:
    """What a number is, over the page and beside the number, and how a look at it is called in the audit log."""

    title: str
    label: str
    look: str
    power: Power


ACCOUNT = Sort("Bank account", "Account", "bank_details.look", Power.BANK_DETAILS_READ)
IDENTITY = Sort("National identity number", "Number", "national_id.look", Power.NATIONAL_ID_READ)
# By the term of a proposal that keeps it sealed.
SORTS = {"iban": ACCOUNT, "number": IDENTITY}


@dataclass(frozen=True)
class Kept:
    """Where a number is kept: whose it is in words, the number, and of which sort it is."""

    model: type[Model]
    whose: Callable[[Any], str]
    number: Callable[[Any], str]
    sort: Callable[[Any], Sort]


def _term(approval: Approval) -> tuple[str, str]:
    """The name and the sealed value of the term that a proposal keeps sealed; empty when it has none."""
    terms = json.loads(approval.payload)
    return next(((name, str(terms[name])) for name in SORTS if is_sealed(str(terms.get(name)))), ("", ""))


def _proposed(approval: Approval) -> str:
    return unseal(_term(approval)[1])


def _sort_of_proposal(approval: Approval) -> Sort:
    name, _ = _term(approval)
    if not name:
        raise Http404
    return SORTS[name]


KEPT = {
    "account": Kept(
        BankAccount,
        lambda row: f"{row.party}, in the name of {row.title}",
        lambda row: str(row.iban),
        lambda row: ACCOUNT,
    ),
    "pay-out": Kept(
        CashBurn, lambda row: f"{row.party}, pay-out {row.pk}", lambda row: str(row.payee), lambda row: ACCOUNT
    ),
    "national-id": Kept(
        NationalId, lambda row: f"{row.party}, {row.scheme}", lambda row: str(row.number), lambda row: IDENTITY
    ),
    "proposal": Kept(Approval, lambda row: f"{row.title}, {row.subject}", _proposed, _sort_of_proposal),
}


def details_href(name: str, pk: int) -> str:
    return reverse("office:details", args=[name, pk])


def has_sealed_number(approval: Approval) -> bool:
    return bool(_term(approval)[0])


@never_cache
@face("office")
@require_safe
def details(request: HttpRequest, name: str, pk: int) -> HttpResponse:
    """Shows the number, once it is written down who looked."""
    actor, kept = officer(request), KEPT.get(name)
    if not any(has_power(actor, sort.power) for sort in (ACCOUNT, IDENTITY)):
        raise PermissionDenied
    if kept is None:
        raise Http404
    row: Any = get_object_or_404(kept.model._default_manager, pk=pk)
    sort = kept.sort(row)
    if not has_power(actor, sort.power):
        raise PermissionDenied
    number = kept.number(row)
    subject = f"{row._meta.label_lower}:{row.pk}"
    audit.record(actor=actor, action=sort.look, subject=subject, body={"what": name}, now=clock.now())
    facts = [{"label": "Whose", "value": kept.whose(row)}, {"label": sort.label, "value": number}]
    return office_page(request, "details.html", sort.title, lead="That you looked is recorded.", facts=facts)
