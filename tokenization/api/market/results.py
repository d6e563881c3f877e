"""What is published of a decided auction: figures of the whole, never a bid or a name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from issuance.allotment.decisions.selectors import decision_of, result_summary
from issuance.allotment.models import AuctionDecision
from issuance.auction.models import Auction
from tokenization.api.base import Api, reads
from tokenization.api.market.selectors import auction_named
from tokenization.api.problems import Missing
from tokenization.api.serializers import AmountSerializer, amount, decimal, instant
from tokenization.kernel.money import Money

_FIGURES = (
    "cut_off_price", "cut_off_yield_pct", "weighted_average_price", "weighted_average_yield_pct", "pro_rata_pct",
    "bid_to_cover",
)  # fmt: skip
_FACES = ("offered", "offered_noncompetitive", "accepted", "accepted_noncompetitive", "realised", "accrued")


class RangeSerializer(serializers.Serializer[Any]):
    lowest = decimal("Price per 100.")
    highest = decimal("Price per 100.")


class ResultSerializer(serializers.Serializer[Any]):
    auction = serializers.IntegerField()
    isin = serializers.CharField()
    number = serializers.IntegerField()
    status = serializers.CharField(help_text="ALLOTTED or ALL_REJECTED.")
    decided_at = instant("When two persons had agreed.")
    settlement_date = serializers.DateField()
    rule = serializers.CharField()
    bids = serializers.IntegerField(help_text="Bids that stood at the close.")
    allotted = serializers.IntegerField(help_text="Bids that got something.")
    target = AmountSerializer(help_text="Face announced.")
    residual = AmountSerializer(help_text="Face left of what was on offer.")
    offered = AmountSerializer(help_text="Face, competitively.")
    offered_noncompetitive = AmountSerializer()
    accepted = AmountSerializer(help_text="Face, competitively.")
    accepted_noncompetitive = AmountSerializer()
    realised = AmountSerializer(allow_null=True, help_text="All money due, accrued interest included.")
    accrued = AmountSerializer(allow_null=True, help_text="Of it, accrued interest.")
    cut_off_price = decimal("Per 100.", allow_null=True)
    cut_off_yield_pct = decimal("Percent.", allow_null=True)
    weighted_average_price = decimal("Per 100.", allow_null=True)
    weighted_average_yield_pct = decimal("Percent.", allow_null=True)
    pro_rata_pct = decimal("Share served at the cut-off, percent.", allow_null=True)
    bid_to_cover = decimal("Competitive face offered over accepted.", allow_null=True)
    offered_range = RangeSerializer(allow_null=True)
    accepted_range = RangeSerializer(allow_null=True)
    result_sha256 = serializers.CharField(help_text="Of the whole result as decided, bids included.")


def result_body(auction: Auction) -> dict[str, Any]:
    decision, found = decision_of(auction), result_summary(auction)
    sheet: dict[str, Any] = dict(found.sheet)

    def money(value: int | str | None) -> dict[str, Any] | None:
        """The sheet counts faces in whole units of currency and writes money with its decimals."""
        return None if value is None else amount(Money.of(value, found.currency).minor, found.currency)

    return {
        "auction": auction.pk,
        "isin": found.isin,
        "number": found.number,
        "status": sheet["status"],
        "decided_at": decision.made_at,
        "settlement_date": found.settlement,
        "rule": sheet["rule"],
        "bids": found.bids,
        "allotted": found.allotted,
        "target": money(sheet["target"]),
        "residual": money(sheet["residual"]),
        **{name: money(found.totals[name]) for name in _FACES},
        **{name: sheet[name] for name in _FIGURES},
        "offered_range": _range(found.offered_range),
        "accepted_range": _range(found.accepted_range),
        "result_sha256": decision.result_sha256,
    }


def _range(pair: tuple[Decimal, Decimal] | None) -> dict[str, str] | None:
    return {"lowest": f"{pair[0]:f}", "highest": f"{pair[1]:f}"} if pair else None


class AuctionResult(Api):
    @reads(
        "auction_result", "The result of an auction", ResultSerializer, tag="market", text="404 until it is decided."
    )
    def get(self, request: Request, pk: int) -> Response:
        auction = auction_named(pk)
        if not AuctionDecision.objects.filter(auction=auction).exists():
            raise Missing(f"Auction {pk} is not decided yet.", field="auction", rule="auction.decided")
        return Response(ResultSerializer(result_body(auction)).data)
