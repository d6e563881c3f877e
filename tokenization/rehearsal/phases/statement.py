"""Sabotage of an outside record: the depository's next statement is one unit short."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from custody.reconciliation.models import Break
from tokenization.kernel import clock
from tokenization.rehearsal import depository, plan
from tokenization.rehearsal.checks import Check, check
from tokenization.rehearsal.phases.books import reconciled
from tokenization.rehearsal.phases.contracts import token
from tokenization.rehearsal.phases.sabotage import break_closed


def one_unit_short() -> Sequence[Check]:
    """One break, the statement's; the next statement is right again, and two close the break."""
    if not _breaks().exists():
        _booked("sabotage-out", -1)
        reconciled("statement one unit short", open_breaks=1)
    found = _breaks().get()
    checks = [check("short by, PKR minor units", plan.DENOMINATION_MINOR, abs(int(found.units)))]
    if found.state == "OPEN":
        _booked("sabotage-back", 1)
        reconciled("statement corrected", open_breaks=1)
        break_closed(found, "The depository sent a corrected statement.")
    found.refresh_from_db()
    return [*checks, check("the break is closed by two", "CLOSED", found.state), *reconciled("statement mended")]


def _breaks() -> QuerySet[Break]:
    return Break.objects.filter(token=token(), kind="REGISTRY_STATEMENT_MISMATCH")


def _booked(key: str, units: int) -> None:
    """In whole seconds, as a statement's as-of instant is: the next statement shows it."""
    depository.book(key=key, isin=plan.BILL, at=clock.now().replace(microsecond=0), immobilised=units)
