from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tokenization.api.permissions import HoldsARole
from tokenization.api.serializers import ProblemSerializer, SupplySerializer, supply_body
from tokenization.api.supply import supply

PROBLEM = {(status, "application/problem+json"): ProblemSerializer for status in (400, 403, 404, 503)}


class SeriesSupply(APIView):
    """Officers, investors and auditors may read it; strangers and accounts without a role may not."""

    permission_classes = (HoldsARole,)

    @extend_schema(
        operation_id="series_supply",
        summary="Supply of one series",
        description="Exact supply of a tokenised series, and the block (number, hash, time) at which it is true.",
        parameters=[
            OpenApiParameter("isin", str, OpenApiParameter.PATH, description="ISO 6166 identifier of the series.")
        ],
        responses={200: SupplySerializer, **PROBLEM},
    )
    def get(self, request: Request, isin: str) -> Response:
        return Response(SupplySerializer(supply_body(supply(isin))).data)
