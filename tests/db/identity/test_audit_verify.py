"""Verification names the first altered row also when a superuser switched the triggers off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from tests.factories.identity import NOW
from tests.support.audit import RECHAIN
from tokenization.identity import audit
from tokenization.identity.actors import system_user
from tokenization.identity.models import AuditEntry

Connect = Callable[..., psycopg.Connection[Any]]
TABLE = "identity_auditentry"


@pytest.fixture
def superuser(committed: str, connect: Connect) -> psycopg.Connection[Any]:
    """Nine committed entries, and a superuser for whom no trigger fires."""
    for number in range(1, 10):
        audit.record(actor=system_user(), action="test.done", subject=f"test:{number}", body={"n": number}, now=NOW)
    other = connect("postgres")
    other.execute("SET session_replication_role = replica")
    return other


def heads() -> list[tuple[int, str]]:
    return [(s or 0, h or "") for s, h in AuditEntry.objects.order_by("sequence").values_list("sequence", "hash")]


def test_control_an_untouched_chain_is_good(superuser: psycopg.Connection[Any]) -> None:
    result = audit.verify(heads())
    assert (result.ok, result.first_altered, result.entries) == (True, None, 9)
    assert result.message == "9 entries, each hash recomputed, 9 outside heads agree."


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("body", "'{\"n\":500}'"),
        ("actor_name", "'somebody else'"),
        ("action", "'test.undone'"),
        ("subject", "'test:99'"),
        ("at", "at + interval '1 microsecond'"),
        ("actor_id", "actor_id + 1"),
        ("id", "id + 1000"),
        ("previous_hash", "'0x" + "a" * 64 + "'"),
        ("hash", "'0x" + "a" * 64 + "'"),
    ],
)
def test_any_altered_column_is_found_and_the_row_named(
    superuser: psycopg.Connection[Any], column: str, value: str
) -> None:
    assert superuser.execute(f"UPDATE {TABLE} SET {column} = {value} WHERE sequence = 4").rowcount == 1
    result = audit.verify()
    assert (result.ok, result.first_altered, result.entries) == (False, 4, 3)
    assert result.message == "Entry 4 was altered: its hash is not the hash of its content."


def test_two_altered_rows_the_first_is_named(superuser: psycopg.Connection[Any]) -> None:
    superuser.execute(f"UPDATE {TABLE} SET body = '{{}}' WHERE sequence IN (7, 3)")
    assert audit.verify().first_altered == 3


@pytest.mark.parametrize("gone", [1, 5, 8])
def test_a_deleted_row_is_missed(superuser: psycopg.Connection[Any], gone: int) -> None:
    superuser.execute(f"DELETE FROM {TABLE} WHERE sequence = {gone}")
    result = audit.verify()
    assert (result.first_altered, result.message) == (gone, f"Entry {gone} is missing: it was removed.")


def test_a_row_put_in_with_the_triggers_off_has_no_place(superuser: psycopg.Connection[Any]) -> None:
    superuser.execute(
        f"INSERT INTO {TABLE} (at, actor_id, actor_name, action, subject, body) "
        f"SELECT at, actor_id, actor_name, action, subject, body FROM {TABLE} WHERE sequence = 2"
    )
    result = audit.verify()
    assert (result.ok, result.first_altered) == (False, 10)
    assert "put in with the triggers off" in result.message


def test_a_row_whose_own_hash_was_recomputed_breaks_the_next_and_is_named(superuser: psycopg.Connection[Any]) -> None:
    superuser.execute(f"UPDATE {TABLE} SET body = '{{}}' WHERE sequence = 5")
    superuser.execute(RECHAIN.format(first=5, stop="EXIT;"))
    result = audit.verify()
    assert result.first_altered == 5
    assert result.message == "Entry 5 was altered and its hash rewritten: entry 6 does not follow from it."


def test_a_chain_recomputed_to_the_end_is_found_by_the_heads_kept_outside(superuser: psycopg.Connection[Any]) -> None:
    kept = heads()
    superuser.execute(f"UPDATE {TABLE} SET body = '{{}}' WHERE sequence = 5")
    superuser.execute(RECHAIN.format(first=5, stop=""))
    assert audit.verify().ok, "control: the recomputed chain agrees with itself"
    every = audit.verify(kept)
    assert (every.ok, every.first_altered) == (False, 5)
    assert every.message.startswith("Entry 5 was rewritten and the chain recomputed")
    few = audit.verify([kept[2], kept[7]])
    assert (few.ok, few.first_altered) == (False, 4)
    assert few.message.startswith("Some of the entries 4 to 8 were rewritten")


def test_a_wholly_recomputed_chain_is_found(superuser: psycopg.Connection[Any]) -> None:
    last = audit.head()
    superuser.execute(f"UPDATE {TABLE} SET actor_name = 'innocent'")
    superuser.execute(RECHAIN.format(first=1, stop=""))
    assert audit.verify().ok, "control: the recomputed chain agrees with itself"
    assert audit.verify([last]).first_altered == 1


def test_a_cut_tail_is_found_by_a_head_kept_outside(superuser: psycopg.Connection[Any]) -> None:
    last = audit.head()
    superuser.execute(f"DELETE FROM {TABLE} WHERE sequence > 6")
    assert audit.verify().ok, "control: what is left agrees with itself"
    result = audit.verify([last])
    assert (result.ok, result.first_altered, result.entries) == (False, 7, 6)
    assert result.message == "Entries 7 to 9 are missing: a head kept outside shows that they existed."


def test_an_emptied_table_is_found(superuser: psycopg.Connection[Any]) -> None:
    last = audit.head()
    superuser.execute(f"TRUNCATE {TABLE}")
    assert audit.head() == (0, audit.ZERO_HASH)
    assert audit.verify([last]).first_altered == 1


def test_two_stores_that_disagree_are_not_both_right(superuser: psycopg.Connection[Any]) -> None:
    good = heads()[3]
    result = audit.verify([good, (4, "0x" + "e" * 64)])
    assert (result.ok, result.first_altered) == (False, 1)


def test_a_doubled_sequence_is_named(superuser: psycopg.Connection[Any]) -> None:
    # The unique constraint holds even without triggers; a superuser can drop that too.
    superuser.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT identity_auditentry_sequence_key")
    superuser.execute(
        f"INSERT INTO {TABLE} (sequence, at, actor_id, actor_name, action, subject, body, previous_hash, hash) "
        f"SELECT sequence, at, actor_id, actor_name, action, subject, body, "
        f"previous_hash, hash FROM {TABLE} WHERE sequence = 4"
    )
    result = audit.verify()
    assert (result.first_altered, result.message) == (4, "Entry 4 stands there twice.")
    superuser.execute(f"DELETE FROM {TABLE}")
    superuser.execute(f"ALTER TABLE {TABLE} ADD CONSTRAINT identity_auditentry_sequence_key UNIQUE (sequence)")


def test_a_later_honest_entry_does_not_hide_an_alteration(superuser: psycopg.Connection[Any]) -> None:
    superuser.execute(f"UPDATE {TABLE} SET body = '{{}}' WHERE sequence = 9")
    audit.record(actor=system_user(), action="test.done", subject="test:10", body={}, now=NOW)
    assert audit.verify().first_altered == 9
