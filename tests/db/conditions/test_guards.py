"""What the database refuses of conditions and of a series without them, each with the guard off as its control."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.factories import commodities
from tests.factories import issuance as made
from tests.support.clones import Clone
from tests.support.controls import guard_is_what_refuses

TABLE, SERIES = "conditions_conditionprecedent", "series_series"
OPEN = "UPDATE series_series SET state = 'APPROVED' WHERE name = '{}'"
AGAIN = f"""
    INSERT INTO {TABLE} (series_id, kind, holder, share_bp, words, instrument, document_id, replaces_id, recorded_by_id,
        recorded_at)
    SELECT {{series_id}}, {{kind}}, {{holder}}, {{share_bp}}, {{words}}, {{instrument}}, document_id, {{replaces_id}},
        recorded_by_id, recorded_at
    FROM {TABLE} WHERE holder = 'Half' LIMIT 1
"""  # noqa: S608
COLUMNS = ("series_id", "kind", "holder", "share_bp", "words", "instrument", "replaces_id")
DRAFT = "(SELECT id FROM series_series WHERE name = '{}')"


def again(**changes: str) -> str:
    return AGAIN.format(**{name: name for name in COLUMNS} | {"holder": "'Other'", "replaces_id": "NULL"} | changes)


MET, ORDER, CARRIES = "series_conditions_met", "condition_recorded_in_order", "condition_instrument_carries"
SHARE = "condition_share_of_a_title"
NO_CHANGE = "never rewritten or removed"
BORN_OPEN = """
    INSERT INTO series_series SELECT (jsonb_populate_record(s, jsonb_build_object(
        'id', nextval(pg_get_serial_sequence('series_series', 'id')), 'isin', 'XXTEST999990', 'state', 'APPROVED'))).*
    FROM series_series s WHERE s.name = 'no title'
"""
GUARDS = [
    (SERIES, MET, OPEN.format("no title"), "lacks titles to all of it"),
    (SERIES, MET, OPEN.format("no consent"), "lacks a consent"),
    (SERIES, MET, OPEN.format("no clearance"), "lacks a lenders' clearance"),
    (SERIES, MET, OPEN.format("nothing"), "lacks titles to all of it, a consent, a lenders' clearance"),
    (SERIES, MET, OPEN.format("nothing").replace("APPROVED", "LIVE"), "lacks titles to all of it"),
    (SERIES, MET, BORN_OPEN, "lacks titles to all of it, a consent, a lenders' clearance"),
    (TABLE, ORDER, again(share_bp="5001"), ORDER),
    (TABLE, ORDER, again(series_id=DRAFT.format("open")), ORDER),
    (TABLE, ORDER, again(series_id="(SELECT id FROM series_series WHERE kind = 'MTB')"), ORDER),
    (TABLE, ORDER, again(replaces_id=f"(SELECT max(id) FROM {TABLE})"), ORDER),  # noqa: S608
    (TABLE, CARRIES, again(instrument="'MEMORANDUM'", share_bp="1"), CARRIES),
    (TABLE, CARRIES, again(kind="'CONSENT'", share_bp="NULL", instrument="'MEMORANDUM'"), CARRIES),
    (TABLE, CARRIES, again(kind="'LENDER_CLEARANCE'", share_bp="NULL", instrument="'MEMORANDUM'"), CARRIES),
    (TABLE, SHARE, again(share_bp="NULL"), SHARE),
    (TABLE, SHARE, again(share_bp="0"), SHARE),
    (TABLE, SHARE, again(kind="'CONSENT'", instrument="'LETTER'", share_bp="1"), SHARE),
    (TABLE, "condition_says_who_and_what", again(holder="''"), "condition_says_who_and_what"),
    (TABLE, "condition_says_who_and_what", again(words="''"), "condition_says_who_and_what"),
    (TABLE, "append_only_no_change", f"UPDATE {TABLE} SET words = 'x'", NO_CHANGE),  # noqa: S608
    (TABLE, "append_only_no_change", f"DELETE FROM {TABLE}", NO_CHANGE),  # noqa: S608
    (
        "authority_legalauthority",
        "authority_instrument_carries",
        "UPDATE authority_legalauthority SET instrument = 'MEMORANDUM' WHERE state = 'DRAFT'",
        "authority_instrument_carries",
    ),
]


@pytest.fixture(scope="module")
def owner(clone: Clone) -> Iterator[psycopg.Connection[Any]]:
    """The owner of a clone: drafts that each lack something, one with half a title, one series that opened, a bill."""
    with clone.filling():
        people = made.office()
        gold = commodities.programme(people)
        for left_out, label in (("TITLE", "no title"), ("CONSENT", "no consent"), ("LENDER_CLEARANCE", "no clearance")):
            row = commodities.draft(people, gold, name=label)
            for given in commodities.CONDITIONS:
                if given.get("kind", "TITLE") != left_out:
                    commodities.condition(people, row, **given)
        commodities.draft(people, gold, name="nothing")
        commodities.condition(people, commodities.draft(people, gold, name="half"), holder="Half", share_bp=5_000)
        commodities.series(people, gold, name="open")
        made.series_draft(**made.series_terms(made.programme(people)), actor=people.maker, now=people.now)
        made.authority_draft(
            reference="RAW",
            title="Test",
            law="Test Act",
            currency="PKR",
            ceiling_minor=1_000,
            valid_from=made.YEAR_START,
            valid_until=made.YEAR_END,
            actor=people.maker,
            now=people.now,
        )
    with clone.as_owner() as connection:
        yield connection


@pytest.mark.parametrize(
    ("table", "guard", "statement", "words"), GUARDS, ids=[f"{at}-{row[1]}" for at, row in enumerate(GUARDS)]
)
def test_the_database_refuses(
    owner: psycopg.Connection[Any], table: str, guard: str, statement: str, words: str
) -> None:
    guard_is_what_refuses(owner, table=table, guard=guard, statement=statement, words=words)
    opened = owner.execute("SELECT name FROM series_series WHERE state <> 'DRAFT' ORDER BY name").fetchall()
    assert opened == [("open",)]


def test_a_draft_that_lacks_everything_may_be_given_up_and_what_opened_moves_on(
    owner: psycopg.Connection[Any],
) -> None:
    for name, state in (("nothing", "CLOSED"), ("open", "LIVE")):
        owner.execute("BEGIN")
        moved = owner.execute("UPDATE series_series SET state = %s WHERE name = %s", [state, name]).rowcount
        owner.execute("ROLLBACK")
        assert moved == 1
