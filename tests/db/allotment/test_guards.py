"""What the database refuses of an allotment, each with the guard off as its control."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.factories import issuance as made
from tests.support.clones import Clone
from tests.support.controls import guard_is_what_refuses

NO_CHANGE = "never rewritten or removed"
# A second allotment: the columns of the first one but for what is said, on a commitment of its own.
AGAIN = """
    INSERT INTO allotment_allotment (series_id, settlement_date, price, accrued_minor, offer_id, party_id, units,
        face_minor, proceeds_minor, state, commitment_id, approval_id)
    SELECT {series_id}, {settlement_date}, {price}, {accrued_minor}, {offer_id}, {party_id}, units,
        face_minor, proceeds_minor, state, (SELECT max(id) FROM headroom_commitment), approval_id
    FROM allotment_allotment ORDER BY id LIMIT 1
"""
COLUMNS = ("series_id", "settlement_date", "price", "accrued_minor", "offer_id", "party_id")
OTHER = {"party_id": "(SELECT max(id) FROM identity_party)"}


def again(**changes: str) -> str:
    return AGAIN.format(**{name: name for name in COLUMNS} | OTHER | changes)


UPDATE = "UPDATE allotment_allotment SET {} WHERE id = (SELECT min(id) FROM allotment_allotment)"
SOURCE = "those of its source"
GUARDS = [
    ("allotment_follows_source", again(series_id="(SELECT max(id) FROM series_series)"), SOURCE),
    ("allotment_follows_source", again(settlement_date="settlement_date + 1"), SOURCE),
    ("allotment_follows_source", again(price="price + 0.0001"), SOURCE),
    ("allotment_one_source", again(offer_id="NULL"), "allotment_one_source"),
    ("allotment_accrued_within", again(accrued_minor="proceeds_minor"), "allotment_accrued_within"),
    ("allotment_once_per_party", again(party_id="party_id"), "allotment_once_per_party"),
    ("allotment_only_state_moves", UPDATE.format("price = price + 1"), "changes nothing but its state"),
    ("allotment_only_state_moves", UPDATE.format("accrued_minor = 1"), "changes nothing but its state"),
    ("allotment_no_delete", "DELETE FROM allotment_allotment", NO_CHANGE),
]


@pytest.fixture(scope="module")
def owner(clone: Clone) -> Iterator[psycopg.Connection[Any]]:
    """The owner of a clone with one allotment, a commitment that backs none, another series and another party."""
    with clone.filling():
        people = made.office()
        made.allot(people, made.offer(people), (made.party(people), 5))
        made.commitment(people, made.series(people), 1)
        made.party(people)
    with clone.as_owner() as connection:
        yield connection


@pytest.mark.parametrize(
    ("guard", "statement", "words"), GUARDS, ids=[f"{row[0]}-{at}" for at, row in enumerate(GUARDS)]
)
def test_the_database_refuses(owner: psycopg.Connection[Any], guard: str, statement: str, words: str) -> None:
    guard_is_what_refuses(owner, table="allotment_allotment", guard=guard, statement=statement, words=words)
    assert owner.execute("SELECT count(*), sum(units) FROM allotment_allotment").fetchone() == (1, 5)
