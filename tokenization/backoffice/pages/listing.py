"""A list of the office however long it is: found in, sorted, turned over and exported by the database.

A list that fits on its page is left to the browser, which does the same without asking again (theme.js). Every word of
a search stands in one of the fields searched; several lists of one page keep out of each other's way by their names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse

from tokenization.documents.downloads import csv_download
from tokenization.theme.tables import Cell, Table, table

PAGE = 100
MOST = 50_000
WORDS = 5
LONGEST = 100


@dataclass(frozen=True)
class Option:
    value: str
    words: str
    chosen: bool


@dataclass(frozen=True)
class Controls:
    """What stands round one page of a long list; addresses are empty where they lead nowhere."""

    name: str
    query: str
    options: list[Option]
    kept: list[tuple[str, str]]
    first: int
    last: int
    total: int
    before: str
    after: str
    export: str
    clear: str


class Listing:
    """`line` makes a row's cells. `search` are the fields found in, `sorts` what may be sorted by, each in words."""

    def __init__(
        self,
        request: HttpRequest,
        name: str,
        titles: Sequence[str],
        rows: QuerySet[Any],
        line: Callable[[Any], Sequence[Any]],
        *,
        search: Sequence[str] = (),
        sorts: Mapping[str, str],
        empty: str,
    ) -> None:
        self.request, self.name, self.titles, self.line, self.empty = request, name, titles, line, empty
        self.query = self._asked("q")
        self.fields = dict(enumerate(sorts.values(), 1))
        self.words = list(sorts)
        self.sort = self._asked("sort")
        self.rows = self._sorted(self._found(rows, search))
        self.page = Paginator(self.rows, PAGE).get_page(self._asked("page"))

    def _asked(self, what: str) -> str:
        text = self.request.GET.get(f"{self.name}-{what}", "").strip()[:LONGEST]
        return text if text.isprintable() else ""

    def _found(self, rows: QuerySet[Any], search: Sequence[str]) -> QuerySet[Any]:
        for word in self.query.split()[:WORDS]:
            rows = rows.filter(Q(*((f"{name}__icontains", word) for name in search), _connector=Q.OR))
        return rows

    def _sorted(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        number = self.sort.removeprefix("-")
        name = self.fields.get(int(number)) if number.isdecimal() else None
        return rows.order_by(f"{'-' * self.sort.startswith('-')}{name}", "pk") if name else rows

    @property
    def long(self) -> bool:
        return bool(self.query or self.sort) or self.page.paginator.num_pages > 1

    @property
    def table(self) -> Table:
        empty = f"Nothing here contains “{self.query}”." if self.query else self.empty
        lines = (self.line(row) for row in self.page.object_list)
        return table(self.name, self.titles, lines, empty=empty, paged=self.long)

    @property
    def controls(self) -> Controls | None:
        """None for a list that fits on its page and was not searched."""
        if not self.long:
            return None
        page, own = self.page, {f"{self.name}-{what}" for what in ("q", "sort", "page")}
        return Controls(
            name=self.name,
            query=self.query,
            options=list(self._options()),
            kept=[(key, str(value)) for key, value in self.request.GET.items() if key not in own],
            first=page.start_index(),
            last=page.end_index(),
            total=page.paginator.count,
            before=self._at(page=page.previous_page_number()) if page.has_previous() else "",
            after=self._at(page=page.next_page_number()) if page.has_next() else "",
            export=self._at(page="", csv="1"),
            clear=self._at(q="", sort="", page=""),
        )

    def _options(self) -> Iterator[Option]:
        yield Option("", "the usual order", not self.sort)
        for number, words in enumerate(self.words, 1):
            yield Option(str(number), f"{words}, rising", self.sort == str(number))
            yield Option(f"-{number}", f"{words}, falling", self.sort == f"-{number}")

    def _at(self, **changes: object) -> str:
        asked = self.request.GET.copy()
        for what, value in changes.items():
            asked.pop(f"{self.name}-{what}", None)
            if value != "":
                asked[f"{self.name}-{what}"] = str(value)
        return f"?{asked.urlencode()}#{self.name}"

    def download(self) -> HttpResponse:
        """All that was found, in the order chosen; the first 50,000."""
        rows = ([_whole(cell) for cell in self.line(row)] for row in self.rows[:MOST].iterator(2_000))
        return csv_download(self.name, [title.lstrip("#") for title in self.titles], rows)


def _whole(cell: Any) -> Any:
    return (cell.whole or cell.text) if isinstance(cell, Cell) else cell


def taken_away(request: HttpRequest, *lists: Listing) -> HttpResponse | None:
    """The file of the list whose export is asked for."""
    return next((found.download() for found in lists if request.GET.get(f"{found.name}-csv")), None)
