"""The pack of a long series: its rows are read in parts, and each is let go once it is written."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from django.db import models

from custody.instructions.models import Instruction
from custody.reconciliation.evidence import held, rows
from custody.reconciliation.evidence.content import pack_files
from custody.reconciliation.evidence.packing import with_row_hashes
from custody.reconciliation.evidence.rows import Scope
from custody.register.models import Entry
from tests.db.reconciliation.evidence.world import SignedBooks, audited
from tests.db.reconciliation.evidence.world import rows as rows_of
from tests.db.reconciliation.world import run
from tests.factories.ledger import wallet
from tokenization.identity import audit
from tokenization.identity.models import Approval, AuditEntry
from tokenization.kernel.canonical import sha256_hex

pytestmark = pytest.mark.django_db
ISSUES, CHUNK = 12, 4


@pytest.fixture
def most(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    """How many rows of each kind were in memory at once at the most."""
    found: dict[str, int] = {}
    for model in (Instruction, Approval, AuditEntry, Entry):
        _count(monkeypatch, model, found)
    monkeypatch.setattr(rows, "CHUNK", CHUNK, raising=False)
    monkeypatch.setattr(held, "CHUNK", CHUNK, raising=False)
    gc.freeze()  # each collection looks at what this test made, not at what a thousand tests before it left
    yield found
    gc.unfreeze()


def _count(monkeypatch: pytest.MonkeyPatch, model: type[models.Model], found: dict[str, int]) -> None:
    alive: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
    numbers, loaded = count(), model.from_db

    def load(*arguments: Any) -> Any:
        row = loaded(*arguments)
        alive[next(numbers)] = row
        if len(alive) > CHUNK:
            gc.collect()  # what only points at itself is let go too
        found[model.__name__] = max(found.get(model.__name__, 0), len(alive))
        return row

    monkeypatch.setattr(model, "from_db", staticmethod(load))


def test_no_more_than_a_part_of_it_is_in_memory(signed_books: SignedBooks, most: dict[str, int]) -> None:
    for _ in range(ISSUES):
        signed_books.issued(1, wallet(0xA))
    audited()
    scope = Scope(run(signed_books), *audit.head())
    most.clear()
    files, _ = pack_files(scope)
    assert len(rows_of(files, "instructions.jsonl")) == 2 * ISSUES + 4
    assert len(rows_of(files, "register-entries.jsonl")) == 2 * ISSUES + 2
    assert len(rows_of(files, "approvals.jsonl")) > ISSUES
    entries = rows_of(files, "audit-entries.jsonl")
    assert len(entries) > 2 * ISSUES
    assert [row["sequence"] for row in entries] == sorted(row["sequence"] for row in entries)
    # An instruction brings the one it is linked to; of approvals, with their items, one part goes as the next comes.
    bounds = dict.fromkeys(("Instruction", "Approval", "AuditEntry", "Entry"), 2 * CHUNK + 2)
    assert {name: most[name] <= bound for name, bound in bounds.items()} == dict.fromkeys(bounds, True), most


def test_the_rows_hashes_are_of_the_rows() -> None:
    made = with_row_hashes({"a.jsonl": b'{"n":1}\n{"n":2}\n', "b.jsonl": b"", "c.json": b"{}\n"})
    assert made["rows/a.jsonl.sha256"].decode().split() == [sha256_hex('{"n":1}'), sha256_hex('{"n":2}')]
    assert (made["rows/b.jsonl.sha256"], set(made)) == (
        b"", {"a.jsonl", "b.jsonl", "c.json", "rows/a.jsonl.sha256", "rows/b.jsonl.sha256"},
    )  # fmt: skip
