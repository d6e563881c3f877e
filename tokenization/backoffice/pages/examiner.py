"""The examiner's pages: what he examines, the message to sign with his own key, and his signature handed in.

The platform has no examiner's key. He signs the downloaded EIP-712 message outside, and brings 65 bytes back.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import orjson
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from custody.reserves.models import ReserveAttestation
from custody.reserves.selectors import attestation_in_force, attested_tokens, backing_minor, examiner_of
from custody.reserves.services import attestation_draft, attestation_message, attestation_receive
from tokenization.backoffice.forms.auction import instant
from tokenization.backoffice.forms.base import Choice, minor
from tokenization.backoffice.forms.base import amount as amount_typed
from tokenization.backoffice.pages.base import officer, tried
from tokenization.documents.downloads import download
from tokenization.kernel import clock
from tokenization.kernel.errors import PlatformError, Refused
from tokenization.theme import figures
from tokenization.theme.entry.step_up import asks_again
from tokenization.theme.faces import face
from tokenization.theme.tables import Table, amount, link, state, table

JSON = "application/json"
MEASURED = "In full units of the measure, for example 1193.176"


class DraftForm(forms.Form):
    token = Choice("Security", attested_tokens(), lambda row: f"{row.code}, {row.series.short_name}")
    quantity = amount_typed(
        "Quantity, if it is less than the lists say", least=Decimal("0.001"), required=False, help_text=MEASURED
    )
    encumbered = amount_typed("Encumbered of it", least=Decimal(0), initial=0, help_text=MEASURED)
    expiry = instant("Ends at", "Time of Pakistan (PKT); new units stop then")
    scope = forms.CharField(label="Scope", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    standard = forms.CharField(label="Standard", max_length=200, help_text="For example ISAE 3000")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for name in ("quantity", "encumbered"):
            if data.get("token") is None or data.get(name) is None:
                continue
            try:
                data[f"{name}_minor"] = minor(data[name], data["token"].currency)
            except Refused as error:
                self.add_error(name, str(error))
        return data


class SignatureForm(forms.Form):
    signature = forms.CharField(label="Signature, 0x and 130 digits", max_length=132)

    def clean_signature(self) -> str:
        found = str(self.cleaned_data["signature"]).strip()
        if not re.fullmatch(r"0x[0-9a-fA-F]{130}", found):
            raise forms.ValidationError("A signature has 0x and 130 digits: 65 bytes.")
        return found


@face("examiner")
@require_http_methods(["GET", "HEAD", "POST"])
def overview(request: HttpRequest) -> HttpResponse:
    """What is attested of every reserve, his own attestations, and a new one drawn up from the latest lists."""
    actor = officer(request)
    form = DraftForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = _drafted(form.cleaned_data, actor)
        except PlatformError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            return redirect("examiner:attestation", pk=row.pk)
    return render(
        request,
        "backoffice/examiner.html",
        {
            "heading": "Examination of reserves",
            "lead": "An attestation is drawn up from the vaults' latest lists, signed by you with your own key, and "
            "counts once the chain has it for good.",
            "form": form,
            "button": "Draw up",
            "party": examiner_of(actor),
            "tokens": _tokens(),
            "attestations": _attestations(request),
        },
    )


def _drafted(data: dict[str, Any], actor: Any) -> ReserveAttestation:
    return attestation_draft(
        token=data["token"],
        quantity_minor=data.get("quantity_minor"),
        encumbered_minor=data["encumbered_minor"],
        expiry=data["expiry"],
        scope=data["scope"],
        standard=data["standard"],
        actor=actor,
        now=clock.now(),
    )


def _tokens() -> Table:
    rows = []
    for token in attested_tokens():
        word = attestation_in_force(token, clock.now())
        rows.append(
            (
                token.series.short_name,
                amount(backing_minor(token), token.currency),
                amount(word.quantity_minor, token.currency) if word else "",
                word.as_of if word else "",
                word.expiry if word else "",
            )
        )
    titles = ("Security", "#Allocated by the lists", "#Attested", "As of", "Ends at")
    return table("reserves", titles, rows, empty="No security is backed by a reserve yet.")


def _attestations(request: HttpRequest) -> Table:
    party = examiner_of(officer(request))
    rows = ReserveAttestation.objects.filter(examiner=party).select_related("token__series").order_by("-pk")[:60]
    return table(
        "attestations",
        ("Attestation", "Security", "#Quantity", "#Encumbered", "As of", "Ends at", "State"),
        (
            (
                link(f"No. {row.number}", f"/examiner/attestations/{row.pk}/"),
                row.token.series.short_name,
                amount(row.quantity_minor, row.token.currency),
                amount(row.encumbered_minor, row.token.currency),
                row.as_of,
                row.expiry,
                state(row.state, row.get_state_display()),
            )
            for row in rows
        ),
        empty="You have drawn up no attestation yet.",
    )


def _own(request: HttpRequest, pk: int) -> ReserveAttestation:
    party = examiner_of(officer(request))
    if party is None:
        raise Http404
    return get_object_or_404(
        ReserveAttestation.objects.select_related("token__series", "report", "examiner"), pk=pk, examiner=party
    )


@face("examiner")
@require_http_methods(["GET", "HEAD", "POST"])
@asks_again("hand in your signature")
def attestation(request: HttpRequest, pk: int) -> HttpResponse:
    """One of his own: figures, report, message, and the signature while it waits for one."""
    row = _own(request, pk)
    form = SignatureForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        signature = form.cleaned_data["signature"]
        if tried(
            request,
            lambda: attestation_receive(attestation=row, signature=signature, actor=officer(request), now=clock.now()),
            "Your signature was taken. It counts once the chain has it for good.",
        ):
            return redirect("examiner:attestation", pk=pk)
        messages.info(request, "Nothing was changed.")
    minors = (row.claimed_minor, row.quantity_minor, row.encumbered_minor)
    money = [figures.money(minor, row.token.currency) for minor in minors]
    return render(
        request,
        "backoffice/attestation.html",
        {
            "heading": f"Attestation {row.number} of {row.token.series.short_name}",
            "row": row,
            "form": form,
            "button": "Hand in",
            "facts": [
                {"label": "State", "value": row.get_state_display()},
                {"label": "By the vaults' lists", "value": money[0]},
                {"label": "Attested", "value": money[1]},
                {"label": "Encumbered", "value": money[2]},
                {"label": "As of", "value": figures.when(row.as_of)},
                {"label": "Ends at", "value": figures.when(row.expiry)},
                {"label": "Scope", "value": row.scope},
                {"label": "Standard", "value": row.standard},
                {"label": "Hash of the report", "value": row.report_hash},
            ],
        },
    )


@face("examiner")
@require_safe
def message(request: HttpRequest, pk: int) -> HttpResponse:
    """The EIP-712 message, as wallets and signing tools take it."""
    row = _own(request, pk)
    try:
        typed = attestation_message(row)
    except Refused as error:
        raise Http404 from error
    return download(f"attestation-{row.pk}-eip712.json", orjson.dumps(typed, option=orjson.OPT_INDENT_2), JSON)


@face("examiner")
@require_safe
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """The report whose hash he signs, byte for byte."""
    row = _own(request, pk)
    return download(row.report.name, bytes(row.report.content), JSON)
