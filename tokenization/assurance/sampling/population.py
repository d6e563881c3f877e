"""The rows that a figure is made of, as far as a page or a sheet needs them at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import Model, QuerySet, Sum

from contracts.indexer.models import Log
from custody.instructions.models import Instruction
from tokenization.files.models import StoredFile
from tokenization.identity.models import Approval

CHUNK = 2_000


@dataclass(frozen=True)
class Line:
    """One row of the records. `key` names it for ever; the rest is what it leads on to."""

    key: str
    what: str
    amount: int
    href: str = ""
    log: Log | None = None
    tx_hash: str = ""
    instruction: Instruction | None = None
    approval: Approval | None = None
    file: StoredFile | None = None

    @property
    def approved(self) -> Approval | None:
        """Its own approval, or that of its instruction."""
        return self.approval or (self.instruction.approval if self.instruction else None)


class Population(Protocol):
    """Rows in an order that does not change. `how` says in a sentence where they come from."""

    how: str

    def __len__(self) -> int: ...

    @property
    def total(self) -> int: ...

    def keys(self) -> list[str]: ...

    def __getitem__(self, at: slice) -> list[Line]: ...

    def of(self, keys: Iterable[str]) -> list[Line]:
        """The rows of these keys, in their own order."""

    def __iter__(self) -> Iterator[Line]: ...


class Stored:
    """Rows of a table: counted, added up and paged by the database. `field` holds the amount, `times` scales it."""

    def __init__(
        self,
        rows: QuerySet[Any],
        label: str,
        line: Callable[[Any, str, int], Line],
        *,
        how: str,
        field: str = "units",
        times: int = 1,
    ) -> None:
        self.rows, self.label, self.how = rows.order_by("pk"), label, how
        self._line, self._field, self._times = line, field, times

    def __len__(self) -> int:
        return self.rows.count()

    @property
    def total(self) -> int:
        return int(self.rows.aggregate(total=Sum(self._field))["total"] or 0) * self._times

    def keys(self) -> list[str]:
        return [f"{self.label} {pk}" for pk in self.rows.values_list("pk", flat=True)]

    def __getitem__(self, at: slice) -> list[Line]:
        return [self._made(row) for row in self.rows[at]]

    def of(self, keys: Iterable[str]) -> list[Line]:
        wanted = [int(key.rsplit(" ", 1)[1]) for key in keys]
        return [self._made(row) for row in self.rows.filter(pk__in=wanted)]

    def __iter__(self) -> Iterator[Line]:
        return (self._made(row) for row in self.rows.iterator(chunk_size=CHUNK))

    def _made(self, row: Model) -> Line:
        return self._line(row, f"{self.label} {row.pk}", int(getattr(row, self._field)) * self._times)


class Listed:
    """Rows that the run itself wrote down, or that are few."""

    def __init__(self, lines: Iterable[Line], *, how: str) -> None:
        self.lines, self.how = list(lines), how

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def total(self) -> int:
        return sum(line.amount for line in self.lines)

    def keys(self) -> list[str]:
        return [line.key for line in self.lines]

    def __getitem__(self, at: slice) -> list[Line]:
        return self.lines[at]

    def of(self, keys: Iterable[str]) -> list[Line]:
        wanted = set(keys)
        return [line for line in self.lines if line.key in wanted]

    def __iter__(self) -> Iterator[Line]:
        return iter(self.lines)


def parts(detail: dict[str, Any]) -> Sequence[tuple[str, int]]:
    """The amounts by name that an observation kept beside its value."""
    return [(name, int(value)) for name, value in sorted(detail.items())]
