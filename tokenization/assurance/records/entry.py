"""One entry of the cash journal: its legs, and the bank's own line for it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from custody.registries.models import BankEntry
from custody.settlement.models import BankCorrection, CashEntry
from custody.settlement.statements import booking_of
from tokenization.assurance.looks import look
from tokenization.assurance.models import Look
from tokenization.assurance.records.facts import Fact, fact, facts, of_approval, of_file, record_page
from tokenization.theme import figures
from tokenization.theme.faces import face
from tokenization.theme.tables import Cell, Table, table

BANK = ("bank_booking__entry__notification__file", "bank_booking__entry__statement_line__statement__file")


@face("assurance")
@require_safe
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(CashEntry.objects.select_related(*BANK, "bank_booking__settlement"), pk=pk)
    look(request, Look.What.RECORD, pk, f"cash entry {pk}")
    return record_page(
        request,
        f"Cash entry {pk}: {found.get_kind_display().lower()}",
        lead="One fact about money. Its legs add up to zero: held above zero, owed below.",
        parts=[
            ("What it is", facts(*_what(found)), None),
            ("Legs", [], _legs(found)),
            ("What the bank says", _bank(found), None),
            ("Put right by two persons", _correction(found), None),
        ],
        nothing="No line of the bank belongs to it.",
    )


def _what(row: CashEntry) -> list[Fact]:
    return [
        fact("In words", row.words),
        fact("At", figures.when(row.at)),
        fact("Key, used once", row.key),
        fact("Bank reference", row.bank_reference),
    ]


def _legs(row: CashEntry) -> Table:
    rows = row.legs.select_related("account").order_by("pk")
    return table(
        "legs",
        ("Account", "#Amount"),
        (
            (
                leg.account.get_kind_display(),
                Cell(figures.money(leg.amount_minor, leg.account.currency), sort=leg.amount_minor),
            )
            for leg in rows
        ),
    )


def _bank(row: CashEntry) -> list[Fact]:
    booking = booking_of(row)
    if booking is None:
        return []
    told: BankEntry = booking.entry
    line = getattr(told, "statement_line", None)
    paid = booking.settlement.issue_instruction if booking.settlement else None
    return facts(
        fact("Bank's reference", told.reference),
        fact("Side", "credit" if told.credit else "debit"),
        fact("Booked", figures.day(told.booking_date)),
        fact("Verdict", booking.get_verdict_display()),
        fact("In statement", f"{line.statement}, line {line.position}" if line else "not yet: told during the day"),
        of_file(line.statement.file if line else None, "Statement's file"),
        of_file(told.notification.file if told.notification else None, "Notification's file"),
        fact("Pays instruction", f"No. {paid.number}" if paid else "",
             reverse("assurance:instruction", args=[paid.pk]) if paid else ""),
    )  # fmt: skip


def _correction(row: CashEntry) -> list[Fact]:
    """Both entries, the difference and why, from either of the two."""
    found: BankCorrection | None = getattr(row, "corrected_by", None) or getattr(row, "corrects", None)
    if found is None:
        return []
    currency = found.booking.entry.account.currency
    return facts(
        _entry("Entry typed", found.wrong_entry),
        _entry("Correcting entry", found.entry),
        fact("Difference", figures.money(found.difference_minor, currency)),
        fact("Reason", found.reason),
        of_file(found.evidence, "Evidence"),
        *of_approval(found.approval),
    )


def _entry(title: str, row: CashEntry) -> Fact:
    return fact(title, f"cash entry {row.pk}", reverse("assurance:entry", args=[row.pk]))
