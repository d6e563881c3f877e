"""The investor's own: everything starts from the parties that he acts for, and nobody else's exists."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.dateparse import parse_date
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from custody.register.selectors import Standing, standing
from tokenization.api.base import PAGE, Api, listed, reads
from tokenization.api.bids.selectors import own_party
from tokenization.api.own.shapes import (
    AllotmentSerializer,
    ExpectedListSerializer,
    PortfolioSerializer,
    StatementSerializer,
    allotment_body,
    cash_body,
    expected_body,
    holding_body,
)
from tokenization.api.paging import page
from tokenization.api.permissions import Investor
from tokenization.api.problems import Missing
from tokenization.api.serializers import block_body
from tokenization.kernel import clock
from tokenization.kernel.errors import Refused, Unavailable
from tokenization.portal.papers import statement_block
from tokenization.portal.positions import cash, holdings
from tokenization.portal.schedule import expected
from tokenization.portal.selectors import allotments, parties_of
from tokenization.portal.worth import worth

TAG = "own"


def today() -> date:
    """The day where the state keeps its books."""
    return clock.now().astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def register_block() -> Standing:
    found = standing()
    if found is None:
        raise Unavailable(
            "The register has not read a final block of the chain yet.", next_step="Try again in a minute."
        )
    return found


class Allotments(Api):
    permission_classes = (Investor,)

    @reads("allotment_list", "Own allotments, the newest first", listed(AllotmentSerializer), tag=TAG, parameters=PAGE)
    def get(self, request: Request) -> Response:
        rows = allotments(self.user)
        return page(request, rows, lambda row: dict(AllotmentSerializer(allotment_body(row)).data))


class AllotmentOne(Api):
    permission_classes = (Investor,)

    @reads("allotment", "One of the own allotments, and how to pay it", AllotmentSerializer, tag=TAG)
    def get(self, request: Request, pk: int) -> Response:
        row = allotments(self.user).filter(pk=pk).first()
        if row is None:
            raise Missing(f"There is no allotment {pk} of yours.", field="allotment", rule="own allotments")
        return Response(AllotmentSerializer(allotment_body(row)).data)


class Portfolio(Api):
    permission_classes = (Investor,)

    @reads(
        "portfolio",
        "What the own parties hold, and at which block that is so",
        PortfolioSerializer,
        tag=TAG,
        text="Units as registered up to the block. What nobody knows is null, and the reason stands beside it.",
    )
    def get(self, request: Request) -> Response:
        at, day, parties = register_block(), today(), list(parties_of(self.user))
        body = {
            "on": day,
            "holdings": [holding_body(row, worth(row, on=day), day) for row in holdings(parties, at.block.number)],
            "cash": [cash_body(row) for row in cash(parties, at.block.number)],
            "at": block_body(at.block, at.behind),
        }
        return Response(PortfolioSerializer(body).data)


class PaymentsExpected(Api):
    permission_classes = (Investor,)

    @reads("payment_expected", "What the own holdings will pay, the next first", ExpectedListSerializer, tag=TAG)
    def get(self, request: Request) -> Response:
        at, day = register_block(), today()
        held = holdings(list(parties_of(self.user)), at.block.number)
        coming = sorted((due for row in held for due in expected(row, after=day)), key=lambda due: due.on)
        body = {"items": [expected_body(row) for row in coming], "at": block_body(at.block, at.behind)}
        return Response(ExpectedListSerializer(body).data)


class Statements(Api):
    permission_classes = (Investor,)

    @reads(
        "statement",
        "What one of the own parties held at the end of a day",
        StatementSerializer,
        tag=TAG,
        parameters=[
            OpenApiParameter("party", str, required=True, description="Its reference."),
            OpenApiParameter("on", date, required=True, description="A day until today."),
        ],
    )
    def get(self, request: Request) -> Response:
        at = register_block()
        party = own_party(self.user, request.query_params.get("party", ""), "party")
        on = _day(request.query_params.get("on", ""))
        block = statement_block(on)
        if block is None:
            raise Missing("There is no statement so early: the register begins later.", field="on", rule="first block")
        lines = holdings([party], block.number, at=block.timestamp)
        body = {
            "party": party.reference,
            "on": on,
            "holdings": [holding_body(row, worth(row, on=on), on) for row in lines],
            "at": block_body(block, at.behind + at.block.number - block.number),
        }
        return Response(StatementSerializer(body).data)


def _day(text: str) -> date:
    try:
        found = parse_date(text)
    except ValueError:
        found = None
    if found is None or found > today():
        raise Refused(f"{text[:20]!r} is not a day up to today.", field="on", rule="YYYY-MM-DD, not in the future")
    return found
