"""Charts: what is drawn is what the figures beside it say, and nothing is drawn where nothing is known."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from custody.reconciliation.models import Run
from tests.db.reconciliation.conftest import books, contract
from tests.db.reconciliation.test_attested import case, gold
from tests.db.reconciliation.world import A, Contract, run
from tests.factories.examined import Examined
from tests.factories.ledger import NOW, Books, wallet
from tests.support.people import person
from tests.web.test_assurance_sampling import ounce, page
from tokenization.assurance.records_drawn import drawn
from tokenization.identity.roles import Role
from tokenization.theme.charts import compact, lines, stacked
from tokenization.theme.figures import money, units
from tokenization.theme.redemptions import _profile, redemption_profiles

__all__ = ["books", "case", "contract", "gold"]


def bars(*columns: tuple[str, dict[str, int]]) -> object:
    return stacked("k", "T", columns, head="Year", exact=units, short=lambda value: compact(value, 0), words="W")


@pytest.mark.parametrize(
    ("minor", "digits", "said"),
    [
        (0, 2, "0"), (123, 2, "1.23"), (99_999_900, 2, "999,999"), (100_000_000, 2, "1 m"),
        (34_000_000_050, 2, "340 m"), (1_250_000_000_000, 2, "12.5 bn"), (154_971_000_000_000, 2, "1.55 tn"),
        (1_193_176, 3, "1,193.176"),
    ],
)  # fmt: skip
def test_a_scale_is_short_and_right(minor: int, digits: int, said: str) -> None:
    assert compact(minor, digits) == said


def test_parts_stand_upon_each_other_to_the_height_of_the_whole() -> None:
    chart = bars(("2026", {"bill": 30, "bond": 10}), ("2027", {}), ("2028", {"bond": 20}))
    assert chart is not None
    # 40 is 150 high; 272 wide in three slots of 90.7, the bar at most 42 in its middle.
    assert [(bar.x, bar.y, bar.width, bar.height, bar.tone) for bar in chart.bars] == [
        ("104.3", "49.5", "42.0", "112.5", 0),
        ("104.3", "12.0", "42.0", "37.5", 1),
        ("285.7", "87.0", "42.0", "75.0", 1),
    ]
    assert (chart.top, chart.middle, chart.legend) == ("40", "20", [(0, "bill"), (1, "bond")])
    assert chart.bars[0].words == "2026, bill: 30"
    assert [[cell.text for cell in row] for row in chart.table.rows] == [
        ["2026", "30", "10", "40"], ["2027", "0", "0", "0"], ["2028", "0", "20", "20"],
    ]  # fmt: skip
    assert [column.title for column in chart.table.columns] == ["Year", "bill", "bond", "Together"]


def test_nothing_is_drawn_of_nothing_and_labels_never_crowd() -> None:
    assert bars() is None
    assert bars(("2026", {})) is None
    many = bars(*((str(2026 + year), {"bond": year + 1}) for year in range(30)))
    assert [label.words for label in many.labels] == ["2026", "2031", "2036", "2041", "2046", "2051"]
    assert len(many.bars) == 30
    # In a hand every second one is left out, and of four none.
    assert [label.spared for label in many.labels] == [False, True] * 3
    assert not any(label.spared for label in bars(*((str(year), {"bond": 1}) for year in range(4))).labels)
    assert all(float(bar.x) >= 80 and float(bar.x) + float(bar.width) <= 352 for bar in many.bars)
    assert all(float(bar.y) >= 12 and float(bar.y) + float(bar.height) <= 162.2 for bar in many.bars)


def test_a_line_stands_until_its_next_figure_and_breaks_where_nothing_was_seen() -> None:
    chart = lines(
        "k", "T", ["1", "2", "3", "4"], {"one": [0, 10, 10, 20], "other": [None, 20, None, 5]},
        head="Block", exact=units, short=str, words="W",
    )  # fmt: skip
    assert chart is not None
    assert chart.strokes[0].path == "M80.0 162.0 H170.7 V87.0 H261.3 V87.0 H352.0 V12.0"
    assert chart.strokes[1].path == "M170.7 12.0 M352.0 124.5"
    assert [[cell.text for cell in row] for row in chart.table.rows] == [
        ["4", "20", "5"], ["3", "10", "–"], ["2", "10", "20"], ["1", "0", "–"],
    ]  # fmt: skip
    only = lines("k", "T", ["1"], {"one": [1]}, head="Block", exact=units, short=str, words="W")
    assert only is None
    assert lines("k", "T", ["1", "2"], {"one": [None, None]}, head="B", exact=units, short=str, words="W") is None


def test_what_falls_due_near_is_told_by_month_and_far_by_year() -> None:
    today = date(2026, 11, 22)
    near = _profile("PKR", [(date(2027, 1, 5), "bill", 500), (date(2026, 11, 20), "bill", 7)], today)
    assert [row[0].text for row in near.table.rows] == ["overdue", "Nov 26", "Dec 26", "Jan 27"]
    assert [row[-1].text for row in near.table.rows] == ["PKR 0.07", "PKR 0.00", "PKR 0.00", "PKR 5.00"]
    assert near.words == "PKR 5.07 of face is outstanding, the next on 5 Jan 2027, the last on 5 Jan 2027."
    far = _profile("PKR", [(date(2027, 1, 5), "bill", 500), (date(2029, 7, 1), "bond", 900)], today)
    assert [row[0].text for row in far.table.rows] == ["2026", "2027", "2028", "2029"]
    assert far.table.columns[0].title == "Year"
    gone = _profile("PKR", [(date(2026, 11, 20), "bill", 7)], today)
    assert [row[0].text for row in gone.table.rows] == ["overdue", "Nov 26"]


@pytest.mark.django_db
def test_the_profile_is_what_the_register_says(books: Books) -> None:
    type(books.token).objects.filter(pk=books.token.pk).update(state="LIVE")
    (chart,) = redemption_profiles(NOW)
    total = 30 * books.token.minor_per_unit
    assert chart.words.startswith(f"{money(total, 'PKR')} of face is outstanding, the next on ")
    assert sum(cell.sort for row in chart.table.rows for cell in row[-1:]) == total
    books.series.refresh_from_db()
    late = NOW + timedelta(days=40_000)
    assert redemption_profiles(late)[0].table.rows[0][0].text == "overdue"


@pytest.mark.django_db
def test_a_reserve_falls_due_at_no_day(case: Examined, gold: Books, contract: Contract) -> None:
    ounce(gold, contract)
    type(gold.token).objects.filter(pk=gold.token.pk).update(state="LIVE")
    assert redemption_profiles(NOW) == []


@pytest.mark.django_db
def test_supply_is_drawn_run_by_run(books: Books, contract: Contract) -> None:
    run(books)
    assert drawn(books.token) == []
    contract.balances[A] += 3
    red = run(books)
    (chart,) = drawn(books.token)
    told = "contract 33 units, register 30 units, blocked at the registry 50 units"
    assert chart.words == f"In the latest of 2 runs: {told}."
    block = f"block {red.block_number}"
    assert [[cell.text for cell in row] for row in chart.table.rows] == [
        [block, "33 units", "30 units", "50 units"], [block, "30 units", "30 units", "50 units"],
    ]  # fmt: skip
    assert Run.objects.count() == 2


@pytest.mark.django_db
def test_a_reserve_is_drawn_against_vault_and_examiner(case: Examined, gold: Books, contract: Contract) -> None:
    ounce(gold, contract)
    run(gold)
    run(gold)
    supply, backing = drawn(gold.token)
    assert supply.legend[0] == (0, "contract")
    assert backing.words == (
        "In the latest of 2 runs: what the units need 1.000 fine troy ounce, "
        "on the vault's list 1,193.176 fine troy ounces, "
        "attested, less what is held back 1,181.244 fine troy ounces."
    )


@pytest.mark.django_db
def test_charts_stand_where_people_look(client: Client, books: Books, settings: object) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()
    type(books.token).objects.filter(pk=books.token.pk).update(state="LIVE")
    run(books)
    run(books)
    places = ((None, "/public/", 1), (Role.AUDITOR, "/assurance/", 2), (Role.DEBT_MAKER, "/office/", 1))
    for role, address, count in places:
        if role:
            client.force_login(person(role))
        shown = page(client, address)
        assert shown.count('role="img" aria-labelledby=') == count, address
        assert shown.count("The same in figures</summary>") == count
    assert wallet(0xA).address not in page(client, "/public/")
