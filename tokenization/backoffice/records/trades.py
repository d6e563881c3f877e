"""Trades between investors. What a side signed is not shown: whoever has both signatures may submit them."""

from __future__ import annotations

from django.contrib import admin

from custody.settlement.trades.models import Trade, TradeSide
from tokenization.backoffice.records.base import Record, RecordRows, amount, shown, state, to
from tokenization.backoffice.site import office
from tokenization.theme import figures


class SideRows(RecordRows):
    model = TradeSide
    fields = ("role", "party", "wallet", "nonce")
    readonly_fields = fields


@admin.register(Trade, site=office)
class TradeRecord(Record):
    list_display = (
        "id",
        to("token", "security"),
        shown("units", "units", figures.units),
        amount("amount_minor", "against", "cash.currency"),
        state(),
        shown("valid_until", "ends", figures.when),
        shown("reason", "reason", figures.prose),
        to("intent", "transaction"),
    )
    list_filter = ("state",)
    search_fields = ("digest", "sides__party__reference", "token__series__isin")
    list_select_related = ("token__series", "cash", "intent")
    inlines = (SideRows,)
