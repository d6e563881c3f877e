"""Long lists a page at a time, with the filters kept in the links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest

PAGE = 50


@dataclass(frozen=True)
class Pages:
    """Where a page of rows stands among all of them; hrefs are empty at the ends."""

    first: int
    last: int
    total: int
    before: str
    after: str


def paged(request: HttpRequest, rows: Any, size: int = PAGE) -> tuple[Any, Pages]:
    """The rows of the page that is asked for, the last one where there are fewer; and the way to its neighbours."""
    page = Paginator(rows, size).get_page(request.GET.get("page"))
    before = _at(request, page.previous_page_number()) if page.has_previous() else ""
    after = _at(request, page.next_page_number()) if page.has_next() else ""
    return page.object_list, Pages(page.start_index(), page.end_index(), page.paginator.count, before, after)


def _at(request: HttpRequest, number: int) -> str:
    asked = request.GET.copy()
    asked["page"] = str(number)
    return f"?{asked.urlencode()}"
