from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from issuance.auction.selectors import auctions_announced, auctions_open
from tokenization.api.base import PAGE, Api, listed, reads
from tokenization.api.market.selectors import auction_named, offers_public, series_named, series_public
from tokenization.api.market.shapes import (
    AuctionSerializer,
    OfferSerializer,
    ScheduleSerializer,
    SeriesSerializer,
    auction_body,
    offer_body,
    schedule_body,
    series_body,
)
from tokenization.api.paging import page
from tokenization.kernel import clock
from tokenization.kernel.errors import Refused

TAG = "market"
OPEN = OpenApiParameter("open", bool, description="true: only what can be bid for or bought now.")


def only_open(request: Request) -> bool:
    asked = request.query_params.get("open", "false")
    if asked not in {"true", "false"}:
        raise Refused(f"{asked[:20]!r} is neither true nor false.", field="open", rule="true or false")
    return asked == "true"


class SeriesList(Api):
    """Approved series, whoever asks."""

    @reads("series_list", "Series, the newest first", listed(SeriesSerializer), tag=TAG, parameters=PAGE)
    def get(self, request: Request) -> Response:
        return page(request, series_public(), lambda row: dict(SeriesSerializer(series_body(row)).data))


class SeriesOne(Api):
    @reads("series", "Terms of one series", SeriesSerializer, tag=TAG)
    def get(self, request: Request, isin: str) -> Response:
        return Response(SeriesSerializer(series_body(series_named(isin))).data)


class SeriesSchedule(Api):
    @reads("series_schedule", "When a series pays", ScheduleSerializer, tag=TAG)
    def get(self, request: Request, isin: str) -> Response:
        return Response(ScheduleSerializer(schedule_body(series_named(isin))).data)


class AuctionList(Api):
    @reads("auction_list", "Auctions, the newest first", listed(AuctionSerializer), tag=TAG, parameters=[OPEN, *PAGE])
    def get(self, request: Request) -> Response:
        now = clock.now()
        rows = auctions_open(now) if only_open(request) else auctions_announced()
        return page(request, rows, lambda row: dict(AuctionSerializer(auction_body(row, now)).data))


class AuctionOne(Api):
    @reads("auction", "One auction", AuctionSerializer, tag=TAG)
    def get(self, request: Request, pk: int) -> Response:
        return Response(AuctionSerializer(auction_body(auction_named(pk), clock.now())).data)


class OfferList(Api):
    @reads(
        "offer_list",
        "Offers at a fixed price, the newest first",
        listed(OfferSerializer),
        tag=TAG,
        parameters=[OPEN, *PAGE],
    )
    def get(self, request: Request) -> Response:
        rows = offers_public().filter(state="OPEN") if only_open(request) else offers_public()
        return page(request, rows, lambda row: dict(OfferSerializer(offer_body(row)).data))
