"""What was sent to the chain, what came back, and what was seen there."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from contracts.indexer.models import Block, Log, NodeFault, WatchedContract
from contracts.outbox.models import Attempt, Halt, Inclusion, Intent, IntentItem, IntentMove, Signer, Slot
from tokenization.backoffice.records.base import Record, RecordRows, shown, to
from tokenization.backoffice.site import office
from tokenization.backoffice.wording import intent_state
from tokenization.theme import figures


class ItemRows(RecordRows):
    model = IntentItem
    fields = ("number", "wallet", "units", "contract", "live")
    readonly_fields = fields


class MoveRows(RecordRows):
    model = IntentMove
    fields = ("at", "old", "new", "reason")
    readonly_fields = fields


@admin.display(description="state", ordering="state")
def intent_words(intent: Intent) -> SafeString:
    return format_html('<span class="tk-tag tk-{}">{}</span>', figures.tone(intent.state), intent_state(intent.state))


@admin.register(Intent, site=office)
class IntentRecord(Record):
    list_display = (
        "id",
        "description",
        to("signer", "signer"),
        intent_words,
        "reason",
        shown("created_at", "made", figures.when),
    )
    list_display_links = ("id", "description")
    list_filter = ("state", "signer", "function")
    search_fields = ("key", "description", "reason", "slot__attempts__hash")
    list_select_related = ("signer",)
    inlines = (ItemRows, MoveRows)
    fields = (
        "description",
        intent_words,
        "reason",
        "key",
        "signer",
        "to",
        "artifact",
        "function",
        "deadline",
        "split_from",
        "created_at",
        "gas_estimate",
        "body_hash",
    )
    readonly_fields = (intent_words,)


@admin.register(Signer, site=office)
class SignerRecord(Record):
    list_display = ("name", "key", "address", "next_nonce", "trouble", shown("passed_at", "last worked", figures.when))


@admin.register(Halt, site=office)
class HaltRecord(Record):
    list_display = (
        "message",
        "what_to_do",
        to("signer", "signer"),
        shown("opened_at", "since", figures.when),
        "open_now",
    )
    list_filter = ("reason",)

    @admin.display(description="open", boolean=True)
    def open_now(self, halt: Halt) -> bool:
        return halt.cleared_at is None


class AttemptRows(RecordRows):
    model = Attempt
    fields = ("hash", "kind", "gas", "max_fee", "priority_fee", "epoch", "created_at")
    readonly_fields = fields


@admin.register(Slot, site=office)
class SlotRecord(Record):
    list_display = (to("signer", "signer"), "nonce", to("intent", "what"), shown("created_at", "taken", figures.when))
    list_filter = ("signer",)
    list_select_related = ("signer", "intent")
    inlines = (AttemptRows,)


@admin.register(Attempt, site=office)
class AttemptRecord(Record):
    list_display = (
        "hash",
        to("slot.intent", "what"),
        "kind",
        "gas",
        "max_fee",
        shown("created_at", "signed", figures.when),
    )
    search_fields = ("hash",)
    list_select_related = ("slot__intent",)
    exclude = ("raw",)


@admin.register(Inclusion, site=office)
class InclusionRecord(Record):
    list_display = (
        to("slot.intent", "what"),
        shown("block_number", "block", figures.units),
        "outcome",
        "final",
        shown("gas_used", "gas used", figures.units),
        shown("seen_at", "seen", figures.when),
    )
    list_filter = ("status", "final")
    search_fields = ("attempt__hash", "block_hash")
    list_select_related = ("slot__intent",)

    @admin.display(description="outcome", ordering="status")
    def outcome(self, inclusion: Inclusion) -> str:
        return "carried out" if inclusion.status == 1 else "refused by the contract"


@admin.register(WatchedContract, site=office)
class WatchedContractRecord(Record):
    list_display = ("name", "address", "artifact", "from_block", "filled_to")
    search_fields = ("name", "address")


@admin.register(Block, site=office)
class BlockRecord(Record):
    list_display = (shown("number", "number", figures.units), "hash", shown("timestamp", "time", figures.when), "final")
    list_filter = ("final",)
    search_fields = ("hash", "=number")
    ordering = ("-number",)


@admin.register(Log, site=office)
class LogRecord(Record):
    list_display = (to("block", "block"), "log_index", "address", "tx_hash")
    search_fields = ("tx_hash", "address")
    exclude = ("data",)
    list_select_related = ("block",)


@admin.register(NodeFault, site=office)
class NodeFaultRecord(Record):
    list_display = ("kind", "detail", "what_to_do", "halts", "count", shown("last_at", "last seen", figures.when))
    list_filter = ("kind", "halts")

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).order_by("-last_at")
