"""What lies behind a gold token, against its vault's latest list: one missing bar is one break, and names the bar."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from custody.reconciliation.breaks import findings
from custody.reconciliation.equations import Equation, Observations, Observed
from custody.reconciliation.models import Break, Run, Source
from custody.reconciliation.reserve import BEHIND, reserve_equations
from custody.reconciliation.services import replays
from custody.reserves.lists import ParsedList
from custody.reserves.models import Vault, VaultItem
from tests.db.reconciliation.world import Contract, failed, run
from tests.factories import commodities, issuance, reserves, vault_lists
from tests.factories.ledger import NOW, Books

pytestmark = pytest.mark.django_db


@pytest.fixture
def bars() -> list[VaultItem]:
    return reserves.bars(3)


@pytest.fixture
def gold(contract: Contract, bars: list[VaultItem]) -> Books:
    """A gold token with three bars behind it and no unit issued yet."""
    office = issuance.office()
    row = commodities.series(office, commodities.programme(office, "XAU", ceiling=100_000_000))
    made = Books(series=row)
    reserves.allocate(bars, made.token)
    made.mine_and_post()
    return made


def next_list(vault: Vault, *, without: tuple[int, ...] = (), days: int = 1) -> None:
    found: ParsedList = vault_lists.weight_list(3, without=without)
    head = replace(found.head, number=1 + days, as_of=found.head.as_of + timedelta(days=days))
    reserves.take(vault, replace(found, head=head), now=NOW)


def sides(made: Run, name: str) -> tuple[int, int, dict[str, str]]:
    row = made.equations.get(name=name)
    return int(row.left), int(row.right), row.detail


def test_every_bar_on_the_list_is_green(gold: Books, bars: list[VaultItem]) -> None:
    made = run(gold)
    total = sum(bar.fine_minor for bar in bars)
    assert failed(made) == []
    assert sides(made, "reserve.items") == (0, 0, {})
    assert sides(made, "reserve.backing") == (0, 0, {"needed": "0", "listed": str(total)})
    for source in ("REGISTER", "VAULT"):
        seen = made.observations.get(source=source, name=BEHIND)
        assert (seen.value, seen.unit, seen.detail) == (
            total, "minor", {bar.key: str(bar.fine_minor) for bar in sorted(bars, key=lambda bar: bar.key)},
        )  # fmt: skip
    assert "statement: the vault's list is compared in its place" in made.skipped
    assert replays(made)


def test_a_bar_missing_from_the_next_list_is_one_break_that_names_it(gold: Books, bars: list[VaultItem]) -> None:
    first = run(gold)
    next_list(bars[0].vault, without=(1,))
    made = run(gold)
    missing = bars[1]
    assert (first.green, made.green, failed(made)) == (True, False, ["reserve.items"])
    assert sides(made, "reserve.items") == (missing.fine_minor, 0, {missing.key: str(missing.fine_minor)})
    found = Break.objects.get()
    assert (found.kind, found.key, found.units, found.unit) == (
        "RESERVE_ITEM", f"RESERVE_ITEM:{missing.key}", missing.fine_minor, "minor",
    )  # fmt: skip
    assert found.story == (f"{missing.key}: 396.761 fine troy ounces behind the token, not on its vault's latest list.")
    missing.refresh_from_db()
    assert (missing.state, missing.token) == ("ALLOCATED", gold.token)  # it is told, and nothing is repaired
    again = run(gold)
    found.refresh_from_db()
    assert (Break.objects.count(), found.last_seen, found.opened_by) == (1, again, made)


def test_two_missing_bars_are_two_breaks_and_the_next_whole_list_ends_both(gold: Books, bars: list[VaultItem]) -> None:
    next_list(bars[0].vault, without=(0, 2))
    made = run(gold)
    keys = sorted(f"RESERVE_ITEM:{bar.key}" for bar in (bars[0], bars[2]))
    assert sorted(Break.objects.values_list("key", flat=True)) == keys
    next_list(bars[0].vault, days=2)
    assert run(gold).green
    assert set(Break.objects.values_list("state", "last_seen")) == {("OPEN", made.pk)}


def test_a_list_of_after_the_block_is_not_read(gold: Books, bars: list[VaultItem]) -> None:
    """The register stands at its block: what the vault says of a later instant is of a later run."""
    late = (NOW - vault_lists.AS_OF).days + 3
    found = vault_lists.weight_list(3, without=(1,))
    head = replace(found.head, number=2, as_of=found.head.as_of + timedelta(days=late))
    reserves.take(bars[0].vault, replace(found, head=head), now=NOW + timedelta(days=5))
    assert run(gold).green


def test_a_bond_has_no_reserve(books: Books) -> None:
    made = run(books)
    assert not made.observations.filter(source="VAULT").exists()
    assert not made.equations.filter(name__startswith="reserve.").exists()


# One cause, one break: from observations alone ------------------------------------------------------------------------


def told(behind: dict[str, int], listed: dict[str, int], needed: int) -> list[Equation]:
    def seen(source: Source, name: str, parts: dict[str, int]) -> Observed:
        return Observed(source, name, sum(parts.values()), "minor", {key: str(value) for key, value in parts.items()})

    rows = [seen(Source.REGISTER, BEHIND, behind), seen(Source.VAULT, BEHIND, listed)]
    return list(reserve_equations(Observations([*rows, Observed(Source.REGISTER, "backing needed", needed)])))


BOTH = {"A/1/2020": 400, "A/2/2020": 300}


@pytest.mark.parametrize(
    ("listed", "needed", "breaks"),
    [
        (BOTH, 700, []),
        (BOTH, 701, [("RESERVE_SHORT", "RESERVE_SHORT", 1, ["reserve.backing"])]),
        ({"A/1/2020": 400}, 400, [("RESERVE_ITEM", "RESERVE_ITEM:A/2/2020", 300, ["reserve.items"])]),
        (
            {"A/1/2020": 400},
            700,
            [("RESERVE_ITEM", "RESERVE_ITEM:A/2/2020", 300, ["reserve.items", "reserve.backing"])],
        ),
        (
            {"A/1/2020": 400},
            701,
            [
                ("RESERVE_ITEM", "RESERVE_ITEM:A/2/2020", 300, ["reserve.items"]),
                ("RESERVE_SHORT", "RESERVE_SHORT", 301, ["reserve.backing"]),
            ],
        ),
        (
            {"A/1/2020": 400, "A/2/2020": 299},
            700,
            [("RESERVE_ITEM", "RESERVE_ITEM:A/2/2020", 1, ["reserve.items", "reserve.backing"])],
        ),
        (
            {"A/1/2020": 400, "A/2/2020": 302},
            700,
            [("RESERVE_ITEM", "RESERVE_ITEM:A/2/2020", -2, ["reserve.items"])],
        ),
    ],
)
def test_what_a_missing_item_makes_short_is_told_once(
    listed: dict[str, int], needed: int, breaks: list[tuple[str, str, int, list[str]]]
) -> None:
    found = findings(told(BOTH, listed, needed), [], 0)
    assert [(one.kind, one.key, one.units, one.equations) for one in found] == breaks


def test_the_page_of_what_was_read_says_which_list(gold: Books, bars: list[VaultItem]) -> None:
    made = run(gold)
    seen = made.observations.get(source="VAULT", name=f"list of {bars[0].vault}")
    assert (seen.value, seen.unit) == (1, "number")
    assert seen.detail["as_of"].startswith(f"{vault_lists.AS_OF.isoformat()}, SHA-256 0x")
