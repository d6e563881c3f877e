"""Bids: placed, amended and withdrawn until the close, one by one or by file; read by their own side only."""

from __future__ import annotations

from typing import Any

from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from issuance.bid.models import Bid
from issuance.bid.services import bid_amend, bid_place, bid_withdraw, bids_import
from tokenization.api.base import PAGE, Api, listed, reads, told, writes
from tokenization.api.bids.selectors import bid_named, bids_of, own_party, side_of
from tokenization.api.bids.shapes import (
    BidSerializer,
    FileInput,
    FileReportSerializer,
    NothingInput,
    PlaceInput,
    QuoteInput,
    ReceiptSerializer,
    bid_body,
    receipt_body,
    report_body,
)
from tokenization.api.idempotency import HEADER, Answer, once
from tokenization.api.inputs import file_bytes, minor_of, renamed
from tokenization.api.market.selectors import auction_named
from tokenization.api.paging import page
from tokenization.api.permissions import Investor
from tokenization.kernel import clock

TAG = "bids"
NAMES = {"face_minor": "face.minor", "idempotency_key": HEADER}


def _receipt(api: Api, row: Bid) -> Answer:
    return Answer(201, ReceiptSerializer(receipt_body(bid_named(api.user, row.pk))).data)


class OwnBids(Api):
    permission_classes = (Investor,)

    @reads("bid_list", "Own bids, the newest first", listed(BidSerializer), tag=TAG, parameters=PAGE)
    def get(self, request: Request) -> Response:
        return page(request, bids_of(self.user), lambda row: dict(BidSerializer(bid_body(row)).data))


class OwnBid(Api):
    permission_classes = (Investor,)

    @reads("bid", "One of the own bids with its receipt", ReceiptSerializer, tag=TAG)
    def get(self, request: Request, pk: int) -> Response:
        return Response(ReceiptSerializer(receipt_body(bid_named(self.user, pk))).data)


class AuctionBids(Api):
    permission_classes = (Investor,)

    @reads(
        "auction_bid_list",
        "Own bids in one auction, the newest first",
        listed(BidSerializer),
        tag=TAG,
        parameters=PAGE,
    )
    def get(self, request: Request, pk: int) -> Response:
        rows = bids_of(self.user).filter(auction=auction_named(pk))
        return page(request, rows, lambda row: dict(BidSerializer(bid_body(row)).data))

    @writes(
        "bid_place",
        "Place a bid",
        PlaceInput,
        ReceiptSerializer,
        tag=TAG,
        text="A dealer bids for itself or for its clients; a client bids through a dealer that has its mandate.",
    )
    def post(self, request: Request, pk: int) -> Response:
        def effect(key: str) -> Answer:
            now, auction, body = clock.now(), auction_named(pk), told(PlaceInput, request)
            dealer, bidder = side_of(self.user, auction, body["dealer"], body.get("bidder", body["dealer"]), now)
            with renamed(NAMES):
                row = bid_place(
                    auction=auction,
                    dealer=dealer,
                    bidder=bidder,
                    reference=body["reference"],
                    **_quote(body, auction.series.currency),
                    idempotency_key=key,
                    source="API",
                    actor=self.user,
                    now=now,
                )
            return _receipt(self, row)

        return once(request, self.user, effect)


class BidAmend(Api):
    permission_classes = (Investor,)

    @writes(
        "bid_amend",
        "Put a new bid in the place of a standing one",
        QuoteInput,
        ReceiptSerializer,
        tag=TAG,
        text="Nothing is kept from the old one but auction, dealer, bidder and reference.",
    )
    def post(self, request: Request, pk: int) -> Response:
        def effect(key: str) -> Answer:
            bid, body = bid_named(self.user, pk), told(QuoteInput, request)
            quote = _quote(body, bid.auction.series.currency)
            with renamed(NAMES):
                row = bid_amend(bid=bid, **quote, idempotency_key=key, source="API", actor=self.user, now=clock.now())
            return _receipt(self, row)

        return once(request, self.user, effect)


class BidWithdraw(Api):
    permission_classes = (Investor,)

    @writes("bid_withdraw", "Take a standing bid back", NothingInput, ReceiptSerializer, tag=TAG)
    def post(self, request: Request, pk: int) -> Response:
        def effect(key: str) -> Answer:
            told(NothingInput, request)
            bid = bid_named(self.user, pk)
            with renamed(NAMES):
                row = bid_withdraw(bid=bid, idempotency_key=key, source="API", actor=self.user, now=clock.now())
            return _receipt(self, row)

        return once(request, self.user, effect)


class BidFiles(Api):
    permission_classes = (Investor,)
    parser_classes = (MultiPartParser,)

    @writes(
        "bid_file",
        "Send a file of bids: all of them are taken, or none",
        {"multipart/form-data": FileInput},
        FileReportSerializer,
        tag=TAG,
        text="A dealer's own bids and those of its clients. A refusal lists every fault by line, field and rule.",
    )
    def post(self, request: Request, pk: int) -> Response:
        def effect(key: str) -> Answer:
            auction, body = auction_named(pk), told(FileInput, request)
            dealer = own_party(self.user, body["dealer"], "dealer")
            name, content = file_bytes(body["file"])
            report = bids_import(
                auction=auction, content=content, name=name, dealer=dealer, actor=self.user, now=clock.now()
            )
            return Answer(201, FileReportSerializer(report_body(report, auction.pk)).data)

        return once(request, self.user, effect)


def _quote(body: dict[str, Any], currency: str) -> dict[str, Any]:
    return {
        "face_minor": minor_of(body["face"], currency, "face"),
        "competitive": body["competitive"],
        "price": body.get("price"),
        "yield_pct": body.get("yield_pct"),
    }
