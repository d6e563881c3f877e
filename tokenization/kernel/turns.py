"""The turns of a bell: one that cannot go on stops no other, and the first error is raised when all have had theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db import IntegrityError

from tokenization.kernel.errors import PlatformError

Item = TypeVar("Item")


class Turns:
    """Counts the steps that were taken. Each `take` is a transaction of its own and returns how many it took."""

    def __init__(self) -> None:
        self.taken = 0
        self.errors: list[Exception] = []

    def each(self, items: Iterable[Item], take: Callable[[Item], int]) -> None:
        for item in list(items):
            try:
                self.taken += take(item)
            except (PlatformError, IntegrityError) as error:
                self.errors.append(error)

    def end(self) -> int:
        """How many were taken; raises the first error."""
        if self.errors:
            raise self.errors[0]
        return self.taken
