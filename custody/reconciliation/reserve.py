"""The vault's side of a run: what lies behind a reserve token by our own record, and by its keeper's latest list.

Items are read when the run is made; the list is the latest as of the block.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from custody.reconciliation.books import Books
from custody.reconciliation.equations import Equation, Observations, differences
from custody.reconciliation.models import Break, Source
from custody.reserves.kinds import Form
from custody.reserves.models import VaultList, VaultListLine
from custody.reserves.selectors import items_backing, latest_list

if TYPE_CHECKING:
    from custody.reserves.models import VaultItem

BEHIND = "items behind it"


def read_reserve(books: Books) -> None:
    """Fine quantities by item key, in the measure's smallest unit; nothing for a token that no reserve backs."""
    token = books.token
    if token.is_cash or not token.series.is_reserve:
        return
    ours = {item.pk: item for item in items_backing(token)}
    lists = [latest_list(vault, books.block.timestamp) for vault in {item.vault for item in ours.values()}]
    found = [one for one in lists if one is not None]
    listed = dict(VaultListLine.objects.filter(list__in=found, item__in=ours).values_list("item", "fine_minor"))
    _add(books, Source.REGISTER, {_named(item): item.fine_minor for item in ours.values()})
    _add(books, Source.VAULT, {_named(ours[pk]): fine for pk, fine in listed.items()})
    supply = sum(item.value for item in books.seen if (item.source, item.name) == (Source.REGISTER, "positions"))
    books.add(Source.REGISTER, "backing needed", supply * token.minor_per_unit, "minor")
    _told(books, found, list(ours.values()))


def _named(item: VaultItem) -> str:
    """Once behind the token: a batch is called so within its own vault only."""
    return item.key if item.form == Form.BAR else f"{item.vault.code} {item.key}"


def _add(books: Books, source: Source, fine: dict[str, int]) -> None:
    parts = {key: str(fine[key]) for key in sorted(fine)}
    books.add(source, BEHIND, sum(fine.values()), "minor", **parts)


def _told(books: Books, lists: list[VaultList], items: list[VaultItem]) -> None:
    """Which list of which vault was read; a vault without one is named."""
    for one in sorted(lists, key=lambda row: row.pk):
        words = f"{one.as_of.isoformat()}, SHA-256 {one.file.sha256}"
        books.add(Source.VAULT, f"list of {one.vault}"[:60], one.number, "number", as_of=words)
    told = {one.vault_id for one in lists}
    silent = sorted({str(item.vault) for item in items if item.vault_id not in told})
    books.skipped.extend(f"vault: {name} has sent no list yet" for name in silent)


def reserve_equations(seen: Observations) -> Iterator[Equation]:
    """Each item behind the token is on its vault's list with the same weight; and together they cover the units."""
    wrong = differences(seen.parts(Source.REGISTER, BEHIND), seen.parts(Source.VAULT, BEHIND))
    yield Equation(
        "reserve.items",
        "every item behind the token = the same item on its vault's latest list",
        sum(abs(value) for value in wrong.values()),
        0,
        Break.Kind.RESERVE_ITEM,
        unit="minor",
        detail={key: str(value) for key, value in wrong.items()},
    )
    needed, listed = seen[Source.REGISTER, "backing needed"], seen[Source.VAULT, BEHIND]
    yield Equation(
        "reserve.backing",
        "what the units need <= what lies behind them by the vault's list",
        max(needed - listed, 0),
        0,
        Break.Kind.RESERVE_SHORT,
        unit="minor",
        detail={"needed": str(needed), "listed": str(listed)},
    )
