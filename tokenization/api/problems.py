"""Errors as RFC 9457 problem documents that name the field, the rule and the next step."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from tokenization.kernel.errors import Conflict, NotAllowed, PlatformError, Refused, Unavailable

STATUS: dict[type[PlatformError], HTTPStatus] = {
    Refused: HTTPStatus.BAD_REQUEST,
    Conflict: HTTPStatus.CONFLICT,
    NotAllowed: HTTPStatus.FORBIDDEN,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}


class Missing(PlatformError):
    """The thing named in the address does not exist, or is not the caller's to see."""


def problem(status: int, detail: str, *, field: str = "", rule: str = "", next_step: str = "") -> Response:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    body.update({name: value for name, value in (("field", field), ("rule", rule), ("next_step", next_step)) if value})
    return Response(body, status=status, content_type="application/problem+json")


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """What REST_FRAMEWORK["EXCEPTION_HANDLER"] calls; None lets a programming error become a 500."""
    if isinstance(error, PlatformError):
        status = (
            HTTPStatus.NOT_FOUND
            if isinstance(error, Missing)
            else next((code for kind, code in STATUS.items() if isinstance(error, kind)), HTTPStatus.BAD_REQUEST)
        )
        return problem(status, str(error), field=error.field, rule=error.rule, next_step=error.next_step)
    if isinstance(error, Http404):
        return problem(HTTPStatus.NOT_FOUND, "There is no such thing, or it is not yours to see.")
    if isinstance(error, PermissionDenied):
        return problem(HTTPStatus.FORBIDDEN, "Your role does not include this.")
    answer = exception_handler(error, context)
    if answer is None or not isinstance(error, exceptions.APIException):
        return None
    made = problem(answer.status_code, str(error.detail))
    for name in ("WWW-Authenticate", "Retry-After", "Allow"):
        if answer.has_header(name):
            made[name] = answer[name]
    return made
