from __future__ import annotations

from typing import Any

from rest_framework import serializers

from issuance.bid.models import Bid
from issuance.bid.receipts import receipt_of
from issuance.bid.rules import plain
from issuance.bid.services import ImportReport
from tokenization.api.inputs import Body, Flag, MoneyInput, Rate, Text
from tokenization.api.serializers import AmountSerializer, FaultSerializer, amount, decimal, instant


class QuoteInput(Body):
    """`price` or `yield_pct` or both (a pair that the market could print) for a competitive bid, else neither."""

    face = MoneyInput(help_text="In the auction's currency.")
    competitive = Flag(default=True, help_text="false: no price; pays what the auction's rule says.")
    price = Rate(required=False, help_text="Per 100 face, clean.")
    yield_pct = Rate(required=False, help_text="Percent a year.")


class PlaceInput(QuoteInput):
    dealer = Text(max_length=40, help_text="Reference of the party that sends the bid.")
    bidder = Text(max_length=40, required=False, help_text="Reference of the party that bids; the dealer if not given.")
    reference = Text(max_length=35, required=False, default="", allow_blank=True, help_text="Your own.")


class NothingInput(Body):
    """An empty object."""


class FileInput(serializers.Serializer[Any]):
    file = serializers.FileField(help_text="CSV or XLSX.")
    dealer = Text(max_length=40, help_text="Reference of the party whose bids these are and who sends them.")


class BidSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    auction = serializers.IntegerField()
    isin = serializers.CharField()
    kind = serializers.CharField(help_text="BID, AMEND or WITHDRAW.")
    replaces = serializers.IntegerField(allow_null=True, help_text="The bid that this one takes the place of.")
    standing = serializers.BooleanField(help_text="Neither amended nor withdrawn.")
    dealer = serializers.CharField()
    bidder = serializers.CharField()
    competitive = serializers.BooleanField()
    face = AmountSerializer(help_text="Nothing on a withdrawal.")
    price = decimal("Per 100 face.", allow_null=True)
    yield_pct = decimal("Percent a year.", allow_null=True)
    reference = serializers.CharField(allow_blank=True)
    received_at = instant("To the millisecond.")
    channel = serializers.CharField(help_text="API, PORTAL or FILE.")


class ReceiptSerializer(BidSerializer):
    receipt = serializers.CharField(help_text="Canonical JSON as received, with a salt: keep it.")
    receipt_sha256 = serializers.CharField(help_text="Of the receipt's bytes; the platform has logged it.")
    warnings = serializers.ListField(child=serializers.CharField(), help_text="What the clearing would void.")


class FileReportSerializer(serializers.Serializer[Any]):
    auction = serializers.IntegerField()
    file_sha256 = serializers.CharField()
    bids = serializers.IntegerField(help_text="How many were taken: all of the file.")
    warnings = FaultSerializer(many=True, help_text="By line, what the clearing would void.")


def bid_body(row: Bid) -> dict[str, Any]:
    """`row` from selectors.bids_of, which knows whether it stands."""
    return {
        "id": row.pk,
        "auction": row.auction_id,
        "isin": row.auction.series.isin,
        "kind": row.kind,
        "replaces": row.replaces_id,
        "standing": row.standing,  # type: ignore[attr-defined]
        "dealer": row.dealer.reference,
        "bidder": row.bidder.reference,
        "competitive": row.competitive,
        "face": amount(row.face_minor, row.auction.series.currency),
        "price": plain(row.price),
        "yield_pct": plain(row.yield_pct),
        "reference": row.reference,
        "received_at": row.received_at,
        "channel": row.source,
    }


def receipt_body(row: Bid) -> dict[str, Any]:
    found = receipt_of(row)
    more = {"receipt": found.body, "receipt_sha256": found.body_hash, "warnings": list(found.warnings)}
    return bid_body(row) | more


def report_body(report: ImportReport, auction_pk: int) -> dict[str, Any]:
    return {
        "auction": auction_pk,
        "file_sha256": report.file.sha256,
        "bids": len(report.bids),
        "warnings": [
            {"line": line.line, "field": line.field, "rule": line.rule, "detail": line.message}
            for line in report.warnings
        ],
    }
