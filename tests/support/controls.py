"""Taking one guard away, in a transaction that is rolled back: what it refuses must then pass."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg import sql


def _without(owner: psycopg.Connection[Any], table: str, guard: str) -> None:
    named = owner.execute(
        "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname LIKE %s",
        [table, f"pgtrigger_{guard}_%"],
    ).fetchall()
    assert len(named) <= 1, named
    if not named and not owner.execute("SELECT 1 FROM pg_constraint WHERE conname = %s", [guard]).fetchall():
        # Unique for some rows only: an index without a constraint.
        owner.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(guard)))
        return
    change = "DISABLE TRIGGER {}" if named else "DROP CONSTRAINT {}"
    name = named[0][0] if named else guard
    owner.execute(sql.SQL("ALTER TABLE {} " + change).format(sql.Identifier(table), sql.Identifier(name)))


def guard_is_what_refuses(
    owner: psycopg.Connection[Any], *, table: str, guard: str, statement: str, words: str
) -> None:
    """Refused as the table's owner with the guard on; done with that guard off and every other one still on.

    `owner` is in autocommit. Nothing stays changed.
    """
    with pytest.raises(psycopg.errors.IntegrityError, match=words):
        _tried(owner, statement)
    owner.execute("BEGIN")
    try:
        _without(owner, table, guard)
        assert owner.execute(statement).rowcount >= 1, "control: nothing else refuses it"
        owner.execute("SET CONSTRAINTS ALL IMMEDIATE")
    finally:
        owner.execute("ROLLBACK")
    with pytest.raises(psycopg.errors.IntegrityError, match=words):
        _tried(owner, statement)


def _tried(owner: psycopg.Connection[Any], statement: str) -> None:
    owner.execute("BEGIN")
    try:
        owner.execute(statement)
        owner.execute("SET CONSTRAINTS ALL IMMEDIATE")
    finally:
        owner.execute("ROLLBACK")
