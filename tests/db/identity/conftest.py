from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from tests.db.identity import actions


@pytest.fixture(autouse=True)
def _actions(settings: Any) -> None:
    settings.APPROVAL_ACTIONS = actions.PATHS


@pytest.fixture
def connect(postgres: Any, fresh_db: str) -> Iterator[Callable[[str], psycopg.Connection[Any]]]:
    """Opens connections of its own to the test's database, as the role asked for, closed at the end."""
    opened: list[psycopg.Connection[Any]] = []

    def open_one(role: str = "tokenization_app") -> psycopg.Connection[Any]:
        opened.append(psycopg.connect(postgres.url(fresh_db, role), autocommit=True))
        return opened[-1]

    yield open_one
    for connection in opened:
        connection.close()
