"""Calling the interface as people and programs do."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client

from tokenization.api.models import ApiToken
from tokenization.api.tokens import token_make
from tokenization.identity.models import User

WALL = datetime.now(UTC)
_keys = itertools.count(1)


@dataclass(frozen=True)
class Said:
    status: int
    body: Any
    headers: Any


@dataclass
class Caller:
    """A user's program with a token of its own, or a stranger."""

    user: User | None
    secret: str = ""
    token: ApiToken | None = None

    def get(self, path: str, **query: str) -> Said:
        return said(Client().get(f"/api/v1/{path}", query, **self._headers()))

    def post(self, path: str, body: Any = None, *, key: str | None = None, **more: Any) -> Said:
        """With a new key unless one is given; `key=""` sends none."""
        key = new_key() if key is None else key
        headers = self._headers() | ({"HTTP_IDEMPOTENCY_KEY": key} if key else {})
        content = {"content_type": "application/json", "data": json.dumps(body or {})} | more
        return said(Client().post(f"/api/v1/{path}", **content, **headers))

    def upload(
        self, path: str, content: bytes, *, name: str = "file.csv", key: str | None = None, **fields: str
    ) -> Said:
        from django.core.files.uploadedfile import SimpleUploadedFile

        headers = self._headers() | {"HTTP_IDEMPOTENCY_KEY": new_key() if key is None else key}
        data = {"file": SimpleUploadedFile(name, content), **fields}
        return said(Client().post(f"/api/v1/{path}", data, **headers))

    def _headers(self) -> dict[str, str]:
        return {"HTTP_AUTHORIZATION": f"Bearer {self.secret}"} if self.secret else {}


def caller(user: User, *, may_write: bool = True, wall: datetime = WALL) -> Caller:
    token, secret = token_make(
        user=user, name="test", valid_for=timedelta(days=30), may_write=may_write, actor=user, now=wall, wall=wall
    )
    return Caller(user, secret, token)


STRANGER = Caller(None)


def new_key() -> str:
    return f"key-{next(_keys)}"


def said(answer: Any) -> Said:
    body = json.loads(answer.content) if answer.content else None
    return Said(answer.status_code, body, answer.headers)
