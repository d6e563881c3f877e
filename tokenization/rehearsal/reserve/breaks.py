"""Two sabotages of outside records: a depository's statement one unit short, a bar that the vault's list leaves out."""

from __future__ import annotations

from collections.abc import Sequence

from custody.reconciliation.models import Break
from custody.reserves.models import VaultItem
from tokenization.kernel import clock
from tokenization.rehearsal import depository
from tokenization.rehearsal.checks import Check, check
from tokenization.rehearsal.phases.books import reconciled
from tokenization.rehearsal.phases.sabotage import break_closed
from tokenization.rehearsal.reserve.figures import GOLD
from tokenization.rehearsal.reserve.mandate import token
from tokenization.rehearsal.reserve.vault import present, send_list


def statement_short() -> Sequence[Check]:
    """The depository's next statement is one unit short: one break of that name, and none of another."""
    if _found("REGISTRY_STATEMENT_MISMATCH") is None:
        depository.book(key="sabotage-out", isin=GOLD.isin, at=clock.now(), immobilised=-1)
        reconciled("statement one unit short", open_breaks={GOLD.isin: 1})
    found = _found("REGISTRY_STATEMENT_MISMATCH")
    assert found is not None  # noqa: S101
    checks = [check("the break is the statement's", 1, abs(int(found.units)))]
    if found.state == "OPEN":
        depository.book(key="sabotage-back", isin=GOLD.isin, at=clock.now(), immobilised=1)
        reconciled("statement corrected", open_breaks={GOLD.isin: 1})
        break_closed(found, "The depository sent a corrected statement.")
    return [*checks, *_all_closed(), *reconciled("statement break closed")]


def bar_missing() -> Sequence[Check]:
    """The vault's next list leaves out one bar behind the token: one break, which names the bar."""
    missing = VaultItem.objects.filter(token=token(GOLD), state="ALLOCATED").order_by("key")[2]
    if _found("RESERVE_ITEM") is None:
        send_list(GOLD, [line for line in present(GOLD) if line.key != missing.key])
        reconciled("a bar is missing", open_breaks={GOLD.isin: 1})
    found = _found("RESERVE_ITEM")
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


def _found(kind: str) -> Break | None:
    return Break.objects.filter(token=token(GOLD), kind=kind).first()


def _all_closed() -> list[Check]:
    return [check("open breaks of the token", 0, Break.objects.filter(token=token(GOLD), state="OPEN").count())]
