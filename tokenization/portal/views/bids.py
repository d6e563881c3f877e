"""One's bids, what became of each, its receipt, and taking one back. Placing and changing: bid_entry.py."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from issuance.allotment.models import Allotment
from issuance.auction.selectors import is_open
from issuance.bid.models import Bid
from issuance.bid.receipts import receipt_of
from issuance.bid.services import bid_withdraw
from tokenization.documents.downloads import download, pdf_download
from tokenization.documents.receipt import bid_receipt
from tokenization.kernel import clock
from tokenization.kernel.errors import PlatformError
from tokenization.portal.auctions import name_of
from tokenization.portal.bidding import bids_of, changed_by_clients
from tokenization.portal.outcome import fates
from tokenization.portal.papers import received
from tokenization.portal.views.bid_tables import bids_table, standing
from tokenization.portal.views.common import facts, investor, own_parties, page
from tokenization.portal.views.offerings import left
from tokenization.theme import figures
from tokenization.theme.faces import face
from tokenization.theme.told import told


@face("portal")
@require_safe
def bids(request: HttpRequest) -> HttpResponse:
    user = investor(request)
    changed = changed_by_clients(user, clock.now())
    return page(request, "bids.html", _("My bids"), bids=bids_table(bids_of(user)[:500]), changed=changed)


@face("portal")
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """The key follows from the bid: taking it back twice gives the first withdrawal."""
    old, now = own_bid(request, pk), clock.now()
    if answer := gone(request, old):
        return answer
    error = ""
    if request.method == "POST":
        try:
            bid = bid_withdraw(bid=old, idempotency_key=f"withdraw {old.pk}", actor=investor(request), now=now)
        except PlatformError as refusal:
            error = told(figures.instants(refusal))
        else:
            messages.success(request, _("Bid %(number)s is withdrawn.") % {"number": old.pk})
            return redirect("portal:bid", bid.pk)
    context = {"bid": old, "facts": _facts(old), "error": error, "is_open": is_open(old.auction, now)}
    return page(request, "withdraw.html", _("Withdraw bid %(number)s") % {"number": old.pk}, **context)


@face("portal")
@require_safe
def bid(request: HttpRequest, pk: int) -> HttpResponse:
    """The receipt, and what may still be done about it."""
    row, now = own_bid(request, pk), clock.now()
    receipt, fate = receipt_of(row), fates([row]).get(row.pk)
    return page(
        request,
        "bid.html",
        f"{told(row.get_kind_display())} {row.pk}",
        lead=name_of(row.auction),
        bid=row,
        facts=_facts(row),
        status=standing(row, fate, now),
        fate=fate,
        purchase=_purchase(request, row),
        warnings=[told(words) for words in receipt.warnings] if fate is None else (),
        changeable=getattr(row, "standing", False) and is_open(row.auction, now),
        replaced_by=Bid.objects.filter(replaces=row).first(),
        left=left(row.auction, now),
        now=now,
    )


def _purchase(request: HttpRequest, row: Bid) -> Allotment | None:
    """What the bid bought, for its bidder: a dealer does not see what a client must pay."""
    return Allotment.objects.filter(bid=row, party__in=own_parties(request)).first()


@face("portal")
@require_safe
def receipt_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    return pdf_download(f"bid-receipt-{pk}", bid_receipt(received(own_bid(request, pk))))


@face("portal")
@require_safe
def receipt_text(request: HttpRequest, pk: int) -> HttpResponse:
    """Exactly the bytes that the hash is of."""
    row = own_bid(request, pk)
    return download(f"bid-{pk}.json", row.body.encode(), "application/json")


def own_bid(request: HttpRequest, pk: int) -> Bid:
    return get_object_or_404(bids_of(investor(request)), pk=pk)


def gone(request: HttpRequest, bid: Bid) -> HttpResponse | None:
    """To what stands now, with words, when the bid was changed or taken back since its page was opened."""
    later = Bid.objects.filter(replaces=bid).first()
    if bid.kind == Bid.Kind.WITHDRAW or (later and later.kind == Bid.Kind.WITHDRAW):
        first = bid if later else bid.replaces
        assert first is not None  # noqa: S101 a withdrawal replaces the bid that it takes back
        messages.info(request, _("Bid %(number)s is withdrawn. Nothing was sent now.") % {"number": first.pk})
    elif later:
        messages.warning(
            request,
            _("Bid %(number)s was changed already: bid %(later)s stands in its place.")
            % {"number": bid.pk, "later": later.pk},
        )
    else:
        return None
    return redirect("portal:bid", (later or bid).pk)


def _facts(row: Bid) -> list[dict[str, str]]:
    told = received(row)
    sender = () if told.dealer == told.bidder else ((_("Through the dealer"), told.dealer),)
    return facts(
        (_("Bidder"), told.bidder), *sender, *told.facts(), (_("SHA-256 of what was received"), told.body_hash)
    )
