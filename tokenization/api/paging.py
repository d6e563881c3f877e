"""Long lists by pages, the newest first. A page begins below the last row of the one before, so that rows which are
added meanwhile move nothing: none is told twice and none is left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.core import signing
from django.db.models import Model, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from tokenization.kernel.canonical import sha256_hex
from tokenization.kernel.errors import Refused

LIMIT, MOST = 50, 200
_Row = TypeVar("_Row", bound=Model)


def page(request: Request, rows: QuerySet[_Row], body: Callable[[_Row], dict[str, Any]]) -> Response:
    """`rows` in the order of their numbers, highest first, from `cursor` on, at most `limit` of them."""
    limit, below = _limit(request), _below(request)
    if below is not None:
        rows = rows.filter(pk__lt=below)
    found = list(rows.order_by("-pk")[: limit + 1])
    shown = found[:limit]
    cursor = _signed(request, shown[-1].pk) if len(found) > limit else None
    return Response({"items": [body(row) for row in shown], "next": cursor})


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(LIMIT))
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST):
        raise Refused(f"{text[:20]!r} is not from 1 to {MOST}.", field="limit", rule=f"1 to {MOST}")
    return int(text)


def _below(request: Request) -> int | None:
    text = request.query_params.get("cursor")
    if not text:
        return None
    try:
        listed, below = signing.loads(text, salt="api.cursor")
    except (signing.BadSignature, ValueError, TypeError):
        listed, below = None, None
    if listed != _list(request) or not isinstance(below, int):
        raise Refused(
            "This cursor is not of this list.",
            field="cursor",
            rule="as answered in `next`",
            next_step="Begin again without a cursor.",
        )
    return below


def _signed(request: Request, last: int) -> str:
    return signing.dumps([_list(request), last], salt="api.cursor")


def _list(request: Request) -> str:
    """Which list of whom: address, filters and user. A cursor of another one is refused."""
    asked = sorted((name, value) for name, value in request.query_params.items() if name not in {"cursor", "limit"})
    return sha256_hex(repr((request.path, asked, request.user.pk)))[2:18]
