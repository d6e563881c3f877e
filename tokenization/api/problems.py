"""Errors as RFC 9457 problem documents that name the field, the rule and the next step; several at once in `errors`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from tokenization.kernel.errors import Busy, Conflict, NotAllowed, PlatformError, Problems, Refused, Unavailable

STATUS: dict[type[PlatformError], HTTPStatus] = {
    Refused: HTTPStatus.BAD_REQUEST,
    Conflict: HTTPStatus.CONFLICT,
    NotAllowed: HTTPStatus.FORBIDDEN,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
# Seconds after which the same request may be sent again.
RETRY_AFTER: dict[type[PlatformError], int] = {Busy: 1, Unavailable: 30}
MOST_ERRORS = 1_000
Fault = dict[str, Any]


class Missing(PlatformError):
    """The thing named in the address does not exist, or is not the caller's to see."""


def problem(
    status: int, detail: str, *, field: str = "", rule: str = "", next_step: str = "", errors: Sequence[Fault] = ()
) -> Response:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    body.update({name: value for name, value in (("field", field), ("rule", rule), ("next_step", next_step)) if value})
    if errors:
        body["errors"] = list(errors[:MOST_ERRORS])
    return Response(body, status=status, content_type="application/problem+json")


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """What REST_FRAMEWORK["EXCEPTION_HANDLER"] calls; None lets a programming error become a 500."""
    if isinstance(error, PlatformError):
        return _ours(error)
    if isinstance(error, Http404):
        return problem(HTTPStatus.NOT_FOUND, "There is no such thing, or it is not yours to see.")
    if isinstance(error, PermissionDenied):
        return problem(HTTPStatus.FORBIDDEN, "Your role does not include this.")
    answer = exception_handler(error, context)
    if answer is None or not isinstance(error, exceptions.APIException):
        return None
    if isinstance(error, exceptions.ValidationError):
        return _input(error)
    made = problem(answer.status_code, str(error.detail))
    for name in ("WWW-Authenticate", "Retry-After", "Allow"):
        if answer.has_header(name):
            made[name] = answer[name]
    return made


def _ours(error: PlatformError) -> Response:
    status = (
        HTTPStatus.NOT_FOUND
        if isinstance(error, Missing)
        else next((code for kind, code in STATUS.items() if isinstance(error, kind)), HTTPStatus.BAD_REQUEST)
    )
    lines = error.problems if isinstance(error, Problems) else []
    errors = [
        {"line": line.line, "field": line.field, "rule": line.rule, "detail": line.message}
        for line in lines[:MOST_ERRORS]
    ]
    detail = f"Nothing was taken in: {len(lines):,} fault(s)." if lines else error.message
    made = problem(status, detail, field=error.field, rule=error.rule, next_step=error.next_step, errors=errors)
    for kind, seconds in RETRY_AFTER.items():
        if isinstance(error, kind):
            made["Retry-After"] = str(seconds)
    return made


def _input(error: exceptions.ValidationError) -> Response:
    faults = list(_faults(error.get_full_details()))
    first = faults[0]
    return problem(
        HTTPStatus.BAD_REQUEST,
        f"{first['field']}: {first['detail']}",
        field=first["field"],
        rule=first["rule"],
        next_step="Correct the request and send it again; the same key may be used.",
        errors=faults,
    )


def _faults(found: Any, where: str = "") -> Iterator[Fault]:
    """Every fault that the serializers found, fields in dots."""
    if isinstance(found, dict) and set(found) == {"message", "code"}:
        yield {"field": where or "body", "rule": str(found["code"]), "detail": str(found["message"])}
    elif isinstance(found, dict):
        for name, inner in found.items():
            at = where if name == "non_field_errors" else f"{where}.{name}".strip(".")
            yield from _faults(inner, at)
    else:
        for inner in found:
            yield from _faults(inner, where)
