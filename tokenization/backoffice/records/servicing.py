"""Coupons, redemptions, what is due to whom, tax and bank accounts, as recorded."""

from __future__ import annotations

from django.contrib import admin

from custody.servicing.models import (
    BankAccount,
    Entitlement,
    Funding,
    Payment,
    ServicingEvent,
    TaxReversal,
    TaxRule,
    TaxStatus,
)
from tokenization.backoffice.records.base import Record, amount, shown, state, to, whole
from tokenization.backoffice.site import office
from tokenization.kernel.secrets import masked
from tokenization.theme import figures


@admin.register(ServicingEvent, site=office)
class ServicingEventRecord(Record):
    list_display = (
        "title",
        to("token.series", "series"),
        shown("payment_date", "payment date", figures.day),
        shown("record_at", "record instant", figures.when),
        shown("record_block_number", "record block", figures.units),
        amount("total_minor", "total", "token.series.payment_currency"),
        state(),
    )
    list_filter = ("state", "kind")
    search_fields = ("token__series__isin",)
    list_select_related = ("token__series",)


@admin.register(Funding, site=office)
class FundingRecord(Record):
    list_display = (
        to("event", "event"),
        amount("amount_minor", "amount", "event.token.series.payment_currency"),
        "bank_reference",
        to("cash_entry", "entry"),
    )
    search_fields = ("bank_reference", "event__token__series__isin")
    list_select_related = ("event__token__series", "cash_entry")


@admin.register(Entitlement, site=office)
class EntitlementRecord(Record):
    list_display = (
        to("party", "party"),
        to("wallet", "wallet"),
        shown("units", "units", figures.units),
        shown("disputed_units", "disputed", figures.units),
        amount("gross_minor", "gross", "event.token.series.payment_currency"),
        amount("tax_minor", "tax", "event.token.series.payment_currency"),
        amount("net_minor", "net", "event.token.series.payment_currency"),
        to("event", "event"),
    )
    search_fields = ("party__reference", "wallet__address", "event__token__series__isin")
    list_select_related = ("party", "wallet", "event__token__series")


@admin.register(Payment, site=office)
class PaymentRecord(Record):
    list_display = (
        to("entitlement.party", "party"),
        amount("amount_minor", "amount", "entitlement.event.token.series.payment_currency"),
        "channel",
        state(),
        "bank_reference",
        to("entitlement.event", "event"),
    )
    list_filter = ("state", "channel")
    search_fields = ("bank_reference", "entitlement__party__reference")
    list_select_related = ("entitlement__party", "entitlement__event__token__series")


@admin.register(BankAccount, site=office)
class BankAccountRecord(Record):
    list_display = (
        to("party", "party"),
        shown("iban", "IBAN", masked),
        whole("account"),
        "title",
        shown("valid_from", "from", figures.when),
        shown("valid_until", "until", figures.when),
        to("approval", "approval"),
    )
    search_fields = ("party__reference",)
    list_select_related = ("party", "approval")


@admin.register(TaxRule, site=office)
class TaxRuleRecord(Record):
    list_display = (
        "status",
        "instrument",
        "base",
        shown("rate_bp", "basis points", figures.units),
        shown("valid_from", "from", figures.day),
        shown("valid_until", "until", figures.day),
        "source",
    )
    list_filter = ("instrument", "status")


@admin.register(TaxStatus, site=office)
class TaxStatusRecord(Record):
    list_display = (
        to("party", "party"),
        "status",
        shown("valid_from", "from", figures.day),
        shown("valid_until", "until", figures.day),
        "source",
    )
    list_filter = ("status",)
    search_fields = ("party__reference",)
    list_select_related = ("party",)


@admin.register(TaxReversal, site=office)
class TaxReversalRecord(Record):
    list_display = (
        to("entitlement.party", "party"),
        amount("amount_minor", "given back", "entitlement.event.token.series.payment_currency"),
        "reason",
        shown("made_at", "at", figures.when),
        to("approval", "approval"),
    )
    list_select_related = ("entitlement__party", "entitlement__event__token__series", "approval")
