"""What tests of the database's own guards share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.clones import Clone
from tests.support.database import TestCluster


@pytest.fixture(scope="module")
def clone(postgres: TestCluster, django_db_setup: None, django_db_blocker: Any) -> Iterator[Clone]:
    """A committed clone for all tests of a module: filled as the application, then asked as the tables' owner."""
    made = Clone(postgres, postgres.clone(), django_db_blocker)
    yield made
    postgres.drop(made.name)
