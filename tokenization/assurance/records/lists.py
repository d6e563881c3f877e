"""The lists from which an auditor starts: approvals, audit log, bank, registry and files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from custody.registries.models import BankEntry, RegistryConfirmation
from custody.settlement.models import BankBooking, BankCorrection
from tokenization.assurance.heads import kept_heads
from tokenization.assurance.looks import look
from tokenization.assurance.models import Look
from tokenization.assurance.records.file import files, what_it_is
from tokenization.assurance.records.listing import Filters, listing, may_read
from tokenization.files.models import StoredFile
from tokenization.identity import audit as log
from tokenization.identity.models import Approval, AuditEntry
from tokenization.theme import figures
from tokenization.theme.faces import face
from tokenization.theme.tables import Cell, Table, code, link, state, table

APPROVALS = Filters(
    ("title", "subject", "maker__username", "checker__username", "items_root"), "made_at__date", "state",
    (("PENDING", "waiting"), ("APPROVED", "approved"), ("REJECTED", "refused"), ("WITHDRAWN", "taken back")), "State",
    "title, person or root",
)  # fmt: skip
AUDIT = Filters(("action", "subject", "actor_name", "hash"), "at__date", hint="action, subject or person")
BANK = Filters(
    ("reference", "end_to_end_id", "remittance"), "booking_date", "credit", (("True", "in"), ("False", "out")), "Side",
    "reference or text",
)  # fmt: skip
REGISTRY = Filters(
    ("registry_reference", "signer_address", "token__series__isin", "recorded_by__username"),
    "confirmed_at__date", "kind",
    [(value, label.lower()) for value, label in RegistryConfirmation.Kind.choices], "What",
    "reference, ISIN or signer",
)  # fmt: skip
FILES = Filters(("name", "sha256", "stored_by__username"), "stored_at__date", hint="name or SHA-256")
# Subjects of the log that have a page here.
PAGES = {"identity.approval": "approval", "files.storedfile": "file", "instruction": "instruction",
         "instructions.instruction": "instruction", "reconciliation.break": "break"}  # fmt: skip


@face("assurance")
@require_safe
def approvals(request: HttpRequest) -> HttpResponse:
    rows = Approval.objects.select_related("maker", "checker").order_by("-pk")
    return listing(
        request, rows, APPROVALS, _approvals, name="approvals", heading="Approvals",
        lead="Every decision of two: who asked, who decided, and the root of exactly what was approved.",
    )  # fmt: skip


def _approvals(rows: Sequence[Approval]) -> Table:
    titles = ("Approval", "What", "About", "State", "Asked by", "Asked at", "Decided by", "Decided at", "Root")
    lines = (
        (
            link(f"approval {row.pk}", reverse("assurance:approval", args=[row.pk])),
            row.title,
            figures.shortened(figures.plain(row.subject)),
            state(row.state),
            row.maker.username,
            row.made_at,
            row.checker.username if row.checker else "",
            row.decided_at or "",
            code(row.items_root),
        )
        for row in rows
    )
    return table("approvals", titles, lines, empty="No approval fits.", paged=True)


@face("assurance")
@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    rows = AuditEntry.objects.filter(sequence__isnull=False).order_by("-sequence")
    return listing(
        request, rows, AUDIT, _audit, name="audit log", heading="Audit log",
        lead="Written in the same transaction as what it tells of. Each entry carries the hash of the one before it.",
        check=reverse("assurance:audit-check"), check_words="Check the whole chain",
    )  # fmt: skip


def _audit(rows: Sequence[AuditEntry]) -> Table:
    lines = (
        (row.sequence, row.at, row.actor_name, row.action, _subject(row.subject), _short(row.body), code(row.hash))
        for row in rows
    )
    titles = ("#Entry", "At", "Who", "What", "About", "Details", "Hash")
    return table("audit", titles, lines, empty="No entry fits.", paged=True)


def _subject(subject: str) -> Cell:
    kind, _, number = subject.rpartition(":")
    place = PAGES.get(kind)
    if place is None or not number.isdigit():
        return Cell(figures.shortened(subject))
    return link(subject, reverse(f"assurance:{place}", args=[int(number)]))


def _short(body: str) -> str:
    said = figures.shortened(re.sub(r'[{}"]', "", body).replace(",", ", ").replace(":", ": "))
    return said if len(said) <= 160 else f"{said[:157]}…"


@face("assurance")
@require_POST
def audit_check(request: HttpRequest) -> HttpResponse:
    """Recomputes every hash of the log and compares it with the heads kept outside the database."""
    if not may_read(request):
        raise PermissionDenied
    heads, missing = kept_heads()
    found = log.verify(heads)
    look(request, Look.What.RECORD, 0, "audit log, the whole chain computed again")
    if found.ok:
        messages.success(request, f"Nothing was altered. {found.message}")
    else:
        messages.error(request, f"{found.message} The first altered entry is {found.first_altered}.")
    for words in missing:
        messages.warning(request, words)
    return redirect("assurance:audit")


@face("assurance")
@require_safe
def bank(request: HttpRequest) -> HttpResponse:
    rows = BankEntry.objects.select_related(
        "account", "booking__cash_entry", "booking__correction", "notification__file", "statement_line__statement__file"
    )
    return listing(
        request, rows.order_by("-booking_date", "-pk"), BANK, _bank, name="bank", heading="Bank",
        lead="Every movement that the bank told of, each once, with what became of it and the file that says so.",
    )  # fmt: skip


def _bank(rows: Sequence[BankEntry]) -> Table:
    titles = ("Reference", "Booked", "Side", "#Amount", "What became of it", "Journal", "File")
    return table("bank", titles, _movements(rows), empty="No movement fits.", paged=True)


def _movements(rows: Sequence[BankEntry]) -> Iterator[tuple[object, ...]]:
    for row in rows:
        booking: BankBooking | None = getattr(row, "booking", None)
        line = getattr(row, "statement_line", None)
        told = line.statement.file if line else row.notification.file if row.notification else None
        put_right: BankCorrection | None = getattr(booking, "correction", None)
        journal = put_right.entry_id if put_right else booking.cash_entry_id if booking else None
        yield (
            row.reference,
            row.booking_date,
            "in" if row.credit else "out",
            Cell(figures.money(row.amount_minor, row.account.currency), sort=row.amount_minor),
            "typed wrong, put right by two persons"
            if put_right
            else booking.get_verdict_display()
            if booking
            else "not yet looked at",
            link(f"cash entry {journal}", reverse("assurance:entry", args=[journal])) if journal else "",
            link(told.name, reverse("assurance:file", args=[told.pk])) if told else "",
        )


@face("assurance")
@require_safe
def registry(request: HttpRequest) -> HttpResponse:
    rows = RegistryConfirmation.objects.select_related("token__series", "instruction", "recorded_by").order_by("-pk")
    return listing(
        request, rows, REGISTRY, _registry, name="registry", heading="Registry",
        lead="The registrar's words, instruction by instruction: what is blocked so that it may exist, what is freed.",
    )  # fmt: skip


def _registry(rows: Sequence[RegistryConfirmation]) -> Table:
    titles = ("Reference", "ISIN", "What", "#Units", "At", "Signed by", "Recorded by", "Instruction")
    lines = (
        (
            row.registry_reference,
            row.token.code,
            row.get_kind_display().lower(),
            row.units,
            row.confirmed_at,
            code(row.signer_address) if row.signer_address else "recorded, not signed",
            row.recorded_by.username,
            link(f"No. {row.instruction.number}", reverse("assurance:instruction", args=[row.instruction_id])),
        )
        for row in rows
    )
    return table("registry", titles, lines, empty="No confirmation fits.", paged=True)


@face("assurance")
@require_safe
def kept_files(request: HttpRequest) -> HttpResponse:
    return listing(
        request, files().order_by("-pk"), FILES, _files, name="files", heading="Files",
        lead="Statements, lists, reports and terms behind supply, reserve and cash, kept as received under their hash.",
    )  # fmt: skip


def _files(rows: Sequence[StoredFile]) -> Table:
    titles = ("File", "What it is", "#Bytes", "Stored by", "Stored at", "SHA-256")
    lines = (
        (
            link(row.name, reverse("assurance:file", args=[row.pk])),
            what_it_is(row),
            row.size,
            row.stored_by.username,
            row.stored_at,
            code(row.sha256),
        )
        for row in rows
    )
    return table("files", titles, lines, empty="No file fits.", paged=True)
