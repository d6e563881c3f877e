from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from tests.db.identity import actions
from tests.support.database import connected_to


@pytest.fixture(autouse=True)
def _actions(settings: Any) -> None:
    settings.APPROVAL_ACTIONS = actions.PATHS


@pytest.fixture(scope="module")
def own_database(postgres: Any, django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """One committed clone for a whole module: its tests leave no rows behind (see `committed`)."""
    name = postgres.clone()
    yield name
    postgres.drop(name)


@pytest.fixture
def committed(postgres: Any, own_database: str, django_db_blocker: Any) -> Iterator[str]:
    """Django connected to the module's clone, emptied afterwards as only a superuser can."""
    with django_db_blocker.unblock(), connected_to(postgres, own_database):
        yield own_database
    with psycopg.connect(postgres.url(own_database, "postgres"), autocommit=True) as superuser:
        superuser.execute("SET session_replication_role = replica")
        for table in ("identity_auditentry", "identity_approvalitem", "identity_approval", "identity_kycdecision"):
            superuser.execute(f"DELETE FROM {table}")


@pytest.fixture
def connect(postgres: Any, committed: str) -> Iterator[Callable[..., psycopg.Connection[Any]]]:
    """Opens connections of its own to that clone, as the role asked for, closed at the end."""
    opened: list[psycopg.Connection[Any]] = []

    def open_one(role: str = "tokenization_app") -> psycopg.Connection[Any]:
        opened.append(psycopg.connect(postgres.url(committed, role), autocommit=True))
        return opened[-1]

    yield open_one
    for connection in opened:
        connection.close()
