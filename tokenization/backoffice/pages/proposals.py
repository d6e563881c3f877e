"""What officers can propose. Each form drafts and proposes in one transaction: nothing is left behind by a refusal."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from custody.instructions.models import Instruction
from issuance.allotment.actions import OfferOpen
from issuance.allotment.lines import AllotmentLine
from issuance.allotment.services import allotments_propose, offer_close, offer_draft
from issuance.authority.actions import AuthorityEnact, EnvelopeOpen
from issuance.authority.drafts import draft_payload
from issuance.authority.services import authority_draft, envelope_draft
from issuance.programme.actions import ProgrammeOpen
from issuance.programme.services import programme_draft
from issuance.series.actions import SeriesApprove, series_payload
from issuance.series.services import series_draft
from tokenization.backoffice.pages import forms as office_forms
from tokenization.backoffice.pages.base import office_page, officer
from tokenization.identity.approvals import approval_propose
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power, powers_of
from tokenization.kernel import clock
from tokenization.kernel.errors import LineProblem, PlatformError, Problems
from tokenization.theme.faces import face
from tokenization.theme.tables import Table, table

Do = Callable[..., Approval]


@dataclass(frozen=True)
class Proposal:
    name: str
    group: str
    title: str
    lead: str
    power: Power
    form: type[forms.Form]
    do: Do


def _drafted(draft: Callable[..., Any], action: str, payload: Callable[[Any], dict[str, Any]] = draft_payload) -> Do:
    """Draft the row with the form's fields, then propose the action that approves it."""

    def do(*, actor: User, now: datetime, **fields: Any) -> Approval:
        row = draft(**fields, actor=actor, now=now)
        return approval_propose(action=action, payload=payload(row), actor=actor, now=now)

    return do


def read_allotments(content: bytes) -> list[AllotmentLine]:
    """Lines of a CSV with the columns party,units. Problems when it is not that; lines are checked later."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Problems([LineProblem(0, "", "UTF-8", "the file is not UTF-8 text; save it as CSV UTF-8")]) from None
    rows = list(csv.reader(io.StringIO(text)))
    if not rows or [cell.strip() for cell in rows[0]] != ["party", "units"]:
        raise Problems([LineProblem(1, "", "columns", "the first line must read party,units")])
    wrong = [
        LineProblem(number, "", "columns", f"two values are expected, {len(row)} were found")
        for number, row in enumerate(rows[1:], 2)
        if len(row) != 2
    ]
    if wrong:
        raise Problems(wrong)
    return [AllotmentLine(number, row[0].strip(), row[1].strip()) for number, row in enumerate(rows[1:], 2)]


def _allot(*, offer: Any, file: Any, actor: User, now: datetime) -> Approval:
    lines = read_allotments(file.read())
    if offer.state == "OPEN":
        offer = offer_close(offer=offer, actor=actor, now=now)
    return allotments_propose(offer=offer, lines=lines, actor=actor, now=now)


def _tokenise(*, series: Any, actor: User, now: datetime) -> Approval:
    return approval_propose(
        action="custody.tokenisation.SeriesTokenise", payload={"series": series.pk}, actor=actor, now=now
    )


def _named(action: str) -> Do:
    """Propose the action on the row that was chosen: its payload is the form's fields, rows by their ids."""

    def do(*, actor: User, now: datetime, **fields: Any) -> Approval:
        payload = {name: getattr(value, "pk", value) for name, value in fields.items()}
        return approval_propose(action=action, payload=payload, actor=actor, now=now)

    return do


def _instructions(kind: str, action: str) -> Do:
    """Propose all drafted instructions of one kind of one token, in the order of their numbers."""

    def do(*, token: Any, actor: User, now: datetime) -> Approval:
        drafts = Instruction.objects.filter(token=token, kind=kind, state="DRAFT").order_by("number")
        payload = {"instructions": list(drafts.values_list("pk", flat=True))}
        return approval_propose(action=action, payload=payload, actor=actor, now=now)

    return do


PROPOSALS = [
    Proposal(
        "authority",
        "Mandate",
        "Legal authority",
        "The law that allows to borrow, with its ceiling.",
        Power.AUTHORITY_DRAFT,
        office_forms.AuthorityForm,
        _drafted(authority_draft, AuthorityEnact.name),
    ),
    Proposal(
        "envelope",
        "Mandate",
        "Budget envelope",
        "The share of an authority for one budget year.",
        Power.AUTHORITY_DRAFT,
        office_forms.EnvelopeForm,
        _drafted(envelope_draft, EnvelopeOpen.name),
    ),
    Proposal(
        "programme",
        "Mandate",
        "Programme",
        "A plan of issues under an envelope.",
        Power.AUTHORITY_DRAFT,
        office_forms.ProgrammeForm,
        _drafted(programme_draft, ProgrammeOpen.name),
    ),
    Proposal(
        "series",
        "Issue",
        "Series",
        "One security with its terms; the term sheet is made from them.",
        Power.SERIES_DRAFT,
        office_forms.SeriesForm,
        _drafted(series_draft, SeriesApprove.name, series_payload),
    ),
    Proposal(
        "tokenise",
        "Issue",
        "Tokenise a series",
        "Creates the security's contract on chain.",
        Power.TOKENISE_DRAFT,
        office_forms.SeriesChoiceForm,
        _tokenise,
    ),
    Proposal(
        "offer",
        "Sale",
        "Offer at a fixed price",
        "Opens a series for sale.",
        Power.ALLOT_DRAFT,
        office_forms.OfferForm,
        _drafted(offer_draft, OfferOpen.name),
    ),
    Proposal(
        "allotment",
        "Sale",
        "Allotment",
        "Who gets how many units of an offer, from a file.",
        Power.ALLOT_DRAFT,
        office_forms.AllotmentForm,
        _allot,
    ),
]
PROPOSALS += [
    Proposal(
        "issue",
        "Custody",
        "Issue on chain",
        "Creates the units of all prepared issues of one security.",
        Power.ISSUE_DRAFT,
        office_forms.TokenForm,
        _instructions("ISSUE", "custody.instructions.IssueApprove"),
    ),
    Proposal(
        "redemption",
        "Custody",
        "Redemption",
        "Burns the units and makes the payments due, as of the record block.",
        Power.REDEEM_DRAFT,
        office_forms.RedemptionForm,
        _named("custody.servicing.RedemptionApprove"),
    ),
    Proposal(
        "refund",
        "Custody",
        "Refund",
        "Pays back money whose units cannot be delivered.",
        Power.REFUND_DRAFT,
        office_forms.RefundForm,
        _named("custody.settlement.RefundApprove"),
    ),
    Proposal(
        "suspense",
        "Custody",
        "Return of suspended money",
        "Pays back money that matched nothing.",
        Power.REFUND_DRAFT,
        office_forms.SuspenseForm,
        _named("custody.settlement.RefundApprove"),
    ),
    Proposal(
        "break",
        "Custody",
        "Close a break",
        "Once a later run no longer finds it. It repairs nothing.",
        Power.BREAK_CLOSE,
        office_forms.BreakForm,
        _named("custody.reconciliation.BreakClose"),
    ),
]
BY_NAME = {proposal.name: proposal for proposal in PROPOSALS}


@face("office")
@require_safe
def proposals(request: HttpRequest) -> HttpResponse:
    powers = powers_of(officer(request))
    groups: dict[str, list[Proposal]] = {}
    for proposal in PROPOSALS:
        if proposal.power in powers:
            groups.setdefault(proposal.group, []).append(proposal)
    return office_page(
        request,
        "proposals.html",
        "Propose",
        lead="What you propose takes effect only when a second person approves it.",
        groups=[{"name": name, "proposals": found} for name, found in groups.items()],
    )


@face("office")
@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: HttpRequest, name: str) -> HttpResponse:
    """The form of one proposal; to a role that may not propose it, the page does not exist."""
    proposal = BY_NAME.get(name)
    actor = officer(request)
    if proposal is None or proposal.power not in powers_of(actor):
        raise Http404
    form = proposal.form(request.POST or None, request.FILES or None)
    problems: Table | None = None
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                approval = proposal.do(**form.cleaned_data, actor=actor, now=clock.now())
        except Problems as error:
            problems = problem_table(error.problems)
        except PlatformError as error:
            _say(form, error)
        else:
            messages.success(request, "Proposed. It now waits for a second person.")
            return redirect("office:decision", pk=approval.pk)
    return office_page(request, "form.html", proposal.title, lead=proposal.lead, form=form, problems=problems)


def problem_table(problems: list[LineProblem]) -> Table:
    rows = ((row.line or "whole file", row.field, row.message, row.rule) for row in problems)
    return table("problems", ("#Line", "Field", "What is wrong", "Rule"), rows)


def _say(form: forms.Form, error: PlatformError) -> None:
    """At the field that the refusal names, else above the form."""
    field = error.field.removesuffix("_minor") if error.field not in form.fields else error.field
    form.add_error(field if field in form.fields else None, str(error))
