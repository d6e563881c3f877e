"""What the bank said and what became of it, as recorded."""

from __future__ import annotations

from django.contrib import admin

from custody.registries.models import BankEntry, BankNotification, BankStatement, SettlementAccount
from custody.settlement.models import BankBooking, BankCorrection
from tokenization.backoffice.records.base import Record, amount, shown, to
from tokenization.backoffice.site import office
from tokenization.theme import figures


@admin.register(SettlementAccount, site=office)
class SettlementAccountRecord(Record):
    list_display = ("iban", "currency", "bank", amount("opening_minor", "opened with"), to("approval", "approval"))
    list_select_related = ("approval",)


@admin.register(BankStatement, site=office)
class BankStatementRecord(Record):
    list_display = (
        "identification",
        shown("electronic_number", "number", figures.units),
        to("account", "account"),
        amount("opening_minor", "opening", "account.currency"),
        amount("closing_minor", "closing", "account.currency"),
        shown("line_count", "entries", figures.units),
        to("file", "file"),
    )
    search_fields = ("identification",)
    list_select_related = ("account", "file")


@admin.register(BankNotification, site=office)
class BankNotificationRecord(Record):
    list_display = ("identification", to("account", "account"), shown("imported_at", "taken in", figures.when))
    search_fields = ("identification",)
    list_select_related = ("account",)


@admin.register(BankEntry, site=office)
class BankEntryRecord(Record):
    list_display = (
        "reference",
        "credit",
        amount("amount_minor", "amount", "account.currency"),
        shown("booking_date", "booked", figures.day),
        "end_to_end_id",
        "remittance",
    )
    list_filter = ("credit", "reversal")
    search_fields = ("reference", "end_to_end_id", "remittance")
    list_select_related = ("account",)


@admin.register(BankBooking, site=office)
class BankBookingRecord(Record):
    list_display = (
        to("entry", "bank entry"),
        "verdict",
        to("cash_entry", "cash entry"),
        to("settlement", "settlement"),
    )
    list_filter = ("verdict",)
    search_fields = ("entry__reference",)
    list_select_related = ("entry", "cash_entry", "settlement")


@admin.register(BankCorrection, site=office)
class BankCorrectionRecord(Record):
    list_display = (
        to("booking.entry", "bank entry"),
        to("wrong_entry", "typed"),
        to("entry", "correcting entry"),
        amount("difference_minor", "difference", "booking.entry.account.currency"),
        "reason",
        to("evidence", "evidence"),
        to("approval", "approval"),
        shown("corrected_at", "at", figures.when),
    )
    search_fields = ("booking__entry__reference", "reason")
    list_select_related = ("booking__entry__account", "wrong_entry", "entry", "evidence", "approval")
