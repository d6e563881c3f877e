"""Signatures of the registrar's and the fiscal agent's own keys: what waits, what to sign, and the list handed in."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from custody.cash.models import CashMint
from custody.cash.selectors import mints_to_confirm
from custody.instructions.models import Instruction
from custody.registries.models import RegistryConfirmation
from custody.registries.services import confirmation_requests, confirmations_receive, given_up_among
from custody.registries.signed.reading import parse
from custody.settlement.models import SettlementInstruction
from custody.settlement.selectors import settlements_to_confirm
from custody.tokenisation.selectors import wallet_owners
from tokenization.backoffice.pages.base import office_page, officer
from tokenization.documents.downloads import download
from tokenization.identity.models import Party
from tokenization.identity.roles import Power, has_power
from tokenization.kernel import clock
from tokenization.kernel.errors import PlatformError, Problems
from tokenization.theme import figures
from tokenization.theme.faces import face
from tokenization.theme.tables import Table, problem_table

LARGEST = 4 * 1024 * 1024
# What is typed into a form's fields, all of them together, is held to 2.5 MB and 1,000 fields.
PASTED = 2 * 1024 * 1024
SHOWN = 500

_FIELD = re.compile(r"reference-([1-9][0-9]{0,17})")
Waiting = QuerySet[Any]  # of rows as below
Row = SettlementInstruction | CashMint
Owners = dict[str, Party]


@dataclass(frozen=True)
class Wanted:
    """One signature that waits. `reference` is proposed; `fixed` where the units are blocked under it already."""

    confirm: Instruction
    code: str
    holder: str
    what: str
    reference: str
    fixed: bool

    @property
    def name(self) -> str:
        return f"reference-{self.confirm.pk}"


@dataclass(frozen=True)
class Group:
    """The list of one house, its first lines; `more` follow once these are signed."""

    of: str
    title: str
    rows: list[Wanted]
    more: int
    mine: bool


class SignedForm(forms.Form):
    file = forms.FileField(label="The signed list, JSON or CSV", required=False)
    text = forms.CharField(
        label="or paste it here",
        required=False,
        max_length=PASTED,
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
            _group("securities", "Registrar: units to immobilise", settlements_to_confirm(), securities),
            _group("cash", "Fiscal agent: credits to turn into cash tokens", mints_to_confirm(), cash),
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
    named = [int(match[1]) for match in map(_FIELD.fullmatch, request.POST) if match]
    rows = mints_to_confirm() if cash else settlements_to_confirm()
    wanted = _wanted(rows.filter(confirm_instruction__in=named)[:SHOWN])
    try:
        found = _documents(wanted, request.POST)
    except PlatformError as error:
        messages.error(request, str(error))
        return redirect("office:signatures")
    if not found:
        messages.error(request, "Nothing of this list waits for a signature any more.")
        return redirect("office:signatures")
    return download("to-sign.json", json.dumps(found, indent=1).encode(), "application/json")


def _documents(wanted: Sequence[Wanted], typed: Any) -> list[dict[str, Any]]:
    references = [line.reference if line.fixed else str(typed[line.name]).strip() for line in wanted]
    asked = [(line.confirm, reference) for line, reference in zip(wanted, references, strict=True)]
    made = confirmation_requests(wanted=asked, now=clock.now())
    return [
        {
            "security": line.code,
            "number": line.confirm.number,
            "units": line.confirm.units,
            "holder": line.holder,
            "registry_reference": reference,
            "signature": "",
            "document": document,
        }
        for line, reference, document in zip(wanted, references, made, strict=True)
    ]


def _group(of: str, title: str, rows: Waiting, mine: bool) -> Group:
    return Group(of, title, _wanted(rows[:SHOWN]), max(0, rows.count() - SHOWN), mine)


def _wanted(rows: Waiting) -> list[Wanted]:
    """Each with who is to hold what, and under which reference its units are blocked already, if they are."""
    found: list[Row] = list(rows)
    blocked = given_up_among([row.issue_instruction for row in found])
    owners = wallet_owners([row.wallet.address for row in found if isinstance(row, CashMint)], clock.now())
    return [_line(row, blocked.get(row.issue_instruction_id), owners) for row in found]


def _line(row: Row, blocked: RegistryConfirmation | None, owners: Owners) -> Wanted:
    if isinstance(row, CashMint):
        owner = owners.get(row.wallet.address)
        holder, proposed = owner.reference if owner else "", row.bank_reference
    else:
        holder, proposed = row.allotment.party.reference, row.payment_reference
    confirm, token = row.confirm_instruction, row.token
    what = figures.money(confirm.units, token.currency) if token.is_cash else f"{figures.units(confirm.units)} units"
    return Wanted(
        confirm, token.code, holder, what, blocked.registry_reference if blocked else proposed, blocked is not None
    )
