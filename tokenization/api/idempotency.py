"""One effect for one key: the first answer is written in the effect's own transaction and repeated ever after."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from tokenization.api.models import FirstAnswer
from tokenization.identity.models import User
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.clock import WallClock
from tokenization.kernel.errors import Conflict, Refused
from tokenization.kernel.locks import advisory_xact_lock

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
LONGEST = 100
# How long an answer is repeated. The key itself is refused for ever.
REPEATED_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any


def key_of(request: Request) -> str:
    """Refused without a key, or with one that is not 1 to 100 visible ASCII characters."""
    key: str = request.headers.get(HEADER, "")
    if not key or len(key) > LONGEST or not all("!" <= letter <= "~" for letter in key):
        raise Refused(
            f"Send the header {HEADER} with every write.",
            field=HEADER,
            rule=f"1 to {LONGEST} visible ASCII characters",
            next_step="Use a new random value (a UUID) for a new effect, the same one to repeat a request.",
        )
    return key


def request_hash(request: Request) -> str:
    """Of what is asked for: method, address and body; a file by its hash. The spelling of the JSON does not count."""
    told = request.data if isinstance(request.data, dict) else {}
    data = {name: _plain(value) for name, value in told.items()}
    return sha256_hex(canonical_json([request.method, request.path, data]))


def once(request: Request, user: User, effect: Callable[[str], Answer]) -> Response:
    """Run `effect(key)` in one transaction with its answer, or repeat the answer that the key had.

    Equal requests at the same time wait for each other (Busy after 5 s). A refusal has no effect and is not kept: the
    same key may be sent again. Conflict for a key that was used for something else, or too long ago.
    """
    key, asked, wall = key_of(request), request_hash(request), WallClock().now()
    with transaction.atomic():
        advisory_xact_lock(f"api {user.pk} {key}")
        first = FirstAnswer.objects.filter(user=user, key=key).first()
        if first is not None:
            _require_same(first, asked, expired=wall >= first.expires_at)
            return Response(json.loads(first.body), status=first.status, headers={REPLAYED: "true"})
        answer = effect(key)
        body = JSONRenderer().render(answer.body).decode()
        FirstAnswer.objects.create(
            user=user,
            key=key,
            request_hash=asked,
            status=answer.status,
            body=body,
            made_at=wall,
            expires_at=wall + REPEATED_FOR,
        )
    return Response(json.loads(body), status=answer.status)


def _plain(value: Any) -> Any:
    if not isinstance(value, UploadedFile):
        return value
    value.seek(0)
    digest = sha256_hex(value.read())
    value.seek(0)
    return {"name": value.name, "sha256": digest}


def _require_same(first: FirstAnswer, asked: str, *, expired: bool) -> None:
    if first.request_hash != asked:
        raise Conflict(
            "This key was used for another request.",
            field=HEADER,
            rule="one key, one effect",
            next_step="Repeat the first request exactly, or use a new key.",
        )
    if expired:
        raise Conflict(
            f"This request was done on {first.made_at.isoformat(timespec='seconds')}; its answer is no longer kept.",
            field=HEADER,
            rule="answers are repeated for 30 days",
            next_step="Read what became of it; use a new key for something new.",
        )
