"""The bank's files: brought in whole or refused line by line, listed, and compared with the journal."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from custody.registries.models import BankEntry, BankNotification, BankStatement, SettlementAccount
from custody.settlement.services import FileTaken, bank_file_take
from custody.settlement.statements import open_lines, statement_difference
from tokenization.backoffice.pages.bank_lines import LINE, line_cells, open_line_table
from tokenization.backoffice.pages.base import office_page, officer
from tokenization.backoffice.pages.listing import Listing, taken_away
from tokenization.files.services import MAX_BYTES
from tokenization.identity.roles import Power, has_power
from tokenization.kernel import clock
from tokenization.kernel.errors import PlatformError, Problems
from tokenization.theme import figures
from tokenization.theme.faces import face
from tokenization.theme.tables import Table, amount, link, problem_table

FATES = {
    "PAID": "paid a purchase",
    "KNOWN": "recorded before",
    "SEEN": "payments of ours seen at the bank",
    "DIFFERS": "recorded with other figures",
}


class BankFileForm(forms.Form):
    file = forms.FileField(label="Statement or notification (camt.053, camt.054 or CSV)")

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError("The file is larger than 20 MB.")
        return file


@face("office")
@require_http_methods(["GET", "HEAD", "POST"])
def files(request: HttpRequest) -> HttpResponse:
    actor = officer(request)
    may = has_power(actor, Power.CASH_CONFIRM)
    form = BankFileForm(request.POST or None, request.FILES or None)
    problems: Table | None = None
    if request.method == "POST" and may and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            done = bank_file_take(content=file.read(), name=file.name, actor=actor, now=clock.now())
        except Problems as error:
            problems = problem_table(error.problems)
        except PlatformError as error:
            form.add_error("file", str(error))
        else:
            messages.success(request, said(done))
            kind = "statement" if isinstance(done.taken.document, BankStatement) else "notification"
            return redirect(f"office:bank-{kind}", pk=done.taken.document.pk)
    statements, notifications = _statements(request), _notifications(request)
    return taken_away(request, statements, notifications) or office_page(
        request,
        "bank.html",
        "Bank statements",
        about="The bank's word about the settlement account. Exact receipts pay their purchase when the file comes in; "
        "everything else waits in suspense for two persons.",
        form=form,
        may=may,
        problems=problems,
        button="Take in",
        differences=_differences(),
        statements=statements,
        notifications=notifications,
        open_lines=open_line_table(),
        status=403 if request.method == "POST" and not may else 200,
    )


def said(done: FileTaken) -> str:
    """What one file did, in a sentence."""
    counts = done.outcome.counts
    held = sum(number for kind, number in counts.items() if kind not in FATES)
    parts = [f"{figures.units(counts[kind])} {words}" for kind, words in FATES.items() if kind in counts]
    parts += [f"{figures.units(held)} held in suspense"] if held else []
    told, new = figures.units(len(done.taken.entries)), figures.units(done.taken.new)
    return f"Taken in: {told} entries, {new} new; {', '.join(parts) or 'nothing to match'}."


def _differences() -> list[dict[str, str]]:
    """Journal = closing balance of the last statement + what is booked after it, for every account, in a sentence."""
    return [_difference(account) for account in SettlementAccount.objects.order_by("currency")]


def _difference(account: SettlementAccount) -> dict[str, str]:
    found, currency = statement_difference(account, clock.now()), account.currency
    lines = open_lines(account, clock.now())
    said = {
        name: figures.money(getattr(found, name), currency)
        for name in ("difference", "missing", "unbooked", "journal", "closing", "after")
    }
    sums = (
        f"The journal says {said['journal']}; the last closing balance is {said['closing']} and {said['after']} is "
        "booked after it."
    )
    if not found.statement:
        level, words = "info", f"No statement has been taken in yet. {sums}"
    elif not lines and found.after:
        level = "warning"
        words = (
            f"Up to the last statement journal and bank agree. {said['after']} has been booked since on our own word: "
            f"no statement of the bank shows it yet. {sums}"
        )
    elif not lines:
        level, words = "success", f"Difference {said['difference']}: journal and bank agree. {sums}"
    else:
        level = "error" if found.difference else "warning"
        words = (
            f"Difference {said['difference']}: {said['missing']} of the journal is in no statement, and "
            f"{said['unbooked']} of the statements is not in the journal. {sums} Each line below says what to do."
        )
    last = f", last statement {found.statement}" if found.statement else ""
    return {"level": level, "account": f"{account.iban}{last}", "words": words}


def _statements(request: HttpRequest) -> Listing:
    return Listing(
        request,
        "bank-statements",
        ("Statement", "#Closing", "#Entries", "Closes", "Taken in by", "Taken in at"),
        BankStatement.objects.select_related("account", "imported_by").order_by("-pk"),
        lambda row: (
            link(str(row), reverse("office:bank-statement", args=[row.pk])),
            amount(row.closing_minor, row.account.currency),
            row.line_count,
            row.closing_on,
            row.imported_by.get_full_name() or row.imported_by.username,
            row.imported_at,
        ),
        search=("identification", "account__iban"),
        sorts={"Closing": "closing_minor", "Entries": "line_count", "Closes": "closing_on"},
        empty="No statement has been taken in yet. The fiscal agent's officer chooses the bank's file above.",
    )


def _notifications(request: HttpRequest) -> Listing:
    return Listing(
        request,
        "bank-notifications",
        ("Notification", "Account", "Taken in by", "Taken in at"),
        BankNotification.objects.select_related("account", "imported_by").order_by("-pk"),
        lambda row: (
            link(row.identification, reverse("office:bank-notification", args=[row.pk])),
            row.account.iban,
            row.imported_by.get_full_name() or row.imported_by.username,
            row.imported_at,
        ),
        search=("identification", "account__iban"),
        sorts={"Taken in at": "imported_at"},
        empty="No notification has been taken in yet.",
    )


@face("office")
@require_safe
def statement(request: HttpRequest, pk: int) -> HttpResponse:
    """The report of a statement, line by line."""
    row = get_object_or_404(BankStatement.objects.select_related("account"), pk=pk)
    entries = BankEntry.objects.filter(statement_line__statement=row).order_by("statement_line__position")
    money = [figures.money(minor, row.account.currency) for minor in (row.opening_minor, row.closing_minor)]
    lead = f"No. {row.electronic_number} of {row.account.iban}: opens with {money[0]}, closes with {money[1]}."
    return _report(request, f"Statement {row.identification}", lead, entries)


@face("office")
@require_safe
def notification(request: HttpRequest, pk: int) -> HttpResponse:
    """The entries that a notification told of first."""
    row = get_object_or_404(BankNotification.objects.select_related("account"), pk=pk)
    lead = f"Of {row.account.iban}. The statement of the day books the same entries, once."
    return _report(request, f"Notification {row.identification}", lead, row.entries.order_by("pk"))


def _report(request: HttpRequest, title: str, lead: str, entries: QuerySet[BankEntry]) -> HttpResponse:
    rows = Listing(
        request,
        title.lower().replace(" ", "-"),
        LINE,
        entries.select_related("account", "booking__settlement", "booking__correction"),
        line_cells,
        search=("reference", "end_to_end_id", "remittance", "booking__settlement__payment_reference"),
        sorts={"Amount": "amount_minor", "Value": "value_date"},
        empty="There is no entry.",
    )
    if request.GET.get("as") == "csv":
        return rows.download()
    return taken_away(request, rows) or office_page(request, "bank_lines.html", title, lead=lead, lines=rows)
