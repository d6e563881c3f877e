"""Who gets what, bid by bid, as CSV: of a decision that is tried, that is proposed, and that stands."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from issuance.allotment.decisions.clearing import cleared
from issuance.allotment.decisions.outcomes import Outcome, outcomes
from issuance.allotment.decisions.selectors import decision_of
from issuance.auction.models import Auction
from issuance.auction.selectors import auction_rule
from tokenization.backoffice.forms.auction import DecisionForm
from tokenization.backoffice.pages.auction_outcome import outcome_cells, outcome_titles, outcomes_of
from tokenization.backoffice.pages.auctions import auction_or_404, sees_book, sees_names
from tokenization.backoffice.pages.base import officer
from tokenization.documents.downloads import csv_download
from tokenization.identity.models import Approval
from tokenization.identity.roles import Power, powers_of
from tokenization.kernel.errors import PlatformError
from tokenization.theme.faces import face


def _reader(request: HttpRequest) -> frozenset[Power]:
    powers = powers_of(officer(request))
    if not sees_book(powers):
        raise PermissionDenied
    return powers


def _file(name: str, auction: Auction, rows: Sequence[Outcome], powers: frozenset[Power]) -> HttpResponse:
    """All rows; bidders are named to the debt office alone."""
    names = sees_names(powers)
    found = (outcome_cells(row, names=names) for row in rows)
    return csv_download(f"{name}-{auction.series.isin}-{auction.number}", outcome_titles(names=names), found)


@face("office")
@require_safe
def tried(request: HttpRequest, pk: int) -> HttpResponse:
    """Of the decision that the room's form describes; not found where it describes none, or the auction is decided."""
    auction, powers = auction_or_404(pk), _reader(request)
    form = DecisionForm(request.GET, rule=auction_rule(auction))
    if auction.state != "CLOSED" or not form.is_valid():
        raise Http404
    try:
        found = cleared(auction, form.accept(auction))
    except PlatformError as error:
        raise Http404 from error
    return _file("tried", auction, outcomes(found.document, found.text), powers)


@face("office")
@require_safe
def proposed(request: HttpRequest, pk: int) -> HttpResponse:
    """Of the decision that the approval binds; not found where it decides no auction, or clearing gives another."""
    approval, powers = get_object_or_404(Approval, pk=pk), _reader(request)
    found = outcomes_of(approval)
    if found is None:
        raise Http404
    return _file("proposed", *found, powers)


@face("office")
@require_safe
def decided(request: HttpRequest, pk: int) -> HttpResponse:
    """Of the decision that stands; not found before."""
    auction = auction_or_404(pk)
    if auction.state not in {"ALLOTTED", "REJECTED"}:
        raise Http404
    powers, decision = _reader(request), decision_of(auction)
    return _file("result", auction, outcomes(decision.document, decision.result), powers)
