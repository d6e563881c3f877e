"""Placing a bid in two steps, changing it, taking it back; its receipt. Everything is refused from the close on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from issuance.auction.models import Auction
from issuance.auction.selectors import is_open
from issuance.bid.admission import Admission
from issuance.bid.entry import check_open
from issuance.bid.models import Bid
from issuance.bid.receipts import receipt_of
from issuance.bid.services import bid_amend, bid_place, bid_withdraw
from tokenization.documents.downloads import download, pdf_download
from tokenization.documents.receipt import bid_receipt
from tokenization.kernel import clock
from tokenization.kernel.errors import PlatformError
from tokenization.kernel.money import Money
from tokenization.portal.auctions import name_of, rule_words
from tokenization.portal.bidding import Side, bids_of, sides
from tokenization.portal.forms import BidForm
from tokenization.portal.papers import received
from tokenization.portal.summary import summary
from tokenization.portal.views.bid_tables import bids_table
from tokenization.portal.views.common import facts, investor, own_parties, page
from tokenization.portal.views.offerings import announced, left
from tokenization.theme import figures
from tokenization.theme.faces import face


@face("portal")
@require_safe
def bids(request: HttpRequest) -> HttpResponse:
    rows = bids_of(investor(request))[:500]
    return page(request, "bids.html", "My bids", bids=bids_table(rows))


@face("portal")
@require_http_methods(["GET", "HEAD", "POST"])
def place(request: HttpRequest, pk: int) -> HttpResponse:
    auction, now = announced(pk), clock.now()
    choices = sides(own_parties(request), auction, now)
    form = BidForm(auction, choices, request.POST or None)
    if request.method != "POST":
        return _form(request, form, now)
    if not choices or not form.is_valid() or not _admitted(form, now):
        return _form(request, form, now)
    if "place" not in request.POST:
        return _form(request, form, now, summary=summary(auction, form.quote))
    said, side = form.cleaned_data, form.chosen
    try:
        bid = bid_place(
            auction=auction,
            dealer=side.dealer,
            bidder=side.bidder,
            competitive=form.quote.competitive,
            face_minor=form.quote.face_minor,
            price=form.quote.price,
            yield_pct=form.quote.yield_pct,
            reference=said["reference"],
            idempotency_key=said["key"],
            actor=investor(request),
            now=now,
        )
    except PlatformError as error:
        form.refuse(error)
        return _form(request, form, now)
    messages.success(request, "Your bid was received. It stays sealed until the close.")
    return redirect("portal:bid", bid.pk)


@face("portal")
@require_http_methods(["GET", "HEAD", "POST"])
def amend(request: HttpRequest, pk: int) -> HttpResponse:
    old, now = _bid(request, pk), clock.now()
    form = BidForm(old.auction, [Side(old.dealer, old.bidder)], request.POST or None, bid=old, initial=_typed(old))
    if request.method != "POST":
        return _form(request, form, now)
    if not form.is_valid() or not _admitted(form, now):
        return _form(request, form, now)
    if "place" not in request.POST:
        return _form(request, form, now, summary=summary(old.auction, form.quote))
    quote = form.quote
    try:
        bid = bid_amend(
            bid=old,
            competitive=quote.competitive,
            face_minor=quote.face_minor,
            price=quote.price,
            yield_pct=quote.yield_pct,
            idempotency_key=form.cleaned_data["key"],
            actor=investor(request),
            now=now,
        )
    except PlatformError as error:
        form.refuse(error)
        return _form(request, form, now)
    messages.success(request, "Your new bid was received; it stands in place of the earlier one.")
    return redirect("portal:bid", bid.pk)


@face("portal")
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """The key follows from the bid: taking it back twice gives the first withdrawal."""
    old, now = _bid(request, pk), clock.now()
    error = ""
    if request.method == "POST":
        try:
            bid = bid_withdraw(bid=old, idempotency_key=f"withdraw {old.pk}", actor=investor(request), now=now)
        except PlatformError as refusal:
            error = figures.instants(refusal)
        else:
            messages.success(request, f"Bid {old.pk} is withdrawn.")
            return redirect("portal:bid", bid.pk)
    context = {"bid": old, "facts": _facts(old), "error": error, "left": left(old.auction, now), "now": now}
    return page(request, "withdraw.html", f"Withdraw bid {old.pk}", **context)


@face("portal")
@require_safe
def bid(request: HttpRequest, pk: int) -> HttpResponse:
    """The receipt, and what may still be done about it."""
    row, now = _bid(request, pk), clock.now()
    receipt = receipt_of(row)
    return page(
        request,
        "bid.html",
        f"{row.get_kind_display()} {row.pk}",
        lead=name_of(row.auction),
        bid=row,
        facts=_facts(row),
        warnings=receipt.warnings,
        changeable=getattr(row, "standing", False) and is_open(row.auction, now),
        replaced_by=Bid.objects.filter(replaces=row).first(),
        left=left(row.auction, now),
        now=now,
        is_open=is_open(row.auction, now),
    )


@face("portal")
@require_safe
def receipt_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    return pdf_download(f"bid-receipt-{pk}", bid_receipt(received(_bid(request, pk))))


@face("portal")
@require_safe
def receipt_text(request: HttpRequest, pk: int) -> HttpResponse:
    """Exactly the bytes that the hash is of."""
    row = _bid(request, pk)
    return download(f"bid-{pk}.json", row.body.encode(), "application/json")


def _bid(request: HttpRequest, pk: int) -> Bid:
    return get_object_or_404(bids_of(investor(request)), pk=pk)


def _facts(row: Bid) -> list[dict[str, str]]:
    told = received(row)
    sender = () if told.dealer == told.bidder else (("Through the dealer", told.dealer),)
    return facts(("Bidder", told.bidder), *sender, *told.facts(), ("SHA-256 of what was received", told.body_hash))


def _typed(old: Bid) -> dict[str, str]:
    """The standing bid as its owner would type it."""
    currency = old.auction.series.currency
    return {
        "side": Side(old.dealer, old.bidder).value,
        "competitive": "yes" if old.competitive else "no",
        "face": figures.units(Money(old.face_minor, currency).amount()),
        "price": figures.price(old.price) if old.price is not None else "",
        "yield_pct": figures.price(old.yield_pct) if old.yield_pct is not None else "",
    }


def _admitted(form: BidForm, now: datetime) -> bool:
    """Whether the auction takes bids now and the side may bid; refusals stand at the form."""
    side = form.chosen
    try:
        check_open(form.auction, now)
        Admission(form.auction, [side.dealer, side.bidder], now).check(side.dealer, side.bidder)
    except PlatformError as error:
        form.refuse(error)
        return False
    return True


def _form(request: HttpRequest, form: BidForm, now: datetime, **more: Any) -> HttpResponse:
    auction: Auction = form.auction
    heading = f"Change bid {form.bid.pk}" if form.bid else "Place a bid"
    return page(
        request,
        "bid_form.html",
        heading,
        lead=name_of(auction),
        form=form,
        auction=auction,
        now=now,
        left=left(auction, now),
        is_open=is_open(auction, now),
        without_price=dict(rule_words(auction))["What is a bid without a price (non-competitive)?"],
        **more,
    )
