"""Reserves for officers: vaults' lists taken in whole, items by state, attestations and their age, redemptions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from custody.reserves.models import ItemState, PhysicalRedemption, ReleaseOrder, Vault, VaultItem, VaultList
from custody.reserves.selectors import (
    attestation_in_force,
    attested_tokens,
    backing_minor,
    eligible_minor,
    encumbered_minor,
    supply_minor,
)
from custody.reserves.services import vault_list_import
from tokenization.backoffice.forms.base import Choice
from tokenization.backoffice.pages.base import office_page, officer
from tokenization.backoffice.pages.listing import Listing, taken_away
from tokenization.documents.downloads import download, pdf_download
from tokenization.documents.release_order import order_number, release_order
from tokenization.files.services import MAX_BYTES
from tokenization.identity.roles import Power, has_power
from tokenization.kernel import clock
from tokenization.kernel.errors import PlatformError, Problems
from tokenization.theme.faces import face
from tokenization.theme.tables import Cell, Table, amount, link, problem_table, state, table

ITEM = ("Item", "Vault", "#Gross", "#Assay", "#Refiner's fine", "#Fine", "#Difference", "State", "Behind")


class ListForm(forms.Form):
    vault = Choice("Vault", Vault.objects.order_by("code"), lambda row: f"{row.code}, {row.name}")
    file = forms.FileField(label="List of the vault (CSV or XLSX)")

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError("The file is larger than 20 MB.")
        return file


class ItemFilter(forms.Form):
    vault = Choice("Vault", Vault.objects.order_by("code"), lambda row: row.code, required=False)
    state = forms.ChoiceField(label="State", choices=[("", "any"), *ItemState.choices], required=False)


@face("office")
@require_http_methods(["GET", "HEAD", "POST"])
def reserves(request: HttpRequest) -> HttpResponse:
    actor = officer(request)
    may = has_power(actor, Power.VAULT_LIST_IMPORT)
    form = ListForm(request.POST or None, request.FILES or None)
    problems: Table | None = None
    if request.method == "POST" and may and form.is_valid():
        file, vault = form.cleaned_data["file"], form.cleaned_data["vault"]
        try:
            taken = vault_list_import(vault=vault, content=file.read(), name=file.name, actor=actor, now=clock.now())
        except Problems as error:
            problems = problem_table(error.problems)
        except PlatformError as error:
            form.add_error("file", str(error))
        else:
            messages.success(request, f"List {taken.number} of {vault.code} was taken in: {taken.items} items.")
            return redirect("office:reserves")
    lists, redemptions = _lists(request), _redemptions(request)
    return taken_away(request, lists, redemptions) or office_page(
        request,
        "reserves.html",
        "Reserves",
        lead="What backs the tokens by the vaults' lists and by the examiner's word, and what carries new units.",
        form=form,
        may=may,
        problems=problems,
        button="Take in",
        tokens=_tokens(),
        lists=lists,
        redemptions=redemptions,
        status=403 if request.method == "POST" and not may else 200,
    )


def _tokens() -> Table:
    now, rows = clock.now(), []
    for token in attested_tokens():
        word, measure = attestation_in_force(token, now), token.currency
        ended = word is not None and now >= word.expiry
        age = Cell("none", tone="bad") if word is None else Cell(f"{(now - word.as_of).days} days")
        rows.append(
            (
                token.series.short_name,
                amount(supply_minor(token), measure),
                amount(backing_minor(token), measure),
                amount(word.quantity_minor, measure) if word else "",
                amount(encumbered_minor(token), measure),
                amount(eligible_minor(token, now), measure),
                age,
                Cell("ended", tone="bad") if ended else word.expiry if word else "",
            )
        )
    titles = (
        "Security",
        "#Units stand for",
        "#Items behind",
        "#Attested",
        "#Encumbered",
        "#Eligible",
        "Age",
        "Ends at",
    )
    return table("reserve-tokens", titles, rows, empty="No security is backed by a reserve yet.")


def _lists(request: HttpRequest) -> Listing:
    return Listing(
        request,
        "vault-lists",
        ("Vault", "#List", "As of", "#Items", "#Quantity", "Taken in by", "Taken in at"),
        VaultList.objects.select_related("vault", "imported_by").order_by("-pk"),
        lambda row: (
            row.vault.code,
            row.number,
            row.as_of,
            row.items,
            amount(row.total_minor, row.vault.commodity),
            row.imported_by.get_full_name() or row.imported_by.username,
            row.imported_at,
        ),
        search=("vault__code", "vault__name"),
        sorts={"As of": "as_of", "Items": "items", "Quantity": "total_minor"},
        empty="No list has been taken in yet. The registrar's officer takes in the vault's first file.",
    )


def _redemptions(request: HttpRequest) -> Listing:
    ordered = set(ReleaseOrder.objects.values_list("redemption", flat=True))
    return Listing(
        request,
        "redemptions",
        ("Asked for", "Holder", "Security", "#Units", "Vault", "Collector", "State", "Release order", "As data"),
        PhysicalRedemption.objects.select_related("token__series", "party", "vault").order_by("-pk"),
        lambda row: (
            row.requested_at,
            row.party.name,
            row.token.series.short_name,
            row.units,
            row.vault.code,
            row.collector,
            state(row.state, row.get_state_display()),
            link("PDF", reverse("office:release-order-pdf", args=[row.pk])) if row.pk in ordered else "",
            link("JSON", reverse("office:release-order", args=[row.pk])) if row.pk in ordered else "",
        ),
        search=("party__name", "token__series__short_name", "vault__code", "collector"),
        sorts={"Asked for": "requested_at", "Units": "units", "State": "state"},
        empty="Nobody has asked for metal or oil yet.",
    )


@face("office")
@require_safe
def order(request: HttpRequest, pk: int) -> HttpResponse:
    """The release order of a redemption, byte for byte."""
    row = get_object_or_404(ReleaseOrder.objects.select_related("file"), redemption=pk)
    return download(row.file.name, bytes(row.file.content), "application/json")


@face("office")
@require_safe
def order_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """For the vault, to be signed: from the registrar, or from the debt office that approved it."""
    if not any(has_power(officer(request), power) for power in (Power.REGISTRY_RELEASE, Power.REDEEM_APPROVE)):
        raise PermissionDenied
    row = get_object_or_404(ReleaseOrder, redemption=pk)
    return pdf_download(order_number(row).lower(), release_order(row))


@face("office")
@require_safe
def items(request: HttpRequest) -> HttpResponse:
    """Every item, by vault and state; the same as CSV."""
    form = ItemFilter(request.GET or None)
    rows = VaultItem.objects.select_related("vault", "token__series").order_by("vault__code", "key")
    if form.is_valid():
        if form.cleaned_data["vault"]:
            rows = rows.filter(vault=form.cleaned_data["vault"])
        if form.cleaned_data["state"]:
            rows = rows.filter(state=form.cleaned_data["state"])
    found = Listing(
        request,
        "reserve-items",
        ITEM,
        rows,
        _cells,
        search=("key", "vault__code", "token__series__short_name"),
        sorts={"Item": "key", "Fine": "fine_minor", "Gross": "gross_minor", "State": "state"},
        empty="No item is in this choice. Items come with the lists of the vaults.",
    )
    if request.GET.get("as") == "csv":
        return found.download()
    query = request.GET.copy()
    query["as"] = "csv"
    return taken_away(request, found) or office_page(
        request,
        "reserve_items.html",
        "Reserve items",
        lead="Each in one state, behind at most one security. The vault's fine weight counts, not the refiner's.",
        form=form,
        items=found,
        export=query.urlencode(),
    )


def _cells(row: VaultItem) -> tuple[Any, ...]:
    measure = row.vault.commodity
    return (
        row.key,
        row.vault.code,
        amount(row.gross_minor, measure) if row.gross_minor is not None else "",
        str(row.assay) if row.assay is not None else "",
        amount(row.refiner_fine_minor, measure) if row.refiner_fine_minor is not None else "",
        amount(row.fine_minor, measure),
        amount(row.difference_minor, measure),
        state(row.state, row.get_state_display()),
        row.token.series.short_name if row.token else "",
    )
