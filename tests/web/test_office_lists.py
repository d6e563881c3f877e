"""Lists of the office, however long: found in, sorted, turned over and exported by the database, page by page."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from custody.settlement.models import SettlementInstruction
from tests.factories import ledgerless as world
from tests.support.people import person
from tokenization.backoffice.pages import listing
from tokenization.identity.roles import Role

DAY = "2026-07-02"
PATH = f"/office/settlement/?on={DAY}"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_july")]


@pytest.fixture
def rows(client: Client, monkeypatch: pytest.MonkeyPatch) -> list[SettlementInstruction]:
    """Five purchases of a day, two on a page."""
    monkeypatch.setattr(listing, "PAGE", 2)
    client.force_login(person(Role.DEBT_MAKER))
    return world.settlements(world.token(), 30, 10, 50, 20, 40)


def shown(client: Client, query: str = "") -> tuple[list[str], str]:
    """The references on the page, and the page."""
    answer = client.get(PATH + query)
    assert answer.status_code == 200
    page = answer.content.decode()
    return [row[0].text for row in answer.context["purchases"].table.rows], page


def references(rows: list[SettlementInstruction], *places: int) -> list[str]:
    return [rows[place].payment_reference for place in places]


def test_a_page_of_a_long_list_says_where_it_stands_and_leads_on(
    client: Client, rows: list[SettlementInstruction]
) -> None:
    found, page = shown(client)
    assert found == references(rows, 0, 1)
    assert "Rows 1 to 2 of 5" in page
    assert f'href="?on={DAY}&amp;purchases-page=2#purchases" rel="next"' in page
    assert 'rel="prev"' not in page
    assert "data-enhance" not in page.split('id="purchases"')[1].split("</table>")[0]
    found, page = shown(client, "&purchases-page=3")
    assert (found, "Rows 5 to 5 of 5" in page, 'rel="next"' in page) == (references(rows, 4), True, False)
    assert shown(client, "&purchases-page=99")[0] == references(rows, 4)
    assert shown(client, "&purchases-page=x")[0] == references(rows, 0, 1)


def test_it_is_sorted_over_all_its_pages(client: Client, rows: list[SettlementInstruction]) -> None:
    assert shown(client, "&purchases-sort=1")[0] == references(rows, 1, 3)
    assert shown(client, "&purchases-sort=-1")[0] == references(rows, 2, 4)
    found, page = shown(client, "&purchases-sort=-1&purchases-page=2")
    assert found == references(rows, 0, 3)
    assert '<option value="-1" selected>Due, falling</option>' in page
    for nonsense in ("9", "-0", "\u00b2", "x", "1;drop"):
        assert shown(client, f"&purchases-sort={nonsense}")[0] == references(rows, 0, 1), nonsense


def test_every_word_is_found_in_one_of_the_fields(client: Client, rows: list[SettlementInstruction]) -> None:
    third = rows[2]
    found, page = shown(client, f"&purchases-q={third.payment_reference.lower()}+{rows[0].allotment.series.isin[:6]}")
    assert found == [third.payment_reference]
    assert f'<input type="hidden" name="on" value="{DAY}">' in page
    found, page = shown(client, "&purchases-q=nobody+<b>")
    assert found == []
    assert "Nothing here contains “nobody &lt;b&gt;”." in page
    assert "Show all" in page
    assert shown(client, "&purchases-q=%00")[0] == references(rows, 0, 1)


def test_the_export_holds_all_that_was_found_in_the_order_chosen(
    client: Client, rows: list[SettlementInstruction]
) -> None:
    answer = client.get(f"{PATH}&purchases-sort=-1&purchases-csv=1")
    assert answer["Content-Disposition"] == 'attachment; filename="purchases.csv"'
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert lines[0] == ["Reference", "Buyer", "Security", "Due", "State", "Deliver by"]
    assert [line[0] for line in lines[1:]] == references(rows, 2, 4, 0, 3, 1)


def test_a_list_that_fits_is_left_to_the_browser(client: Client, rows: list[SettlementInstruction]) -> None:
    answer = client.get("/office/auctions/")
    assert (answer.status_code, b'role="search"' in answer.content) == (200, False)
    assert "Nothing is left over from earlier days." in shown(client)[1]


def test_a_page_reads_no_more_rows_than_it_shows(client: Client, rows: list[SettlementInstruction]) -> None:
    with CaptureQueriesContext(connection) as asked:
        shown(client)
    (query,) = (q["sql"] for q in asked if 'ORDER BY "settlement_settlementinstruction"."id" ASC LIMIT' in q["sql"])
    assert query.endswith("LIMIT 2")


LISTS: dict[str, tuple[str, ...]] = {
    "/office/decisions/": ("decided",),
    "/office/auctions/": ("auctions",),
    "/office/settlement/": ("purchases", "earlier"),
    "/office/bank/": ("bank-statements", "bank-notifications"),
    "/office/events/": ("events",),
    "/office/statements/": ("statements",),
    "/office/reserves/": ("vault-lists", "redemptions"),
    "/office/reserves/items/": ("reserve-items",),
}


@pytest.mark.parametrize(("path", "names"), LISTS.items())
def test_each_list_is_searched_sorted_and_exported(client: Client, path: str, names: tuple[str, ...]) -> None:
    client.force_login(person(Role.DEBT_MAKER))
    for name in names:
        answer: Any = client.get(f"{path}?{name}-q=word")
        assert answer.status_code == 200, name
        page = answer.content.decode()
        assert "Nothing here contains “word”." in page, name
        for number in range(1, page.count(", rising</option>") + 1):
            for sign in ("", "-"):
                assert client.get(f"{path}?{name}-sort={sign}{number}").status_code == 200, (name, number)
        answer = client.get(f"{path}?{name}-csv=1")
        assert answer["Content-Type"] == "text/csv; charset=utf-8", name
        assert len(answer.content.splitlines()) == 1, name
