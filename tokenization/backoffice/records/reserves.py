"""What backs reserve tokens, as recorded: vaults, items, lists, attestations, encumbrances, redemptions, orders."""

from __future__ import annotations

from django.contrib import admin

from custody.reserves.models import (
    EncumbranceRaise,
    ExaminerKey,
    PhysicalRedemption,
    RedemptionItem,
    ReleaseOrder,
    ReserveAttestation,
    Vault,
    VaultItem,
    VaultItemMove,
    VaultList,
    VaultListLine,
)
from tokenization.backoffice.records.base import Record, RecordRows, amount, shown, state, to
from tokenization.backoffice.site import office
from tokenization.theme import figures


@admin.register(Vault, site=office)
class VaultRecord(Record):
    list_display = ("code", "name", "commodity", "location", to("party", "keeper"))
    list_filter = ("commodity",)
    search_fields = ("code", "name", "location")
    list_select_related = ("party",)


class MoveRows(RecordRows):
    model = VaultItemMove
    fields = ("sequence", "old_state", "new_state", "token", "approval", "redemption", "reason", "moved_by", "moved_at")


@admin.register(VaultItem, site=office)
class VaultItemRecord(Record):
    list_display = (
        "key",
        to("vault", "vault"),
        amount("fine_minor", "fine", "vault.commodity"),
        state(),
        to("token", "behind"),
    )
    list_filter = ("state", "form", "vault")
    search_fields = ("key", "certificate")
    list_select_related = ("vault", "token__series")
    inlines = (MoveRows,)


@admin.register(VaultList, site=office)
class VaultListRecord(Record):
    list_display = (
        "number",
        to("vault", "vault"),
        shown("as_of", "as of", figures.when),
        "items",
        amount("total_minor", "in all", "vault.commodity"),
        to("file", "file"),
    )
    list_filter = ("vault",)
    search_fields = ("vault__code", "file__sha256")
    list_select_related = ("vault", "file")


@admin.register(VaultListLine, site=office)
class VaultListLineRecord(Record):
    list_display = (
        "line",
        to("list", "list"),
        to("item", "item"),
        amount("fine_minor", "fine", "list.vault.commodity"),
        "certificate",
    )
    list_filter = ("list__vault",)
    search_fields = ("item__key", "certificate")
    list_select_related = ("list__vault", "item")


@admin.register(ExaminerKey, site=office)
class ExaminerKeyRecord(Record):
    list_display = (
        shown("address", "address", figures.hashed),
        to("examiner", "examiner"),
        to("approval", "approval"),
        shown("enrolled_at", "enrolled", figures.when),
    )
    list_select_related = ("examiner", "approval")


@admin.register(ReserveAttestation, site=office)
class AttestationRecord(Record):
    exclude = ("signature",)
    list_display = (
        "number",
        to("token", "security"),
        to("examiner", "examiner"),
        amount("quantity_minor", "attested", "token.currency"),
        amount("encumbered_minor", "encumbered", "token.currency"),
        shown("as_of", "as of", figures.when),
        shown("expiry", "ends", figures.when),
        state(),
    )
    list_filter = ("state",)
    search_fields = ("token__series__isin", "report_hash")
    list_select_related = ("token__series", "examiner")


@admin.register(EncumbranceRaise, site=office)
class EncumbranceRecord(Record):
    list_display = (
        "sequence",
        to("token", "security"),
        amount("added_minor", "added", "token.currency"),
        amount("encumbered_minor", "held in all", "token.currency"),
        shown("reason", "reason", figures.prose),
        shown("raised_at", "raised", figures.when),
        to("intent", "transaction"),
    )
    search_fields = ("token__series__isin", "reason")
    list_select_related = ("token__series", "intent")


class AskedRows(RecordRows):
    model = RedemptionItem
    fields = ("item", "fine_minor", "live")


@admin.register(PhysicalRedemption, site=office)
class RedemptionRecord(Record):
    list_display = (
        "id",
        to("party", "holder"),
        to("token", "security"),
        shown("units", "units", figures.units),
        to("vault", "vault"),
        state(),
        shown("requested_at", "asked for", figures.when),
    )
    list_filter = ("state", "vault")
    search_fields = ("party__reference", "party__name", "collector", "vault_reference")
    list_select_related = ("party", "token__series", "vault")
    inlines = (AskedRows,)


@admin.register(ReleaseOrder, site=office)
class ReleaseOrderRecord(Record):
    list_display = (
        "id",
        to("redemption", "redemption"),
        shown("ordered_at", "ordered", figures.when),
        to("file", "file"),
    )
    search_fields = ("redemption__party__reference", "file__sha256")
    list_select_related = ("redemption", "file")
