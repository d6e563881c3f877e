"""The approvals queue and the page on which a person decides."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from custody.tokenisation.actions import CashTokenise, SeriesTokenise
from issuance.series.models import Series
from issuance.series.term_sheets import term_sheet_hash, term_sheet_text
from tokenization.backoffice.binding import label, readable, reader_of
from tokenization.backoffice.pages.auction_outcome import outcome_table, outcomes_of
from tokenization.backoffice.pages.auctions import sees_book, sees_names
from tokenization.backoffice.pages.base import office_page, officer, tried
from tokenization.backoffice.pages.deciders import Deciders, waiting, why_not
from tokenization.backoffice.pages.details import details_href, has_sealed_number
from tokenization.backoffice.pages.listing import Listing, taken_away
from tokenization.identity import approvals
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import powers_of
from tokenization.kernel import clock
from tokenization.kernel.errors import PlatformError
from tokenization.theme import figures
from tokenization.theme.entry.step_up import asks_again
from tokenization.theme.faces import face
from tokenization.theme.tables import Table, code, link, state, table

SHOWN = 200
# What sends transactions that take their time; the decision leads to how far they are.
ON_CHAIN = {SeriesTokenise.name, CashTokenise.name}
SHOWN_ITEMS = 500
FIGURES = {"units", "number"}
TITLES = ("What", "About", "Asked by", "Asked at", "State")


def queue(name: str, rows: QuerySet[Approval], empty: str, *, deciders: bool = False) -> Table:
    """The first rows of a queue; with `deciders`, who may approve each."""
    found = list(rows[:SHOWN])
    who = Deciders(found) if deciders else None
    return table(
        name,
        (*TITLES, "Who may approve") if who else TITLES,
        ((*_line(approval), who.of(approval)) if who else _line(approval) for approval in found),
        caption=f"The first {SHOWN} are shown." if len(found) == SHOWN else "",
        empty=empty,
    )


def _line(approval: Approval) -> tuple[Any, ...]:
    return (
        link(approval.title, reverse("office:decision", args=[approval.pk])),
        figures.plain(approval.subject),
        f"{approval.maker.get_full_name() or approval.maker.username}, {approval.get_maker_house_display()}",
        approval.made_at,
        state(approval.state),
    )


@face("office")
@require_safe
def decisions(request: HttpRequest) -> HttpResponse:
    user = officer(request)
    mine, others = waiting(user, powers_of(user))
    decided = Listing(
        request,
        "decided",
        TITLES,
        Approval.objects.exclude(state="PENDING").select_related("maker").order_by("-decided_at", "-pk"),
        _line,
        search=("title", "subject", "maker__first_name", "maker__last_name", "state"),
        sorts={"Asked at": "made_at", "Decided at": "decided_at", "What": "title", "State": "state"},
        empty="Nothing has been decided yet.",
    )
    return taken_away(request, decided) or office_page(
        request,
        "decisions.html",
        "Approvals",
        lead="What one person proposed takes effect only when a second person approves it.",
        mine=queue("for-me", mine, "Nothing waits for you."),
        others=queue("for-others", others, "Nothing waits for anybody else.", deciders=True),
        decided=decided,
    )


@face("office")
@require_safe
def decision(request: HttpRequest, pk: int) -> HttpResponse:
    approval = get_object_or_404(Approval.objects.select_related("maker", "checker"), pk=pk)
    user = officer(request)
    barred = why_not(approval, user)
    pending = approval.state == "PENDING"
    rows, warnings, stale, seen = _effect(approval)
    return office_page(
        request,
        "decision.html",
        approval.title,
        approval=approval,
        preview=table("preview", ("", "Now", "After"), _readable(rows), empty="This changes no recorded figure."),
        warnings=warnings,
        stale=stale,
        seen=seen,
        outcomes=_outcomes(approval, user),
        items=_items(approval),
        facts=_facts(approval),
        has_term_sheet="term_sheet_sha256" in json.loads(approval.payload),
        on_its_way=approval.state == "APPROVED" and approval.action in ON_CHAIN,
        number_href=details_href("proposal", approval.pk) if has_sealed_number(approval) else "",
        barred=barred if pending else "",
        may_decide=pending and not barred,
        may_withdraw=pending and approval.maker_id == user.pk,
    )


def _outcomes(approval: Approval, user: User) -> Table | None:
    """Bid by bid, for whoever may see the book; None where no auction is decided, or not with this result any more."""
    powers = powers_of(user)
    found = outcomes_of(approval) if sees_book(powers) else None
    return outcome_table(*found, names=sees_names(powers)) if found is not None else None


def _readable(rows: list[list[str]]) -> list[list[str]]:
    """The preview's own words; what it binds is listed whole below it."""
    return [[readable(value) for value in row] for row in rows]


def _effect(approval: Approval) -> tuple[list[list[str]], list[str], str, str]:
    """Rows, warnings, why it could not be carried out today, and the digest of what is shown.

    While pending the preview is made anew, since records may have moved; afterwards it is the one that was decided on.
    """
    stored = approval.preview_at_decision or approval.preview
    if approval.state == "PENDING":
        try:
            fresh = approvals.approval_preview(approval=approval, now=clock.now())
        except PlatformError as error:
            return stored["rows"], stored["warnings"], str(error), ""
        return fresh.as_json()["rows"], fresh.warnings, "", fresh.digest()
    return stored["rows"], stored["warnings"], "", ""


def _items(approval: Approval) -> Table:
    """The items that the root binds: a list with the columns their bodies have, or one item's terms in full."""
    items = list(approval.items.order_by("position")[:SHOWN_ITEMS])
    reader = reader_of(json.loads(approval.payload)).naming([item.body for item in items], clock.now())
    if len(items) == 1:
        return table("terms", ("", "Value"), list(reader.terms(items[0].body)))
    keys = list(dict.fromkeys(key for item in items for key in item.body))
    rows = [
        [item.position + 1, *(reader.value(key, item.body.get(key)) for key in keys), code(item.leaf)] for item in items
    ]
    titles = ["#No.", *("#" * (key in FIGURES or key.endswith("_minor")) + label(key) for key in keys), "Fingerprint"]
    beyond = f"The first {SHOWN_ITEMS} are shown." if approval.item_count > SHOWN_ITEMS else ""
    return table("items", titles, rows, caption=beyond)


@face("office")
@require_safe
def term_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """The text of the term sheet that the approval binds by its hash; not found where it binds none, or another."""
    payload = json.loads(get_object_or_404(Approval, pk=pk).payload)
    series = Series.objects.filter(pk=payload.get("id", 0)).first() if "term_sheet_sha256" in payload else None
    if series is None or term_sheet_hash(series, version=1) != payload["term_sheet_sha256"]:
        raise Http404
    return HttpResponse(term_sheet_text(series, version=1), content_type="text/plain; charset=utf-8")


def _facts(approval: Approval) -> list[dict[str, str]]:
    def person(user: User | None, house: str) -> str:
        return f"{user.get_full_name() or user.username}, {house}" if user else figures.EMPTY

    pending = approval.state == "PENDING"
    facts = [
        *([("Who may approve", Deciders([approval]).of(approval))] if pending else []),
        ("Asked by", person(approval.maker, approval.get_maker_house_display())),
        ("Asked at", figures.when(approval.made_at)),
        ("Decided by", person(approval.checker, approval.get_checker_house_display())),
        ("Decided at", figures.when(approval.decided_at)),
        ("Reason given", approval.decision_reason or figures.EMPTY),
        ("Two houses needed", "yes" if approval.two_houses else "no, two persons are enough"),
        ("Fingerprint of what is approved", approval.payload_hash),
        ("Fingerprint of the items", approval.items_root),
    ]
    return [{"label": label, "value": value} for label, value in facts]


def _decide(request: HttpRequest, pk: int, do: Callable[[], object], said: str) -> HttpResponse:
    tried(request, do, said)
    return redirect("office:decision", pk=pk)


@face("office")
@require_POST
@asks_again("approve this")
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    get_object_or_404(Approval, pk=pk)
    actor, seen = officer(request), request.POST.get("seen", "")
    if not seen:
        messages.error(request, "Nothing was decided: read the preview first, then approve from its page.")
        return redirect("office:decision", pk=pk)
    return _decide(
        request,
        pk,
        lambda: approvals.approval_approve(approval_id=pk, actor=actor, now=clock.now(), seen=seen),
        "Approved, and in effect. Whose turn comes next stands on Today.",
    )


@face("office")
@require_POST
def reject(request: HttpRequest, pk: int) -> HttpResponse:
    get_object_or_404(Approval, pk=pk)
    actor, reason = officer(request), request.POST.get("reason", "").strip()
    return _decide(
        request,
        pk,
        lambda: approvals.approval_reject(approval_id=pk, reason=reason, actor=actor, now=clock.now()),
        "Rejected. Nothing was changed.",
    )


@face("office")
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    get_object_or_404(Approval, pk=pk)
    actor, reason = officer(request), request.POST.get("reason", "").strip()
    return _decide(
        request,
        pk,
        lambda: approvals.approval_withdraw(approval_id=pk, reason=reason, actor=actor, now=clock.now()),
        "Withdrawn. Nothing was changed.",
    )
