"""The result of an auction: as a page, bid by bid for whoever may see the book, and as the published sheet."""

from __future__ import annotations

from decimal import Decimal

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from issuance.allotment.decisions.outcomes import outcomes
from issuance.allotment.decisions.selectors import Summary, Void, decision_of, result_summary
from issuance.allotment.decisions.sums import cover_words, residual_words, target_words
from issuance.auction.models import Auction
from tokenization.backoffice.pages.auction_outcome import outcome_table
from tokenization.backoffice.pages.auctions import auction_or_404, sees_book, sees_names
from tokenization.backoffice.pages.base import office_page, officer
from tokenization.documents.downloads import pdf_download
from tokenization.documents.paper import Document
from tokenization.identity.roles import powers_of
from tokenization.theme import figures
from tokenization.theme.faces import face


def _decided(pk: int) -> Auction:
    auction = auction_or_404(pk)
    if auction.state not in {"ALLOTTED", "REJECTED"}:
        raise Http404
    return auction


def result_facts(auction: Auction, summary: Summary) -> list[tuple[str, str]]:
    """The figures that are published, in the order of a result sheet."""
    sheet, totals = summary.sheet, summary.totals

    def face_of(whole: object) -> str:
        return figures.money(int(str(whole)) * 100, summary.currency)

    def cash(text: object) -> str:
        return figures.EMPTY if text is None else f"{summary.currency} {figures.units(Decimal(str(text)))}"

    def prices(both: object) -> str:
        return f"{both[0]:f} to {both[1]:f}" if isinstance(both, tuple) else figures.EMPTY

    def rate(value: object) -> str:
        return figures.EMPTY if value is None else f"{value} %"

    def plain(value: object) -> str:
        return figures.EMPTY if value is None else str(value)

    said = "Allotted" if sheet["status"] == "ALLOTTED" else "All bids rejected"
    return [
        ("Result", said),
        ("Security", f"{summary.isin}, {summary.tenor_days} days"),
        ("Auction", str(summary.number)),
        ("Bids until", figures.when(auction.closes_at)),
        ("Settlement", figures.day(summary.settlement)),
        ("Announced target", face_of(sheet["target"])),
        ("Bids", figures.units(summary.bids)),
        ("Offered, competitive", face_of(totals["offered"])),
        ("Offered, non-competitive", face_of(totals["offered_noncompetitive"])),
        ("Void beside it, non-competitive", void_words(summary.void, summary.currency)),
        ("Prices offered", prices(summary.offered_range)),
        ("Accepted, competitive", face_of(totals["accepted"])),
        ("Accepted, non-competitive", face_of(totals["accepted_noncompetitive"])),
        ("Prices accepted", prices(summary.accepted_range)),
        ("Target and what is taken", target_words(sheet, summary.currency)),
        ("Residual", residual_words(sheet, summary.currency)),
        ("Bid to cover", plain(cover_words(sheet))),
        ("Cut-off price", plain(sheet["cut_off_price"])),
        ("Cut-off yield", rate(sheet["cut_off_yield_pct"])),
        ("Weighted average price", plain(sheet["weighted_average_price"])),
        ("Weighted average yield", rate(sheet["weighted_average_yield_pct"])),
        ("Shared at the cut-off", rate(sheet["pro_rata_pct"])),
        ("Realised", cash(totals["realised"])),
        ("Of it accrued interest", cash(totals["accrued"])),
    ]


def void_words(void: Void, currency: str) -> str:
    if not void.bids:
        return "none"
    bids = f"{figures.units(void.bids)} bid{'s' if void.bids > 1 else ''}"
    return f"{figures.money(void.face * 100, currency)} in {bids}, above the cap of a bidder or not his only one"


@face("office")
@require_safe
def result(request: HttpRequest, pk: int) -> HttpResponse:
    auction = _decided(pk)
    powers = powers_of(officer(request))
    decision = decision_of(auction)
    facts = result_facts(auction, result_summary(auction))
    facts += [("Result (sha256)", decision.result_sha256)]
    if decision.more_than_target_reason:
        facts += [("Why more than the target", decision.more_than_target_reason)]
    rows = None
    if sees_book(powers):
        rows = outcome_table(auction, outcomes(decision.document, decision.result), names=sees_names(powers))
    return office_page(
        request,
        "auction_result.html",
        f"Result of auction {auction.number} of {auction.series.short_name}",
        auction=auction,
        facts=[{"label": label, "value": value} for label, value in facts],
        rows=rows,
    )


@face("office")
@require_safe
def result_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The published sheet: figures only, no bid."""
    auction = _decided(pk)
    decision = decision_of(auction)
    document = Document(
        kind="Auction result",
        reference=f"{auction.series.isin}-{auction.number}",
        at=decision.made_at,
        facts=tuple(result_facts(auction, result_summary(auction))),
        codes=(("Result (sha256)", decision.result_sha256),),
    )
    return pdf_download(f"result-{auction.series.isin}-{auction.number}", document)
