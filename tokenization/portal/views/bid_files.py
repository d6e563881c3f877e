"""A dealer's bid file: taken in whole, or refused with every line that is wrong; with an example to begin from."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_safe

from issuance.auction.models import Auction
from issuance.auction.selectors import bids_directly, is_open
from issuance.bid.files import BidLine, csv_of, xlsx_of
from issuance.bid.rules import BidRules
from issuance.bid.selectors import clients_of
from issuance.bid.services import bids_import
from issuance.maths.auction.rules import Variable
from tokenization.documents.downloads import XLSX, download
from tokenization.identity.models import Party
from tokenization.kernel import clock
from tokenization.kernel.errors import PlatformError, Problems
from tokenization.portal.auctions import name_of
from tokenization.portal.filling import Filled
from tokenization.portal.views.common import investor, own_parties, page
from tokenization.portal.views.offerings import announced, left
from tokenization.theme import figures
from tokenization.theme.faces import face
from tokenization.theme.tables import Table, problem_table
from tokenization.theme.told import told

LARGEST = 5 * 1024 * 1024
# Nobody's: an example that is sent as it is, is refused.
NO_PAPER = "XX0000000000"


class BidFileForm(Filled):
    dealer = forms.ChoiceField(label=lazy("Sent by"), widget=forms.RadioSelect)
    file = forms.FileField(label=lazy("Bid file, CSV or XLSX"))

    def __init__(self, dealers: list[Party], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dealers = {str(party.pk): party for party in dealers}
        choices = self.fields["dealer"]
        assert isinstance(choices, forms.ChoiceField)  # noqa: S101 narrowed for the type checker
        choices.choices = [(value, f"{party.name} ({party.reference})") for value, party in self.dealers.items()]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError(_("The file is larger than 5 MB."))
        return file


@face("portal")
@require_http_methods(["GET", "HEAD", "POST"])
def bid_file(request: HttpRequest, pk: int) -> HttpResponse:
    auction = announced(pk)
    dealers = _dealers(request, auction)
    asked = request.method == "POST"
    form = BidFileForm(dealers, request.POST, request.FILES) if asked else BidFileForm(dealers)
    problems: Table | None = None
    if asked and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            report = bids_import(
                auction=auction,
                content=file.read(),
                name=file.name,
                dealer=form.dealers[form.cleaned_data["dealer"]],
                actor=investor(request),
                now=clock.now(),
            )
        except Problems as error:
            problems = problem_table(error.problems)
        except PlatformError as error:
            form.refuse(error)
        else:
            messages.success(
                request,
                _("Received: %(count)s bids, sealed until the close.") % {"count": figures.units(len(report.bids))},
            )
            for warning in report.warnings[:10]:
                messages.warning(
                    request, _("Line %(line)s: %(message)s") % {"line": warning.line, "message": told(warning.message)}
                )
            return redirect("portal:offering", auction.pk)
    now = clock.now()
    context = {"auction": auction, "form": form, "problems": problems, "is_open": is_open(auction, now), "now": now}
    heading = _("Send a bid file")
    return page(request, "bid_file.html", heading, lead=name_of(auction), left=left(auction, now), **context)


@face("portal")
@require_safe
def example(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Two lines in the auction's own terms, of the user's first dealer; their ISIN is nobody's."""
    auction = announced(pk)
    lines = _lines(auction, _dealers(request, auction)[0])
    file = f"bids-{auction.series.isin}-{auction.number}.{name}"
    if name == "csv":
        return download(file, csv_of(lines), "text/csv; charset=utf-8")
    if name == "xlsx":
        return download(file, xlsx_of(lines), XLSX)
    raise Http404


def _dealers(request: HttpRequest, auction: Auction) -> list[Party]:
    """The user's parties that bid directly in this auction; 404 for everybody else."""
    found = [party for party in own_parties(request) if bids_directly(auction, party)]
    if not found:
        raise Http404
    return found


def _lines(auction: Auction, dealer: Party) -> list[BidLine]:
    rule = BidRules(auction).rule
    client = next(iter(clients_of(dealer, clock.now())), dealer)
    quote = {"price": Decimal("97.5")} if rule.variable is Variable.PRICE else {"yield_pct": Decimal("11.5")}
    face_amount = max(rule.minimum, rule.multiple)
    own = BidLine(2, dealer.reference, dealer.reference, "EXAMPLE-1", True, face_amount, isin=NO_PAPER, **quote)
    other = BidLine(3, dealer.reference, client.reference, "EXAMPLE-2", False, face_amount, isin=NO_PAPER)
    return [own, other]
