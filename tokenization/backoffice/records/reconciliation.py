"""Reconciliation runs and breaks as rows; the assurance pages tell their story."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from custody.reconciliation.models import Break, Mandate, Run
from tokenization.backoffice.records.base import Record, shown, state, to
from tokenization.backoffice.site import office
from tokenization.theme import figures


@admin.register(Run, site=office)
class RunRecord(Record):
    list_display = (
        "id",
        to("token", "security"),
        shown("block_number", "block", figures.units),
        shown("block_time", "block time", figures.when),
        "phase",
        "green",
        "report",
    )
    list_filter = ("green",)
    search_fields = ("token__series__isin", "block_hash")
    list_select_related = ("token__series",)

    @admin.display(description="report")
    def report(self, run: Run) -> SafeString:
        return format_html('<a href="{}">equations</a>', reverse("assurance:run", args=[run.pk]))


@admin.register(Break, site=office)
class BreakRecord(Record):
    list_display = (
        "kind",
        to("token", "security"),
        shown("units", "amount", figures.units),
        "unit",
        state(),
        shown("tx_hash", "transaction", figures.hashed),
        "tale",
    )
    list_filter = ("state", "kind")
    search_fields = ("token__series__isin", "tx_hash", "key")
    list_select_related = ("token__series",)

    @admin.display(description="story")
    def tale(self, found: Break) -> SafeString:
        return format_html('<a href="{}">story</a>', reverse("assurance:break", args=[found.pk]))


@admin.register(Mandate, site=office)
class MandateRecord(Record):
    list_display = ("supervisor", "covers", "first_day", "last_day", "ended")
    list_filter = ("scope",)
    search_fields = ("supervisor__username", "series__isin", "programme__reference")
    list_select_related = ("supervisor", "series", "programme", "ending")

    @admin.display(description="ended")
    def ended(self, row: Mandate) -> str:
        ending = getattr(row, "ending", None)
        return figures.when(ending.ended_at) if ending else "no"
