"""Placing a bid and changing it, in two steps: what is sent is what was checked. Refused from the close on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods

from issuance.auction.models import Auction
from issuance.auction.selectors import is_open
from issuance.bid.admission import Admission
from issuance.bid.entry import check_open
from issuance.bid.models import Bid
from issuance.bid.rules import Quote
from issuance.bid.services import bid_amend, bid_place
from tokenization.kernel import clock
from tokenization.kernel.errors import PlatformError
from tokenization.kernel.money import Money
from tokenization.portal.auctions import name_of, rule_words
from tokenization.portal.bidding import Side, bids_of, sides
from tokenization.portal.checking import check_of, sealed
from tokenization.portal.forms import BidForm
from tokenization.portal.views.bids import gone, own_bid
from tokenization.portal.views.common import investor, own_parties, page
from tokenization.portal.views.offerings import announced, left
from tokenization.theme import figures
from tokenization.theme.faces import face

CHANGED = lazy("Nothing was sent: this is not the bid that you checked last. Read it again, then send it.")
UNCONFIRMED = lazy("Nothing was sent: say at the end that you mean it, or change the bid.")


@face("portal")
@require_http_methods(["GET", "HEAD", "POST"])
def place(request: HttpRequest, pk: int) -> HttpResponse:
    auction, now = announced(pk), clock.now()
    form = BidForm(auction, sides(own_parties(request), auction, now), request.POST or None)

    def send() -> Bid:
        quote, side = form.quote, form.chosen
        return bid_place(
            auction=auction,
            dealer=side.dealer,
            bidder=side.bidder,
            competitive=quote.competitive,
            face_minor=quote.face_minor,
            price=quote.price,
            yield_pct=quote.yield_pct,
            reference=form.cleaned_data["reference"],
            idempotency_key=form.cleaned_data["key"],
            actor=investor(request),
            now=now,
        )

    return _entry(request, form, now, send, _("Your bid was received. It stays sealed until the close."))


@face("portal")
@require_http_methods(["GET", "HEAD", "POST"])
def amend(request: HttpRequest, pk: int) -> HttpResponse:
    old, now = own_bid(request, pk), clock.now()
    if not _earlier(request, old.auction) and (answer := gone(request, old)):
        return answer
    form = BidForm(old.auction, [Side(old.dealer, old.bidder)], request.POST or None, bid=old, initial=_typed(old))

    def send() -> Bid:
        quote = form.quote
        return bid_amend(
            bid=old,
            competitive=quote.competitive,
            face_minor=quote.face_minor,
            price=quote.price,
            yield_pct=quote.yield_pct,
            idempotency_key=form.cleaned_data["key"],
            actor=investor(request),
            now=now,
        )

    return _entry(request, form, now, send, _("Your new bid was received; it stands in place of the earlier one."))


def _entry(request: HttpRequest, form: BidForm, now: datetime, send: Callable[[], Bid], done: str) -> HttpResponse:
    """Asked, checked, sent: each step once."""
    if request.method != "POST":
        return _form(request, form, now)
    if earlier := _earlier(request, form.auction):
        return _received(request, form, earlier, now)
    if not form.sides or not form.is_valid() or not _admitted(form, now):
        return _form(request, form, now)
    check = check_of(form, investor(request))
    if "place" not in request.POST:
        return _form(request, form, now, check=check)
    if not sealed(request.POST.get("checked", ""), check.seal):
        return _form(request, form, now, check=check, unsent=CHANGED)
    if check.doubts and "understood" not in request.POST:
        return _form(request, form, now, check=check, unsent=UNCONFIRMED)
    try:
        bid = send()
    except PlatformError as error:
        form.refuse(error)
        return _form(request, form, now)
    messages.success(request, done)
    return redirect("portal:bid", bid.pk)


def _earlier(request: HttpRequest, auction: Auction) -> Bid | None:
    """The bid that this very form was received as before."""
    key = request.POST.get("key", "")
    if not key or not key.isprintable():  # the form says what is wrong with such a one
        return None
    return bids_of(investor(request)).filter(auction=auction, idempotency_key=key).first()


def _received(request: HttpRequest, form: BidForm, bid: Bid, now: datetime) -> HttpResponse:
    """The same bid again leads to its receipt, another one in the same form is told so; neither writes anything."""
    said = Quote(bid.face_minor, bid.competitive, bid.price, bid.yield_pct)
    if form.is_valid() and form.quote == said and form.chosen == Side(bid.dealer, bid.bidder):
        messages.info(
            request, _("This bid was already received as bid %(number)s. Nothing new was sent.") % {"number": bid.pk}
        )
        return redirect("portal:bid", bid.pk)
    return _form(request, form, now, received=bid)


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
    heading = _("Change bid %(number)s") % {"number": form.bid.pk} if form.bid else _("Place a bid")
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
        without_price=dict(rule_words(auction))[_("What is a bid without a price (non-competitive)?")],
        **more,
    )
