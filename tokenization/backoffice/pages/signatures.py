"""Signatures of the registrar's and the fiscal agent's own keys: what waits, what to sign, and the list handed in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from custody.cash.selectors import mints_to_confirm
from custody.instructions.models import Instruction
from custody.registries.services import confirmation_request, confirmations_receive, given_up
from custody.registries.signed.reading import MOST, parse
from custody.settlement.selectors import settlements_to_confirm
from custody.tokenisation.selectors import wallet_owner
from tokenization.backoffice.pages.base import office_page, officer
from tokenization.documents.downloads import download
from tokenization.identity.roles import Power, has_power
from tokenization.kernel import clock
from tokenization.kernel.errors import PlatformError, Problems
from tokenization.theme import figures
from tokenization.theme.faces import face
from tokenization.theme.tables import Table, problem_table

LARGEST = 4 * 1024 * 1024


@dataclass(frozen=True)
class Wanted:
    """One signature that waits. `reference` is proposed; `fixed` where the units are blocked under it already."""

    confirm: Instruction
    holder: str
    what: str
    reference: str
    fixed: bool

    @property
    def name(self) -> str:
        return f"reference-{self.confirm.pk}"


class SignedForm(forms.Form):
    file = forms.FileField(label="The signed list, JSON or CSV", required=False)
    text = forms.CharField(
        label="or paste it here",
        required=False,
        max_length=LARGEST,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text="security,number,registry_reference,signature",
    )

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        file, text = found.get("file"), found.get("text") or ""
        if bool(file) == bool(text.strip()):
            raise forms.ValidationError("Choose a file or paste the list, one of the two.")
        if file and file.size > LARGEST:
            raise forms.ValidationError("The file is larger than 4 MB.")
        found["content"] = file.read() if file else text.encode()
        return found


@face("office")
@require_http_methods(["GET", "HEAD", "POST"])
def signatures(request: HttpRequest) -> HttpResponse:
    """All of a list or nothing: what is refused is told line by line."""
    actor = officer(request)
    securities, cash = has_power(actor, Power.IMMOBILISE_CONFIRM), has_power(actor, Power.CASH_CONFIRM)
    may = securities or cash
    asked = request.method == "POST" and may
    form = SignedForm(request.POST, request.FILES) if asked else SignedForm()
    problems: Table | None = None
    if asked and form.is_valid():
        try:
            lines = parse(form.cleaned_data["content"])
            taken = confirmations_receive(lines=lines, actor=actor, now=clock.now())
        except Problems as error:
            problems = problem_table(error.problems)
        except PlatformError as error:
            form.add_error(None, str(error))
        else:
            units = figures.units(len(taken))
            messages.success(request, f"Taken: {units} signatures. The caps rise on chain with the next bell.")
            return redirect("office:signatures")
    return office_page(
        request,
        "signatures.html",
        "Signatures",
        lead="Made with the house's own key, outside of this platform, which cannot make one. "
        "Download what is to be signed, sign it, hand the list in.",
        form=form,
        may=may,
        problems=problems,
        button="Verify and take all",
        groups=[
            ("securities", "Registrar: units to immobilise", _securities(), securities),
            ("cash", "Fiscal agent: credits to turn into cash tokens", _credits(), cash),
        ],
        status=403 if request.method == "POST" and not may else 200,
    )


@face("office")
@require_POST
def documents(request: HttpRequest) -> HttpResponse:
    """The EIP-712 documents of one house as a JSON list, to be signed and handed in with their signatures."""
    actor, cash = officer(request), request.POST.get("of") == "cash"
    if not has_power(actor, Power.CASH_CONFIRM if cash else Power.IMMOBILISE_CONFIRM):
        raise PermissionDenied
    wanted = _credits() if cash else _securities()
    try:
        found = _documents(wanted, request.POST)
    except PlatformError as error:
        messages.error(request, str(error))
        return redirect("office:signatures")
    if not found:
        messages.error(request, "Nothing waits for a signature.")
        return redirect("office:signatures")
    return download("to-sign.json", json.dumps(found, indent=1).encode(), "application/json")


@transaction.atomic
def _documents(wanted: Sequence[Wanted], typed: Any) -> list[dict[str, Any]]:
    found = []
    for line in wanted[:MOST]:
        reference = line.reference if line.fixed else str(typed.get(line.name, line.reference)).strip()
        document = confirmation_request(instruction=line.confirm, registry_reference=reference, now=clock.now())
        found.append(
            {
                "security": line.confirm.token.code,
                "number": line.confirm.number,
                "units": line.confirm.units,
                "holder": line.holder,
                "registry_reference": reference,
                "signature": "",
                "document": document,
            }
        )
    return found


def _securities() -> list[Wanted]:
    rows = settlements_to_confirm()[:MOST]
    return [
        _wanted(row.confirm_instruction, row.issue_instruction, row.allotment.party.reference, row.payment_reference)
        for row in rows
    ]


def _credits() -> list[Wanted]:
    rows = list(mints_to_confirm()[:MOST])
    now = clock.now()
    owners = [wallet_owner(row.wallet.address, now) for row in rows]
    return [
        _wanted(row.confirm_instruction, row.issue_instruction, owner.reference if owner else "", row.bank_reference)
        for row, owner in zip(rows, owners, strict=True)
    ]


def _wanted(confirm: Instruction, issue: Instruction, holder: str, proposed: str) -> Wanted:
    earlier = given_up(issue)
    token = confirm.token
    what = figures.money(confirm.units, token.currency) if token.is_cash else f"{figures.units(confirm.units)} units"
    return Wanted(confirm, holder, what, earlier.registry_reference if earlier else proposed, earlier is not None)
