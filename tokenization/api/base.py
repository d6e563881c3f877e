"""The two kinds of view, and what every description of an operation says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from tokenization.api import idempotency
from tokenization.api.permissions import READS, HoldsARole, TokenMayWrite
from tokenization.api.serializers import ProblemSerializer
from tokenization.api.throttling import is_too_often, next_minute
from tokenization.identity.models import User
from tokenization.theme.entry.address import client_address

_View = TypeVar("_View", bound=Callable[..., Any])
_READ = (400, 401, 403, 404, 429, 503)
_WRITE = (*_READ, 409)
KEY = OpenApiParameter(
    idempotency.HEADER,
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="One random value for one effect (a UUID). Sent again with the same request it answers as the first "
    "time, with another request 409.",
)
PAGE = [
    OpenApiParameter("limit", int, description="Rows of a page, 1 to 200; 50 when not given."),
    OpenApiParameter("cursor", str, description="`next` of the page before; it fits no other list."),
]


class Api(APIView):
    """Every endpoint: whoever asks is known, counted, and let in; a stranger is counted by his address."""

    permission_classes: Sequence[Any] = (HoldsARole,)

    def get_permissions(self) -> list[Any]:
        return [*super().get_permissions(), TokenMayWrite()]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        try:
            super().initial(request, *args, **kwargs)
        except (AuthenticationFailed, NotAuthenticated):
            self._count(request, "stranger", f"address-{client_address(request)}")
            raise

    def check_permissions(self, request: Request) -> None:
        if isinstance(request.user, User):
            self._count(request, "read" if request.method in READS else "write", f"user-{request.user.pk}")
        super().check_permissions(request)

    def _count(self, request: Request, kind: str, who: str) -> None:
        if is_too_often(kind, who):
            self.throttled(request, next_minute())

    @property
    def user(self) -> User:
        user = self.request.user
        assert isinstance(user, User)  # noqa: S101 narrowed for the type checker; permissions let only users in
        return user


def told(serializer: type[BaseSerializer[Any]], request: Request) -> dict[str, Any]:
    """The body of a write, checked; ValidationError names every fault."""
    found = serializer(data=request.data)
    found.is_valid(raise_exception=True)
    return dict(found.validated_data)


def reads(
    operation: str, summary: str, answer: Any, *, tag: str, text: str = "", parameters: Sequence[Any] = ()
) -> Callable[[_View], _View]:
    return extend_schema(
        operation_id=operation,
        summary=summary,
        description=text or None,
        tags=[tag],
        parameters=list(parameters),
        responses={200: answer, **_problems(_READ)},
    )


def writes(
    operation: str, summary: str, body: Any, answer: Any, *, tag: str, text: str = "", status: int = 201
) -> Callable[[_View], _View]:
    return extend_schema(
        operation_id=operation,
        summary=summary,
        description=text or None,
        tags=[tag],
        parameters=[KEY],
        request=body,
        responses={status: answer, **_problems(_WRITE)},
    )


def _problems(statuses: Sequence[int]) -> dict[Any, Any]:
    return {(status, "application/problem+json"): ProblemSerializer for status in statuses}


@cache
def listed(serializer: type[BaseSerializer[Any]]) -> Any:
    """The description of a page of them."""
    return inline_serializer(
        f"{serializer.__name__.removesuffix('Serializer')}Page",
        {
            "items": serializer(many=True),
            "next": serializers.CharField(allow_null=True, help_text="Cursor of the next page; null on the last."),
        },
    )
