"""What the database refuses of an auction, each with the guard off as its control."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.factories import auction as make
from tests.factories import issuance as made
from tests.support.clones import Clone
from tests.support.controls import guard_is_what_refuses

FROZEN = "are approved and never change"
CLOSED = "state = 'CLOSED', closed_at = {}"


def change(said: str, state: str = "ANNOUNCED") -> str:
    return f"UPDATE auction_auction SET {said} WHERE state = '{state}'"


def again(**changes: str) -> str:
    names = (
        "series_id", "number", "rule", "target_minor", "opens_at", "closes_at", "settlement_date",
        "direct_categories", "state", "closed_at",
    )  # fmt: skip
    said = {name: name for name in names} | {"number": "number + 7"} | changes
    return (
        f"INSERT INTO auction_auction ({', '.join(names)}) SELECT {', '.join(said[name] for name in names)} "
        "FROM auction_auction WHERE state = 'DRAFT'"
    )


GUARDS = [
    *(
        ("auction_terms_frozen", change(said), FROZEN)
        for said in (
            "number = number + 1",
            "rule = 'PK-GIS'",
            "target_minor = target_minor + 500000",
            "opens_at = opens_at - interval '1 hour'",
            "closes_at = closes_at + interval '1 millisecond'",
            "settlement_date = settlement_date + 1",
            "direct_categories = ARRAY['FUND']::varchar[]",
            "state = 'DRAFT'",
        )
    ),
    ("auction_no_delete", "DELETE FROM auction_auction", "never rewritten or removed"),
    (
        "auction_closed_in_time",
        change(CLOSED.format("closes_at - interval '1 millisecond'")),
        "auction_closed_in_time",
    ),
    ("auction_closed_in_time", change("state = 'CLOSED'"), "auction_closed_in_time"),
    ("auction_closed_in_time", change("closed_at = closes_at"), "auction_closed_in_time"),
    ("auction_state", change("state = 'OPEN'"), "auction_state"),
    ("auction_number_once", again(number="number"), "auction_number_once"),
    ("auction_number_from_one", again(number="0"), "auction_number_from_one"),
    ("auction_target_positive", again(target_minor="0"), "auction_target_positive"),
    ("auction_opens_before_it_closes", again(opens_at="closes_at"), "auction_opens_before_it_closes"),
    (
        "auction_times_to_the_millisecond",
        again(closes_at="closes_at + interval '1 microsecond'"),
        "auction_times_to_the_millisecond",
    ),
    (
        "auction_direct_categories_known",
        again(direct_categories="'{}'"),
        "auction_direct_categories_known",
    ),
    (
        "auction_direct_categories_known",
        again(direct_categories="ARRAY['ANYBODY']::varchar[]"),
        "auction_direct_categories_known",
    ),
]


@pytest.fixture(scope="module")
def owner(clone: Clone) -> Iterator[psycopg.Connection[Any]]:
    """The owner of a clone with one draft and one announced auction."""
    with clone.filling():
        people = made.office()
        make.announced(people)
        make.draft(people)
    with clone.as_owner() as connection:
        yield connection


@pytest.mark.parametrize(
    ("guard", "statement", "words"), GUARDS, ids=[f"{at}-{row[0]}" for at, row in enumerate(GUARDS)]
)
def test_the_database_refuses(owner: psycopg.Connection[Any], guard: str, statement: str, words: str) -> None:
    guard_is_what_refuses(owner, table="auction_auction", guard=guard, statement=statement, words=words)
    states = owner.execute("SELECT state FROM auction_auction ORDER BY state").fetchall()
    assert states == [("ANNOUNCED",), ("DRAFT",)]
