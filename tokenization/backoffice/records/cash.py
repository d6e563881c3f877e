"""Cash tokens: what was minted on which credit, and what was burned and paid out to whom."""

from __future__ import annotations

from django.contrib import admin

from custody.cash.models import CashBurn, CashMint
from tokenization.backoffice.records.base import Record, amount, shown, state, to, whole
from tokenization.backoffice.site import office
from tokenization.kernel.secrets import masked
from tokenization.theme import figures


@admin.register(CashMint, site=office)
class CashMintRecord(Record):
    list_display = (
        "bank_reference",
        to("token", "cash"),
        to("wallet", "wallet"),
        amount("amount_minor", "amount", "token.currency"),
        state(),
        to("settlement", "for the purchase"),
        shown("opened_at", "booked", figures.when),
    )
    list_filter = ("state", "token__currency")
    search_fields = ("bank_reference", "wallet__address", "settlement__payment_reference")
    list_select_related = ("token", "wallet", "settlement")


@admin.register(CashBurn, site=office)
class CashBurnRecord(Record):
    list_display = (
        "id",
        to("token", "cash"),
        to("party", "holder"),
        amount("amount_minor", "amount", "token.currency"),
        shown("payee", "payee", masked),
        whole("pay-out"),
        state(),
        "bank_reference",
        shown("requested_at", "asked", figures.when),
    )
    list_filter = ("state", "token__currency", "day")
    search_fields = ("bank_reference", "party__reference", "wallet__address")
    list_select_related = ("token", "party")
