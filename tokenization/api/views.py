from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from tokenization.api.base import Api, reads
from tokenization.api.serializers import SupplySerializer, supply_body
from tokenization.api.supply import supply


class SeriesSupply(Api):
    """Officers, investors and auditors may read it; strangers and accounts without a role may not."""

    @reads(
        "series_supply",
        "Supply of one series",
        SupplySerializer,
        tag="market",
        text="Exact supply of a tokenised series, and the block (number, hash, time) at which it is true.",
        parameters=[
            OpenApiParameter("isin", str, OpenApiParameter.PATH, description="ISO 6166 identifier of the series.")
        ],
    )
    def get(self, request: Request, isin: str) -> Response:
        return Response(SupplySerializer(supply_body(supply(isin))).data)
