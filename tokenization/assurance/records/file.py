"""A stored file: its hash for everybody who reads assurance, its bytes for who may read the audit.

Only files that stand behind supply, reserve or cash have a page: a bid or a person's papers are nobody's evidence here.
"""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from custody.reconciliation.models import Break
from custody.registries.models import BankNotification, BankStatement, Statement
from custody.reserves.models import ReleaseOrder, ReserveAttestation, VaultList
from custody.settlement.models import BankCorrection
from issuance.conditions.models import ConditionPrecedent
from issuance.series.models import TermSheet
from tokenization.assurance.looks import look, looks_at
from tokenization.assurance.models import Look
from tokenization.assurance.records.facts import fact, facts, person, record_page
from tokenization.documents.downloads import download
from tokenization.files.models import StoredFile
from tokenization.identity.models import User
from tokenization.identity.roles import Power, has_power
from tokenization.theme import figures
from tokenization.theme.faces import face

HOLDERS = (
    (Statement, "file", "a depository's statement"),
    (BankStatement, "file", "a statement of the bank"),
    (BankNotification, "file", "a notification of the bank"),
    (VaultList, "file", "a vault's list"),
    (ReserveAttestation, "report", "an examiner's report"),
    (ReleaseOrder, "file", "a release order to a vault"),
    (TermSheet, "file", "the terms of a series"),
    (ConditionPrecedent, "document", "a condition of a reserve-backed series"),
    (Break, "closing_file", "evidence with which a break was closed"),
    (BankCorrection, "evidence", "evidence with which an entry was put right by the bank's line"),
)


def files() -> QuerySet[StoredFile]:
    """The files that are evidence of supply, reserve or cash."""
    named = Q()
    for model, field, _ in HOLDERS:
        rows = model._default_manager.filter(**{f"{field}__isnull": False})
        named |= Q(pk__in=rows.values(field))
    return StoredFile.objects.filter(named).defer("content").select_related("stored_by")


def what_it_is(kept: StoredFile) -> str:
    found = [words for model, field, words in HOLDERS if model._default_manager.filter(**{field: kept.pk}).exists()]
    return ", ".join(found)


def may_download(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and has_power(request.user, Power.AUDIT_READ)


@face("assurance")
@require_safe
def file(request: HttpRequest, pk: int) -> HttpResponse:
    kept = get_object_or_404(files(), pk=pk)
    look(request, Look.What.RECORD, pk, f"file {kept.name}")
    may = may_download(request)
    return record_page(
        request,
        kept.name,
        lead=f"Kept as it was received: {what_it_is(kept)}.",
        parts=[
            (
                "What it is",
                facts(
                    fact("SHA-256", kept.sha256),
                    fact("Size", f"{figures.units(kept.size)} bytes"),
                    fact("Kind", kept.media_type),
                    fact("Stored by", person(kept.stored_by)),
                    fact("Stored at", figures.when(kept.stored_at)),
                ),
                None,
            )
        ],
        action=reverse("assurance:file-download", args=[pk]) if may else "",
        action_words="Download the file",
        closed="" if may else "Its bytes are for auditors and for compliance's checkers; its hash is for all.",
        looks=looks_at(request, pk, Look.What.FILE),
    )


@face("assurance")
@require_safe
def file_download(request: HttpRequest, pk: int) -> HttpResponse:
    if not may_download(request):
        raise PermissionDenied
    kept = get_object_or_404(files(), pk=pk)
    look(request, Look.What.FILE, pk, kept.name)
    return download(kept.name, bytes(kept.content), kept.media_type)
