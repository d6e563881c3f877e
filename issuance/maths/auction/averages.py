"""Averages weighted by face: exact sums, rounded once."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from issuance.maths.rounding import EXACT, half_up


def weighted(parts: Iterable[tuple[int, Decimal | None]], places: int) -> Decimal | None:
    """Sum of face x figure over sum of face, half up; None without face, or where a figure is unknown."""
    total, faces = Decimal(0), 0
    for face, figure in parts:
        if figure is None:
            return None
        total = EXACT.fma(Decimal(face), figure, total)
        faces += face
    return half_up(EXACT.divide(total, Decimal(faces)), places) if faces else None
