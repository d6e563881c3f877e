"""The verifier's checks by their first words, and the issuer's own hand in one row of a pack."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.db.reconciliation.evidence.world import Members, Verified, members_of, rows, written

FILES, ROOT, SIGNED = "every file is the one", "the Merkle root", "signed by"
EQUATIONS, REGISTER, APPROVED = "every equation", "the register's entries", "every effect was approved"
CONFIRMED, HELD, BACKED, AUDITED = (
    "the registrar signed",
    "statements and stored files",
    "what backs a reserve",
    "the audit entries",
)
ALL = (FILES, ROOT, SIGNED, EQUATIONS, REGISTER, APPROVED, CONFIRMED, HELD, BACKED, AUDITED)


def only(found: Verified, check: str, *faults: str) -> None:
    """Exactly these faults; every other check found nothing, so that without this one the pack would pass."""
    assert found.faults == list(faults)
    assert found.code == 1
    assert [line for line in found.fine if line.startswith(check)] == []
    assert len(found.fine) == len(ALL) - 1


def edit(path: str, number: int, **values: Any) -> Callable[[Members], None]:
    def change(members: Members) -> None:
        found = rows(members, path)
        found[number] |= values
        members[path] = written(found)

    return change


def at(content: bytes, path: str, **wanted: Any) -> int:
    found = rows(members_of(content), path)
    return next(n for n, row in enumerate(found) if all(row[name] == value for name, value in wanted.items()))
