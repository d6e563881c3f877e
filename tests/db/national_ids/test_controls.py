"""Each guard of national identity numbers is what refuses: the same statement, as the owner, with it off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from tests.factories.identity import party
from tests.factories.national_ids import NUMBER, OTHER, natural, proposed, registered
from tests.support.clones import Clone
from tests.support.controls import guard_is_what_refuses
from tokenization.kernel import clock

TABLE = "identity_nationalid"
FIRST, COMPANY, SPARE = (f"(SELECT id FROM identity_party WHERE reference = '{name}')" for name in ("N1", "N2", "N3"))
UNUSED = "(SELECT id FROM identity_approval WHERE subject LIKE '% N3' AND state = 'APPROVED')"
PENDING = "(SELECT id FROM identity_approval WHERE subject LIKE '% N4' AND state = 'PENDING')"
INDEX = "'0x" + "ab" * 32 + "'"
SEALED = f"(SELECT min(number) FROM {TABLE})"
TAKEN = f"(SELECT number_index FROM {TABLE} WHERE valid_until IS NULL)"


def inserted(**more: str) -> str:
    values = {
        "party": SPARE, "scheme": "'CNIC'", "number": SEALED, "index": INDEX, "source": "'card'",
        "until": "NULL", "approval": UNUSED,
    } | more  # fmt: skip
    return (
        f"INSERT INTO {TABLE} (party_id, scheme, number, number_index, source, valid_from, valid_until, approval_id) "
        "VALUES ({party}, {scheme}, {number}, {index}, {source}, now(), {until}, {approval})".format(**values)
    )


GUARDS = [
    ("national_id_of_a_person", inserted(party=COMPANY), "only a natural person"),
    ("national_id_decided", inserted(approval=PENDING), "two persons verify"),
    ("national_id_one_party", inserted(index=TAKEN), "national_id_one_party"),
    ("national_id_one_at_a_time", inserted(party=FIRST), "national_id_one_at_a_time"),
    ("national_id_sourced", inserted(source="''"), "national_id_sourced"),
    ("national_id_scheme_known", inserted(scheme="'OTHER'"), "national_id_scheme_known"),
    ("national_id_period", inserted(until="now() - interval '1 day'"), "national_id_period"),
    (f"{TABLE}_number_check", inserted(number=f"'{NUMBER}'"), f"{TABLE}_number_check"),
    (f"{TABLE}_number_index_check", inserted(index="'0xplain'"), f"{TABLE}_number_index_check"),
    ("national_id_is_fixed", f"UPDATE {TABLE} SET source = 'heard' WHERE valid_until IS NULL", "national_id_is_fixed"),
    (
        "national_id_is_fixed",
        f"UPDATE {TABLE} SET number_index = {INDEX} WHERE valid_until IS NULL",
        "national_id_is_fixed",
    ),
    (
        "national_id_is_fixed",
        f"UPDATE {TABLE} SET valid_until = valid_until + interval '1 day' WHERE valid_until IS NOT NULL",
        "national_id_is_fixed",
    ),
    ("national_id_is_kept_no_delete", f"DELETE FROM {TABLE}", "never rewritten or removed"),
]


@pytest.fixture(scope="module")
def owner(clone: Clone) -> Iterator[psycopg.Connection[Any]]:
    """The owner of a clone: one person with a number and one before it, one with an approval that stands behind none,
    one whose number waits, and a company."""
    with clone.filling():
        now = clock.now()
        first = natural(reference="N1")
        registered(first, now=now - timedelta(days=2))
        registered(first, OTHER, now=now - timedelta(days=1))
        party(reference="N2", kind="COMPANY")
        registered(natural(reference="N3"), "10000-0000003-1", now=now)
        proposed(natural(reference="N4"), "10000-0000004-1", now=now)
    with clone.as_owner() as connection:
        connection.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER USER")
        connection.execute(f"DELETE FROM {TABLE} WHERE party_id = {SPARE}")
        connection.execute(f"ALTER TABLE {TABLE} ENABLE TRIGGER USER")
        yield connection


@pytest.mark.parametrize(
    ("guard", "statement", "words"), GUARDS, ids=[f"{at}-{row[0]}" for at, row in enumerate(GUARDS)]
)
def test_the_database_refuses(owner: psycopg.Connection[Any], guard: str, statement: str, words: str) -> None:
    def kept() -> list[tuple[Any, ...]]:
        return owner.execute(f"SELECT * FROM {TABLE} ORDER BY id").fetchall()

    before = kept()
    guard_is_what_refuses(owner, table=TABLE, guard=guard, statement=statement, words=words)
    assert kept() == before
    assert len(before) == 2


def test_the_same_row_without_its_fault_is_taken(owner: psycopg.Connection[Any]) -> None:
    """The control of the controls: nothing but the fault of each is refused."""
    owner.execute("BEGIN")
    try:
        assert owner.execute(inserted()).rowcount == 1
    finally:
        owner.execute("ROLLBACK")
