"""What a keeper's list says, whatever its layout."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

# Parts per thousand with one decimal, and twice a half for ROUND_HALF_UP in whole numbers.
_WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Head:
    """Which list of which vault, as of when, in which measure; `base` is the temperature of its volumes."""

    layout: str
    vault: str
    number: int
    as_of: datetime
    measure: str
    base: str = ""


@dataclass(frozen=True, slots=True)
class ListLine:
    """One item; quantities in the measure's smallest unit. `fine_minor` is the keeper's word and what counts.

    `key` is what it is called. A new certificate of a batch is word of the same batch.
    """

    line: int
    key: str
    fine_minor: int
    brand: str = ""
    serial: str = ""
    year: int | None = None
    refiner_gross_minor: int | None = None
    assay: Decimal | None = None
    refiner_fine_minor: int | None = None
    gross_minor: int | None = None
    tank: str = ""
    batch: str = ""
    certificate: str = ""
    inspector: str = ""
    api_gravity: Decimal | None = None
    sediment_water_pct: Decimal | None = None

    @property
    def identity(self) -> str:
        """Equal for the same item however its keeper writes it; of a batch within its vault."""
        return self.key.casefold()

    @property
    def difference_minor(self) -> int:
        """By how much the keeper's fine weight differs from the refiner's; 0 where there is no refiner."""
        return 0 if self.refiner_fine_minor is None else self.fine_minor - self.refiner_fine_minor


@dataclass(frozen=True, slots=True)
class ParsedList:
    head: Head
    lines: tuple[ListLine, ...]

    @property
    def total_minor(self) -> int:
        return sum(line.fine_minor for line in self.lines)


def fine_of(gross_minor: int, assay: Decimal) -> int:
    """Gross x assay / 1000, ROUND_HALF_UP to the smallest unit: 401.125 x 995.8/1000 = 399.440."""
    return (gross_minor * int(assay * 10) + _WHOLE // 2) // _WHOLE
