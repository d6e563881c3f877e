"""What the state offers: auctions to come, open and decided, and what a result means for one's own bids."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from issuance.allotment.models import AuctionDecision, Offer
from issuance.allotment.pricing import price_words
from issuance.allotment.selectors import offers_open
from issuance.auction.models import Auction
from issuance.auction.selectors import auctions_announced, bids_directly
from issuance.bid.selectors import bid_count
from tokenization.documents.downloads import csv_download, pdf_download
from tokenization.documents.results import Sold, result_rows, result_sheet
from tokenization.kernel import clock
from tokenization.portal.auctions import TONES, Phase, key_facts, name_of, phase, rule_words
from tokenization.portal.bidding import bids_of, changed_by_clients, sides
from tokenization.portal.outcome import outcomes
from tokenization.portal.views.bid_tables import bids_table
from tokenization.portal.views.common import Fact, facts, investor, own_parties, page
from tokenization.theme import figures
from tokenization.theme.faces import face
from tokenization.theme.tables import Cell, Table, amount, link, table
from tokenization.theme.told import told


@face("portal")
@require_safe
def offerings(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    rows = [(row, phase(row, now)) for row in auctions_announced()[:200]]
    opened = sorted((row for row, at in rows if at is Phase.OPEN), key=lambda row: row.closes_at)
    coming = sorted((row for row, at in rows if at is Phase.UPCOMING), key=lambda row: row.opens_at)
    return page(
        request,
        "offerings.html",
        _("Offerings"),
        lead=_("Securities that the state sells, by auction and at a fixed price."),
        now=now,
        opened=[{"auction": row, "name": name_of(row), "left": left(row, now)} for row in opened],
        fixed=[{"offer": row, "facts": _offered(row)} for row in offers_open()[:200]],
        coming=_coming(coming),
        ended=_ended([(row, at) for row, at in rows if at not in (Phase.OPEN, Phase.UPCOMING)]),
    )


def _offered(row: Offer) -> list[Fact]:
    """What one unit is and costs, until when it may be held, and how much is for sale."""
    series = row.series
    target = _("%(units)s units") % {"units": figures.units(row.target_units)}
    if series.is_reserve:
        target += f", {figures.money(row.target_units * series.denomination_minor, series.currency)}"
    return facts(
        ("ISIN", series.isin),
        *price_words(row),
        (_("For sale"), target),
        (_("Settlement date"), figures.day(row.settlement_date)),
        (_("Long-stop date") if series.is_reserve else _("Matures"), figures.day(series.maturity_date)),
        *(((_("What you have in law"), series.get_claim_display()),) if series.is_reserve else ()),
    )


def _coming(rows: list[Auction]) -> Table:
    return table(
        "coming",
        (_("Auction"), "ISIN", _("Opens"), _("Closes"), "#" + _("Target, face"), _("Settles"), _("Matures")),
        (
            (
                link(name_of(row), reverse("portal:offering", args=[row.pk])),
                row.series.isin,
                row.opens_at,
                row.closes_at,
                amount(row.target_minor, row.series.currency),
                row.settlement_date,
                row.series.maturity_date,
            )
            for row in rows
        ),
        empty=_("No other auction is announced."),
    )


def _ended(rows: list[tuple[Auction, Phase]]) -> Table:
    return table(
        "ended",
        (_("Auction"), "ISIN", _("Closed"), "#" + _("Target, face"), _("Settles"), _("Result")),
        (
            (
                link(name_of(row), reverse("portal:offering", args=[row.pk])),
                row.series.isin,
                row.closes_at,
                amount(row.target_minor, row.series.currency),
                row.settlement_date,
                Cell(told(str(at)), tone=TONES.get(at, "plain")),
            )
            for row, at in rows
        ),
        empty=_("No auction has ended yet."),
    )


@face("portal")
@require_safe
def offering(request: HttpRequest, pk: int) -> HttpResponse:
    now = clock.now()
    auction = announced(pk)
    at = phase(auction, now)
    parties = own_parties(request)
    own = list(bids_of(investor(request)).filter(auction=auction))
    decision = decision_of(auction)
    return page(
        request,
        "offering.html",
        name_of(auction),
        auction=auction,
        now=now,
        phase=str(at),
        phase_said=told(str(at)),
        tone=TONES.get(at, "plain"),
        is_open=at is Phase.OPEN,
        left=left(auction, now),
        count=bid_count(auction),
        facts=facts(*key_facts(auction)),
        rules=rule_words(auction),
        may_bid=bool(sides(parties, auction, now)),
        may_send_file=any(bids_directly(auction, party) for party in parties),
        bids=bids_table(own),
        changed=[row for row in changed_by_clients(investor(request), now) if row.auction_id == auction.pk],
        outcomes=_outcomes(request, own, decision),
        result=_result(auction, decision),
    )


def _outcomes(request: HttpRequest, own: list[Any], decision: AuctionDecision | None) -> list[dict[str, Any]]:
    """With the purchase where it is the user's own; a dealer sees its clients' bids, and not what they must pay."""
    if decision is None:
        return []
    mine = {party.pk for party in own_parties(request)}
    found = outcomes(decision.auction, [bid for bid in own if bid.standing], json.loads(decision.result))
    return [
        {
            "said": row,
            "own": row.bid.bidder_id in mine,
            "purchase": getattr(row.bid, "allotment", None) if row.bid.bidder_id in mine else None,
        }
        for row in found
    ]


def _result(auction: Auction, decision: AuctionDecision | None) -> list[Fact]:
    if decision is None:
        return []
    return facts(*result_rows(auction.series.currency, json.loads(decision.result)))


@face("portal")
@require_safe
def result_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """404 while nothing is decided."""
    auction = announced(pk)
    decision, sheet = _decided(auction)
    series = auction.series
    sold = Sold(
        reference=f"{series.isin}, auction {auction.number}",
        security=f"{series.name}, {series.isin}",
        currency=series.currency,
        closed_at=auction.closes_at,
        decided_at=decision.made_at,
        settlement=auction.settlement_date,
        matures=series.maturity_date,
        result_hash=decision.result_sha256,
    )
    return pdf_download(_file(auction), result_sheet(sold, sheet))


@face("portal")
@require_safe
def result_csv(request: HttpRequest, pk: int) -> HttpResponse:
    auction = announced(pk)
    _, sheet = _decided(auction)
    return csv_download(_file(auction), ("Figure", "Value"), result_rows(auction.series.currency, sheet))


def announced(pk: int) -> Auction:
    """404 for a draft: the public does not know of it."""
    return get_object_or_404(auctions_announced(), pk=pk)


def decision_of(auction: Auction) -> AuctionDecision | None:
    return AuctionDecision.objects.filter(auction=auction).select_related("auction__series").first()


def _decided(auction: Auction) -> tuple[AuctionDecision, Mapping[str, Any]]:
    decision = decision_of(auction)
    if decision is None:
        raise Http404
    return decision, json.loads(decision.result)


def _file(auction: Auction) -> str:
    return f"result-{auction.series.isin}-{auction.number}"


def left(auction: Auction, now: datetime) -> str:
    """'2 days 3 hours', as it was when the page was made; the script counts on from there."""
    seconds = max(int((auction.closes_at - now).total_seconds()), 0)
    parts = []
    for size, one, many in (
        (86_400, "%(count)s day", "%(count)s days"),
        (3_600, "%(count)s hour", "%(count)s hours"),
        (60, "%(count)s minute", "%(count)s minutes"),
        (1, "%(count)s second", "%(count)s seconds"),
    ):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(ngettext(one, many, count) % {"count": figures.units(count)})
    return " ".join(parts[:2]) or _("less than a second")
