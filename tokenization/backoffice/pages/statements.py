"""The depository's daily statement: taken whole, or refused whole with every fault named."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from custody.registries.models import Statement
from custody.registries.services import statement_import
from tokenization.backoffice.pages.base import office_page, officer
from tokenization.backoffice.pages.listing import Listing, taken_away
from tokenization.backoffice.records.base import record_url
from tokenization.identity.roles import Power, has_power
from tokenization.kernel import clock
from tokenization.kernel.errors import PlatformError, Problems
from tokenization.theme.faces import face
from tokenization.theme.tables import Table, link, problem_table

LARGEST = 10 * 1024 * 1024


class StatementForm(forms.Form):
    file = forms.FileField(label="Statement, CSV")

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError("The file is larger than 10 MB, which no daily statement is.")
        return file


@face("office")
@require_http_methods(["GET", "HEAD", "POST"])
def statements(request: HttpRequest) -> HttpResponse:
    actor = officer(request)
    may = has_power(actor, Power.STATEMENT_IMPORT)
    form = StatementForm(request.POST or None, request.FILES or None)
    problems: Table | None = None
    if request.method == "POST" and may and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            statement_import(content=file.read(), name=file.name, actor=actor, now=clock.now())
        except Problems as error:
            problems = problem_table(error.problems)
        except PlatformError as error:
            form.add_error("file", str(error))
        else:
            messages.success(request, "The statement was imported.")
            return redirect("office:statements")
    refused = request.method == "POST" and not may
    imported = _imported(request)
    return taken_away(request, imported) or office_page(
        request,
        "statements.html",
        "Depository statements",
        lead="One file a day from the depository. It is compared with our own journal, never mixed with it.",
        form=form,
        may=may,
        problems=problems,
        button="Import",
        statements=imported,
        status=403 if refused else 200,
    )


def _imported(request: HttpRequest) -> Listing:
    return Listing(
        request,
        "statements",
        ("Statement", "As of", "Imported by", "Imported at"),
        Statement.objects.select_related("imported_by").order_by("-as_of", "-pk"),
        lambda row: (
            link(row.statement_id, record_url(row)),
            row.as_of,
            row.imported_by.get_full_name() or row.imported_by.username,
            row.imported_at,
        ),
        search=("statement_id", "imported_by__last_name"),
        sorts={"As of": "as_of", "Imported at": "imported_at"},
        empty="No statement has been imported yet. The registrar's officer takes in the depository's first file.",
    )
