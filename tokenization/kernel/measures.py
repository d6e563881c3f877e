"""Commodities as units of account: what a quantity of gold or oil counts, as a currency says what an amount counts.

In the database and on chain a quantity is a whole number of the smallest unit (0.001 oz, 0.01 bbl). A new commodity is
one record here, and the migration that `makemigrations` then writes: the database names the measures as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType

from tokenization.kernel.canonical import canonical_json, sha256_hex


@dataclass(frozen=True, slots=True)
class Measure:
    """`digits` after the point; `unit` in the singular, with quality and condition; `base` at which it is measured."""

    code: str
    digits: int
    unit: str
    base: str = ""

    def words(self, minor: int) -> str:
        """As people read it: 12345 -> "12.345 fine troy ounces", 1 -> "0.001 fine troy ounce"."""
        whole, part = divmod(abs(minor), 10**self.digits)
        text = f"{whole:,}.{part:0{self.digits}d}" if self.digits else f"{whole:,}"
        unit = self.unit if abs(minor) <= 10**self.digits else f"{self.unit}s"
        return f"{'-' if minor < 0 else ''}{text} {unit}{f' at {self.base}' if self.base else ''}"

    @property
    def kind(self) -> str:
        """The 32 bytes by which the chain knows commodity, quality and smallest unit together."""
        return sha256_hex(canonical_json(asdict(self)))


MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        row.code: row
        for row in (
            # ISO 4217 has both metals.
            Measure("XAU", 3, "fine troy ounce"),
            Measure("XAG", 3, "fine silver ounce"),
            # Our own opaque code: stored crude, net of sediment and water.
            Measure("OIL", 2, "net standard barrel", "60 F"),
        )
    }
)
