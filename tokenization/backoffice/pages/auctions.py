"""The auction room: terms and time left; after the close the book, the cut-off that is tried, and what is proposed."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from issuance.allotment.decisions.effect import decision_preview
from issuance.allotment.decisions.services import ACTION, decision_propose
from issuance.auction.models import ENDED, Auction
from issuance.auction.selectors import auction_rule
from issuance.auction.services import ANNOUNCE, MAY_CLOSE, auction_close
from issuance.authority.proposals import shown
from issuance.bid.selectors import bid_count
from issuance.headroom.selectors import headroom
from tokenization.backoffice.forms.auction import DecisionForm
from tokenization.backoffice.pages.auction_book import Book, book_of, choice_of
from tokenization.backoffice.pages.base import office_page, officer, tried
from tokenization.backoffice.pages.listing import Listing, taken_away
from tokenization.backoffice.records.base import record_url
from tokenization.identity.models import Approval, Party
from tokenization.identity.roles import Power, powers_of
from tokenization.kernel import clock
from tokenization.kernel.errors import PlatformError
from tokenization.theme import figures
from tokenization.theme.faces import face
from tokenization.theme.tables import Table, amount, link, state, table

NAMES = frozenset({Power.ALLOT_DRAFT, Power.ALLOT_APPROVE})
BOOK = NAMES | MAY_CLOSE
TITLES = ("Auction", "Security", "Bids until", "Settlement", "#Target", "State")


def sees_book(powers: frozenset[Power]) -> bool:
    return bool(powers & BOOK)


def sees_names(powers: frozenset[Power]) -> bool:
    """The debt office; the fiscal agent sees the book without names."""
    return bool(powers & NAMES)


def auction_or_404(pk: int) -> Auction:
    return get_object_or_404(Auction.objects.select_related("series__programme__envelope__authority"), pk=pk)


@face("office")
@require_safe
def auctions(request: HttpRequest) -> HttpResponse:
    found = Listing(
        request,
        "auctions",
        TITLES,
        shown(Auction.objects.select_related("series"), ANNOUNCE).order_by("-closes_at", "-pk"),
        _cells,
        search=("series__isin", "series__short_name", "state"),
        sorts={"Bids until": "closes_at", "Settlement": "settlement_date", "Target": "target_minor"},
        empty="No auction has been drafted. A debt office maker proposes the first one under “Propose and record”.",
    )
    return taken_away(request, found) or office_page(
        request,
        "auctions.html",
        "Auctions",
        lead="Announced terms never change. Bids are sealed until the close; what is accepted takes two persons.",
        may_draft=Power.AUCTION_DRAFT in powers_of(officer(request)),
        auctions=found,
    )


def _cells(row: Auction) -> tuple[Any, ...]:
    return (
        link(str(row), reverse("office:auction", args=[row.pk])),
        row.series.short_name,
        row.closes_at,
        row.settlement_date,
        amount(row.target_minor, row.series.currency),
        state(row.state),
    )


@face("office")
@require_safe
def room(request: HttpRequest, pk: int) -> HttpResponse:
    auction, now = auction_or_404(pk), clock.now()
    powers = powers_of(officer(request))
    form = DecisionForm(request.GET or None, rule=auction_rule(auction))
    return office_page(
        request,
        "auction.html",
        f"Auction {auction.number} of {auction.series.short_name}",
        auction=auction,
        now=now,
        facts=_facts(auction),
        running=auction.state == "ANNOUNCED" and now < auction.closes_at,
        opened=now >= auction.opens_at,
        overdue=auction.state == "ANNOUNCED" and now >= auction.closes_at,
        may_close=bool(powers & MAY_CLOSE),
        left=_left(auction.closes_at, now),
        count=bid_count(auction) if sees_book(powers) and auction.state != "DRAFT" else None,
        pending=_pending(auction),
        decided=auction.state in {"ALLOTTED", "REJECTED"},
        form=form,
        may_propose=Power.ALLOT_DRAFT in powers,
        **_book(auction, form, powers, now),
    )


def _book(auction: Auction, form: DecisionForm, powers: frozenset[Power], now: datetime) -> dict[str, Any]:
    """The book once it is open, and the effect of the decision that is tried."""
    if auction.state not in ENDED or not sees_book(powers):
        return {}
    chosen, effect, wrong = None, None, ""
    if auction.state == "CLOSED" and form.is_bound and form.is_valid():
        try:
            effect = decision_preview(auction, form.accept(auction), now=now)
            chosen = choice_of(effect, names=sees_names(powers), amount=form.cleaned_data.get("amount"))
        except PlatformError as error:
            wrong = str(error)
    book: Book = book_of(auction, names=sees_names(powers), accepted=effect.cleared.result if effect else None, now=now)
    query = _query(form)
    file = f"{reverse('office:auction-bids-csv', args=[auction.pk])}?{urlencode(query)}"
    return {"book": book, "chosen": chosen, "wrong": wrong, "query": query, "outcomes_file": file}


def _query(form: DecisionForm) -> list[tuple[str, str]]:
    """What was tried, to be sent along when it is proposed."""
    if not form.is_bound:
        return []
    return [(name, str(form.data[name])) for name in form.fields if form.data.get(name)]


@face("office")
@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    auction, actor = auction_or_404(pk), officer(request)
    if not powers_of(actor) & MAY_CLOSE:
        raise PermissionDenied
    tried(request, lambda: auction_close(auction=auction, actor=actor, now=clock.now()), "Closed. The book is open.")
    return redirect("office:auction", pk=pk)


@face("office")
@require_POST
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Proposes what was tried, bound to the result that the page showed."""
    auction, actor = auction_or_404(pk), officer(request)
    if Power.ALLOT_DRAFT not in powers_of(actor):
        raise PermissionDenied
    form = DecisionForm(request.POST, rule=auction_rule(auction))
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, " ".join(map(str, errors)))
        return redirect("office:auction", pk=pk)
    found: list[Approval] = []
    done = tried(
        request,
        lambda: found.append(
            decision_propose(
                auction=auction,
                accept=form.accept(auction),
                more_than_target_reason=request.POST.get("more_than_target_reason", ""),
                seen=request.POST.get("seen", ""),
                actor=actor,
                now=clock.now(),
            )
        ),
        "Proposed. It now waits for a second person.",
    )
    return redirect("office:decision", pk=found[0].pk) if done else redirect("office:auction", pk=pk)


def _facts(auction: Auction) -> list[dict[str, str]]:
    rule, series = auction_rule(auction), auction.series
    free = headroom(series, on=auction.settlement_date, until=series.maturity_date)
    named = dict(Party.Category.choices)
    said = [
        ("Security", f"{series.isin}, {series.name}", record_url(series)),
        ("Announced target", figures.money(auction.target_minor, series.currency), ""),
        ("Rule", f"{rule.name}: {rule.pricing.lower()} price, bids in {rule.variable.lower()}", ""),
        ("Bids", f"at least {figures.units(rule.minimum)}, in multiples of {figures.units(rule.multiple)}", ""),
        ("Bids from", figures.when(auction.opens_at), ""),
        ("Bids until", figures.when(auction.closes_at), ""),
        ("Settlement", figures.day(auction.settlement_date), ""),
        ("Bid directly", ", ".join(named[code] for code in auction.direct_categories), ""),
        ("Free of the series at settlement", free.amount(free.free), ""),
    ]
    return [{"label": label, "value": value, "href": href} for label, value, href in said]


def _left(end: datetime, now: datetime) -> str:
    """The time left in words, to the second."""
    seconds = max(0, int((end - now).total_seconds()))
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, seconds = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")]
    first = next((at for at, (number, _) in enumerate(parts) if number), len(parts) - 1)
    return " ".join(f"{number} {unit}" for number, unit in parts[first:])


def _pending(auction: Auction) -> Table:
    rows = Approval.objects.filter(state="PENDING", action=ACTION, subject=str(auction)).select_related("maker")
    return table(
        "pending",
        ("Proposed", "By", "At"),
        ((link(row.title, reverse("office:decision", args=[row.pk])), str(row.maker), row.made_at) for row in rows),
    )
