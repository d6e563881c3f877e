"""What is public: what was approved or announced, never a draft."""

from __future__ import annotations

from django.db.models import QuerySet

from issuance.allotment.models import Offer
from issuance.auction.models import Auction
from issuance.auction.selectors import auctions_announced
from issuance.maths.identifiers import isin_valid
from issuance.series.models import Series
from tokenization.api.problems import Missing
from tokenization.kernel.errors import Refused


def series_public() -> QuerySet[Series]:
    """Approved once: a draft that was given up never had a term sheet."""
    return Series.objects.filter(term_sheets__version=1)


def isin_checked(isin: str) -> None:
    if not isin_valid(isin):
        raise Refused(
            f"{isin!r} is not an ISIN.",
            field="isin",
            rule="ISO 6166: two letters, nine characters and a check digit",
            next_step="Check the identifier for a typing error.",
        )


def series_named(isin: str) -> Series:
    """Refused for what is no ISIN, Missing for none of ours."""
    isin_checked(isin)
    row = series_public().filter(isin=isin).first()
    if row is None:
        raise Missing(f"There is no series {isin}.", field="isin", rule="the series was approved")
    return row


def auction_named(pk: int) -> Auction:
    row = auctions_announced().filter(pk=pk).first()
    if row is None:
        raise Missing(f"There is no auction {pk}.", field="auction", rule="the auction was announced")
    return row


def offers_public() -> QuerySet[Offer]:
    """Offers that two persons opened."""
    return Offer.objects.filter(state__in=["OPEN", "CLOSED", "ALLOTTED"]).select_related("series")
