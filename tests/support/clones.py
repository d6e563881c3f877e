"""A clone that a module fills once, and then asks as the tables' owner: only he may take guards away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from tests.support.database import TestCluster, connected_to
from tokenization.local.postgres import OWNER


@dataclass(frozen=True)
class Clone:
    cluster: TestCluster
    name: str
    blocker: Any

    @contextmanager
    def filling(self) -> Iterator[None]:
        """Django writes here, and commits, as the application."""
        with self.blocker.unblock(), connected_to(self.cluster, self.name):
            yield

    @contextmanager
    def as_owner(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection of the owner's, in autocommit."""
        with psycopg.connect(self.cluster.url(self.name, OWNER), autocommit=True) as connection:
            yield connection
