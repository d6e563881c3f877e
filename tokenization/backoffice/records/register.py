"""The register, entry by entry, and the reconciliation that compares it with the other records."""

from __future__ import annotations

from django.contrib import admin

from custody.register.models import CapEntry, Dispute, Entry, Position
from tokenization.backoffice.records.base import Record, shown, state, to
from tokenization.backoffice.site import office
from tokenization.theme import figures


@admin.register(Entry, site=office)
class EntryRecord(Record):
    list_display = (
        "id",
        to("token", "security"),
        shown("account", "account", figures.hashed),
        shown("units", "units", figures.units),
        "cause",
        to("instruction", "instruction"),
        shown("block_number", "block", figures.units),
        to("log", "log"),
    )
    list_filter = ("cause",)
    search_fields = ("account", "token__series__isin", "log__tx_hash")
    list_select_related = ("token__series", "instruction", "log")


@admin.register(Position, site=office)
class PositionRecord(Record):
    list_display = (
        shown("account", "account", figures.hashed),
        to("token", "security"),
        shown("units", "units", figures.units),
    )
    search_fields = ("account", "token__series__isin")
    list_select_related = ("token__series",)


@admin.register(CapEntry, site=office)
class CapEntryRecord(Record):
    list_display = (
        to("token", "security"),
        "kind",
        shown("units", "units", figures.units),
        shown("number", "number", figures.units),
        shown("block_number", "block", figures.units),
        to("instruction", "instruction"),
    )
    list_filter = ("kind",)
    list_select_related = ("token__series", "instruction")


@admin.register(Dispute, site=office)
class DisputeRecord(Record):
    list_display = (
        to("token", "security"),
        shown("wallet", "wallet", figures.hashed),
        shown("units", "units", figures.units),
        shown("remaining", "still disputed", figures.units),
        state(),
        shown("tx_hash", "transaction", figures.hashed),
        shown("opened_at", "since", figures.when),
    )
    list_filter = ("state",)
    search_fields = ("wallet", "tx_hash")
    list_select_related = ("token__series",)
