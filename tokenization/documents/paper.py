"""A document as a value: what it says, already written out for people. The template says only how it looks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Side:
    """Somebody the document is between or for: 'Investor', then name, reference and the like, a line each."""

    role: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """A table. A title that begins with '#' heads figures, aligned right; `total` is a last row in bold."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...] = ()
    empty: str = "None."

    def __post_init__(self) -> None:
        widths = {len(row) for row in (*self.rows, *([self.total] if self.total else []))}
        if widths - {len(self.columns)}:
            raise ValueError(f"{self.title}: {len(self.columns)} columns, rows of {sorted(widths)}")


@dataclass(frozen=True)
class TrueAt:
    """The final block at which the figures from the chain are true."""

    number: int
    hash: str
    at: datetime | None


@dataclass(frozen=True)
class Document:
    """`at`: the instant the document speaks of (a decision, a payment, a block), never the time of printing: the same
    rows give the same bytes whenever it is made. `facts` are (label, value); `codes` are (label, hash or address);
    `signatures` is who signs by hand, each on a line of his own. `warning` stands in amber above all else."""

    kind: str
    reference: str
    at: datetime
    lead: str = ""
    sides: tuple[Side, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    grids: tuple[Grid, ...] = ()
    notes: tuple[str, ...] = ()
    signatures: tuple[str, ...] = ()
    codes: tuple[tuple[str, str], ...] = ()
    true_at: TrueAt | None = None
    warning: str = ""
