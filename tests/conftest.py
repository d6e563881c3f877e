"""Fixtures for every test. Parts start when a test first asks for them: `pytest tests/unit` needs none.

- `@pytest.mark.django_db` (or `db`): rolled back, in a clone shared by the run, as the application's role.
- `fresh_db`: a committed clone of its own, for workers, threads, locks and triggers at commit. Never with `django_db`.
- `postgres`: the cluster: `postgres.url(database, role)` for owner, superuser or signer connections.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.database import TestCluster, connected_to


@pytest.fixture(scope="session")
def postgres() -> Iterator[TestCluster]:
    cluster = TestCluster()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def django_db_setup(postgres: TestCluster, django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """Replaces pytest-django's: no CREATE DATABASE by the application, one clone of the migrated template for the run."""
    name = postgres.clone()
    with django_db_blocker.unblock(), connected_to(postgres, name):
        django_db_blocker.block()
        yield
        django_db_blocker.restore()
    postgres.drop(name)


@pytest.fixture
def fresh_db(postgres: TestCluster, django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The name of a database that this test alone uses and may commit in."""
    name = postgres.clone()
    with django_db_blocker.unblock(), connected_to(postgres, name):
        yield name
    postgres.drop(name)
