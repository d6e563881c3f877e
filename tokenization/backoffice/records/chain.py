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
    verbose_name_plural = "Items"
    fields = ("number", "wallet", "units", "contract", "live")
    readonly_fields = fields


class MoveRows(RecordRows):
    model = IntentMove
    verbose_name_plural = "What happened"
    fields = ("at", "old", "new", "reason")
    readonly_fields = fields


@admin.display(description="state", ordering="state")
def intent_words(intent: Intent) -> SafeString:
    return format_html('<span class="tk-tag tk-{}">{}</span>', figures.tone(intent.state), intent_state(intent.state))


@admin.register(Intent, site=office)
class IntentRecord(Record):
    list_display = (
        "id",
        shown("description", "description", figures.prose),
        to("signer", "signer"),
        intent_words,
        shown("reason", "reason", figures.prose),
        shown("created_at", "made", figures.when),
    )
    list_display_links = ("id",)
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
    list_display = (
        "name",
        "key",
        shown("address", "address", figures.hashed),
        shown("next_nonce", "next number", figures.units),
        shown("trouble", "trouble", figures.prose),
        shown("passed_at", "last worked", figures.when),
    )


@admin.register(Halt, site=office)
class HaltRecord(Record):
    list_display = (
        shown("message", "message", figures.prose),
        shown("what_to_do", "what to do", figures.prose),
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
    verbose_name_plural = "Signed"
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
        shown("hash", "hash", figures.hashed),
        to("slot.intent", "what"),
        "kind",
        shown("gas", "gas", figures.units),
        shown("max_fee", "highest fee, wei", figures.units),
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
    list_display = (
        "name",
        shown("address", "address", figures.hashed),
        "artifact",
        shown("from_block", "from block", figures.units),
        shown("filled_to", "filled to", figures.units),
    )
    search_fields = ("name", "address")


@admin.register(Block, site=office)
class BlockRecord(Record):
    list_display = (
        shown("number", "number", figures.units),
        shown("hash", "hash", figures.hashed),
        shown("timestamp", "time", figures.when),
        "final",
    )
    list_filter = ("final",)
    search_fields = ("hash", "=number")
    ordering = ("-number",)


@admin.register(Log, site=office)
class LogRecord(Record):
    list_display = (
        to("block", "block"),
        "log_index",
        shown("address", "address", figures.hashed),
        shown("tx_hash", "transaction", figures.hashed),
    )
    search_fields = ("tx_hash", "address")
    exclude = ("data",)
    list_select_related = ("block",)


@admin.register(NodeFault, site=office)
class NodeFaultRecord(Record):
    list_display = (
        "kind",
        shown("detail", "detail", figures.prose),
        shown("what_to_do", "what to do", figures.prose),
        "halts",
        shown("count", "count", figures.units),
        shown("last_at", "last seen", figures.when),
    )
    list_filter = ("kind", "halts")

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).order_by("-last_at")
