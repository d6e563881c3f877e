"""Tables as values: a face says what the rows are, the theme draws them alike everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tokenization.kernel.errors import LineProblem
from tokenization.theme import figures
from tokenization.theme.told import told


@dataclass(frozen=True)
class Column:
    title: str
    numeric: bool = False


@dataclass(frozen=True)
class Cell:
    """What is read (`text`), what is sorted by (`sort`), where it leads, its colour; `whole` if `text` is short."""

    text: str
    title: str = ""
    sort: Any = None
    href: str = ""
    tone: str = ""
    numeric: bool = False
    whole: str = ""


@dataclass(frozen=True)
class Table:
    name: str
    columns: list[Column]
    rows: list[list[Cell]] = field(default_factory=list)
    caption: str = ""
    empty: str = "Nothing here yet."
    # One page of many: sorted, narrowed and exported by the server, for a browser has only these rows.
    paged: bool = False


def link(text: str, href: str) -> Cell:
    return Cell(text=text, href=href)


def code(value: str | None, href: str = "") -> Cell:
    """A hash or address by its two ends; whole in its title and in the export."""
    return Cell(text=figures.short(value), href=href, whole=value or "")


def state(value: str, said: str = "") -> Cell:
    return Cell(text=said or figures.words(value), tone=figures.tone(value))


def amount(minor: int | None, currency: str) -> Cell:
    return Cell(text=figures.money(minor, currency), sort=minor)


def _cell(value: Any, column: Column) -> Cell:
    if isinstance(value, Cell):
        made = value
    elif isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        made = Cell(text=figures.units(value), sort=value)
    elif isinstance(value, datetime):
        made = Cell(text=figures.when(value), sort=value.isoformat())
    elif isinstance(value, date):
        made = Cell(text=figures.day(value), sort=value.isoformat())
    else:
        made = Cell(text=figures.EMPTY if value in (None, "") else str(value))
    return Cell(made.text, column.title, made.sort, made.href, made.tone, column.numeric, made.whole)


def table(
    name: str,
    titles: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    caption: str = "",
    empty: str = "Nothing here yet.",
    paged: bool = False,
) -> Table:
    """A table; a title that begins with '#' is a column of figures, aligned right."""
    columns = [Column(title.lstrip("#"), title.startswith("#")) for title in titles]
    made = [[_cell(value, column) for value, column in zip(row, columns, strict=True)] for row in rows]
    return Table(name, columns, made, caption, empty, paged)


def problem_table(problems: list[LineProblem]) -> Table:
    """What is wrong with a file that was refused whole, line by line."""
    rows = ((row.line or told("whole file"), row.field, told(row.message), row.rule) for row in problems)
    titles = ("#" + told("Line"), told("Field"), told("What is wrong"), told("Rule"))
    return table("problems", titles, rows)
