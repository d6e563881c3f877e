"""Sabotage of an outside record: the vault's next list leaves out a bar that is behind the token."""

from __future__ import annotations

from collections.abc import Sequence

from custody.reconciliation.models import Break
from custody.reserves.models import VaultItem
from tokenization.rehearsal.checks import Check, check
from tokenization.rehearsal.phases.books import reconciled
from tokenization.rehearsal.phases.sabotage import break_closed
from tokenization.rehearsal.reserve.figures import GOLD
from tokenization.rehearsal.reserve.mandate import token
from tokenization.rehearsal.reserve.vault import present, send_list


def bar_missing() -> Sequence[Check]:
    """The vault's next list leaves out one bar behind the token: one break, which names the bar."""
    missing = VaultItem.objects.filter(token=token(GOLD), state="ALLOCATED").order_by("key")[2]
    if _found() is None:
        send_list(GOLD, [line for line in present(GOLD) if line.key != missing.key])
        reconciled("a bar is missing", open_breaks={GOLD.isin: 1})
    found = _found()
    assert found is not None  # noqa: S101
    checks = [
        check("the break names the bar", True, missing.key in found.story),
        check("short by, 0.001 oz", missing.fine_minor, abs(int(found.units))),
    ]
    if found.state == "OPEN":
        send_list(GOLD, present(GOLD))
        reconciled("the list is whole again", open_breaks={GOLD.isin: 1})
        break_closed(found, "The vault's next list has the bar again.")
    return [*checks, *_all_closed(), *reconciled("bar found")]


def _found() -> Break | None:
    return Break.objects.filter(token=token(GOLD), kind="RESERVE_ITEM").first()


def _all_closed() -> list[Check]:
    return [check("open breaks of the token", 0, Break.objects.filter(token=token(GOLD), state="OPEN").count())]
