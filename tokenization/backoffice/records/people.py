"""People, parties, decisions and files, as recorded. Passwords are not shown, nor file contents."""

from __future__ import annotations

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tokenization.backoffice.records.base import Record, RecordRows, shown, state, to, whole
from tokenization.backoffice.site import office
from tokenization.files.models import StoredFile
from tokenization.identity.models import (
    Approval,
    AuditEntry,
    KycDecision,
    NationalId,
    Party,
    PartyMember,
    RoleGrant,
    User,
)
from tokenization.kernel.secrets import masked
from tokenization.theme import figures


class GrantRows(RecordRows):
    model = RoleGrant
    fields = ("role",)
    readonly_fields = fields
    show_change_link = False


@admin.register(User, site=office)
class UserRecord(Record):
    list_display = (
        "username",
        "first_name",
        "last_name",
        "house",
        "is_active",
        shown("last_login", "last sign-in", figures.when),
    )
    list_filter = ("house", "is_active")
    search_fields = ("username", "first_name", "last_name")
    fields = ("username", "first_name", "last_name", "house", "is_active", "last_login", "date_joined")
    inlines = (GrantRows,)


class MemberRows(RecordRows):
    model = PartyMember
    fields = ("user",)
    readonly_fields = fields
    show_change_link = False


class KycRows(RecordRows):
    model = KycDecision
    fields = ("status", "valid_from", "valid_until", "decided_by", "decided_at", "reason")
    readonly_fields = fields
    show_change_link = False


class NationalIdRows(RecordRows):
    model = NationalId
    fields = ("scheme", "number", "look", "source", "valid_from", "valid_until")
    readonly_fields = fields
    show_change_link = False
    look = staticmethod(whole("national-id", "number"))


@admin.register(Party, site=office)
class PartyRecord(Record):
    list_display = ("reference", "name", "kind", "category", "country")
    list_filter = ("kind", "category", "country")
    search_fields = ("reference", "name")
    inlines = (KycRows, NationalIdRows, MemberRows)


@admin.register(KycDecision, site=office)
class KycRecord(Record):
    list_display = (
        to("party", "party"),
        state("status", "decision"),
        shown("valid_until", "valid until", figures.when),
        "decided_by",
        shown("decided_at", "decided", figures.when),
        shown("reason", "reason", figures.prose),
    )
    list_filter = ("status",)
    search_fields = ("party__reference", "party__name")
    list_select_related = ("party", "decided_by")


@admin.register(NationalId, site=office)
class NationalIdRecord(Record):
    list_display = (
        to("party", "party"),
        "scheme",
        shown("number", "number", masked),
        whole("national-id", "number"),
        "source",
        shown("valid_from", "from", figures.when),
        shown("valid_until", "until", figures.when),
        to("approval", "approval"),
    )
    exclude = ("number_index",)
    search_fields = ("party__reference", "party__name")
    list_select_related = ("party", "approval")


@admin.register(Approval, site=office)
class ApprovalRecord(Record):
    list_display = (
        "title",
        shown("subject", "subject", figures.prose),
        state(),
        "maker",
        "checker",
        shown("made_at", "asked", figures.when),
        "decision",
    )
    list_filter = ("state", "action")
    search_fields = ("title", "subject", "payload_hash", "items_root")
    list_select_related = ("maker", "checker")

    @admin.display(description="decision page")
    def decision(self, approval: Approval) -> SafeString:
        return format_html('<a href="/office/decisions/{}/">open</a>', approval.pk)


@admin.register(AuditEntry, site=office)
class AuditRecord(Record):
    list_display = (
        shown("sequence", "number", figures.units),
        shown("at", "at", figures.when),
        "actor_name",
        "action",
        shown("subject", "subject", figures.prose),
        shown("hash", "hash", figures.short),
    )
    list_filter = ("action",)
    search_fields = ("subject", "actor_name", "=hash")
    ordering = ("-sequence",)


@admin.register(StoredFile, site=office)
class FileRecord(Record):
    list_display = (
        "name",
        "media_type",
        shown("size", "bytes", figures.units),
        shown("sha256", "fingerprint", figures.hashed),
        "stored_by",
        shown("stored_at", "stored", figures.when),
    )
    search_fields = ("name", "sha256")
    exclude = ("content",)
    list_select_related = ("stored_by",)
