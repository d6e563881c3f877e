"""One turn each: a row that cannot go on stops no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import DatabaseError

from tokenization.kernel.errors import PlatformError

Step = Callable[[int, datetime], int]


def each(turns: Iterable[tuple[Step, Iterable[int]]], now: datetime) -> int:
    """Every step on every row, each a transaction of its own; returns how many moved.

    The first error is raised when all have had their turn.
    """
    moved, errors = 0, []
    for step, rows in turns:
        for pk in list(rows):
            try:
                moved += step(pk, now)
            except (PlatformError, DatabaseError) as error:
                errors.append(error)
    if errors:
        raise errors[0]
    return moved
