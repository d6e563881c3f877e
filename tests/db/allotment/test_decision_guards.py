"""What the database refuses of decisions and their allotments, each with the guard off as its control."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from issuance.allotment.models import AuctionDecision
from tests.factories import auction as make
from tests.factories import issuance as made
from tests.support.clones import Clone
from tests.support.controls import guard_is_what_refuses

NO_CHANGE = "never rewritten or removed"
NAMES = (
    "auction_id", "accept", "document", "document_sha256", "result", "result_sha256", "more_than_target_reason",
    "approval_id", "made_by_id", "made_at",
)  # fmt: skip
OPEN = "(SELECT id FROM auction_auction WHERE state = 'ANNOUNCED')"
CLOSED = "(SELECT id FROM auction_auction WHERE state = 'CLOSED')"
DECIDED = "(SELECT id FROM auction_auction WHERE state = 'ALLOTTED')"
OTHER = "(SELECT max(id) FROM identity_approval)"


def sha(text: str) -> str:
    return f"'0x' || encode(sha256(convert_to({text}, 'UTF8')), 'hex')"


def decision(**changes: str) -> str:
    """A second decision, on the closed auction, that allots what the first one did."""
    said = {name: name for name in NAMES} | {"auction_id": CLOSED, "approval_id": OTHER} | changes
    return (
        f"INSERT INTO allotment_auctiondecision ({', '.join(NAMES)}) "
        f"SELECT {', '.join(said[name] for name in NAMES)} FROM allotment_auctiondecision"
    )


EMPTY = """'{"allotments": []}'"""
COLUMNS = (
    "series_id", "settlement_date", "price", "accrued_minor", "bid_id", "party_id", "units", "face_minor",
    "proceeds_minor", "state", "commitment_id", "approval_id",
)  # fmt: skip
# The bid of the decided auction that got nothing, and a commitment that backs nothing.
SPARE = "(SELECT max(id) FROM headroom_commitment)"
LOSER = f"(SELECT min(b.id) FROM bid_bid b WHERE b.auction_id = {DECIDED} AND b.price = 97.4)"


def allotment(**changes: str) -> str:
    said = {name: name for name in COLUMNS} | {"commitment_id": SPARE} | changes
    return (
        f"INSERT INTO allotment_allotment ({', '.join(COLUMNS)}) "
        f"SELECT {', '.join(said[name] for name in COLUMNS)} FROM allotment_allotment ORDER BY id LIMIT 1"
    )


AS_DECIDED = "what the decision on its auction says"
MOVED = "; UPDATE auction_auction SET state = 'REJECTED', closed_at = closes_at WHERE state = '{}'"
DECISION, ALLOTMENT = "allotment_auctiondecision", "allotment_allotment"
# Of an empty result nothing need be written: with the auction moved along, only the guard under test is in the way.
NOTHING = {"result": EMPTY, "result_sha256": sha(EMPTY)}
GUARDS = [
    (DECISION, "append_only_no_change", "UPDATE allotment_auctiondecision SET accept = NULL", NO_CHANGE),
    (DECISION, "append_only_no_change", "DELETE FROM allotment_auctiondecision", NO_CHANGE),
    (
        DECISION, "decision_matches_its_hashes",
        decision(**NOTHING, document="document || ' '") + MOVED.format("CLOSED"), "decision_matches_its_hashes",
    ),
    (
        DECISION, "decision_matches_its_hashes",
        decision(result=EMPTY) + MOVED.format("CLOSED"), "decision_matches_its_hashes",
    ),
    (
        DECISION, "decision_of_a_closed_auction",
        decision(**NOTHING, auction_id=OPEN) + MOVED.format("ANNOUNCED"), "the auction is announced",
    ),
    (DECISION, "decision_allots_whole", decision(), "has 5 allotments, 0 are written"),
    (DECISION, "decision_allots_whole", decision(**NOTHING), "the auction is closed"),
    (ALLOTMENT, "allotment_as_decided", allotment(bid_id=LOSER), AS_DECIDED),
    (ALLOTMENT, "allotment_as_decided", allotment(bid_id=f"(SELECT min(id) FROM bid_bid WHERE auction_id = {CLOSED})"),
     AS_DECIDED),
    (ALLOTMENT, "allotment_one_source", allotment(bid_id="NULL"), "allotment_one_source"),
]  # fmt: skip
# The first allotment once more, wrongly: the bid may have one only, so its own uniqueness is taken away first.
FIGURES = (
    {"price": "price + 0.0001"},
    {"proceeds_minor": "proceeds_minor - 1"},
    {"face_minor": "face_minor + 100000"},
    {"accrued_minor": "1"},
    {"settlement_date": "settlement_date + 1"},
    {"series_id": "(SELECT max(id) FROM series_series)"},
    {"party_id": "(SELECT max(id) FROM identity_party)"},
)


@pytest.fixture(scope="module")
def owner(clone: Clone) -> Iterator[psycopg.Connection[Any]]:
    """The owner of a clone with one auction decided, one closed, one announced, and a commitment that backs nothing."""
    with clone.filling():
        people = made.office()
        make.decided(people, make.booked(people), {"cut_off": "97.5"})
        assert AuctionDecision.objects.count() == 1
        make.booked(people)
        make.announced(people)
        made.commitment(people, made.series(people), 1)
        made.party(people)
    with clone.as_owner() as connection:
        yield connection


def counts(owner: psycopg.Connection[Any]) -> Any:
    return owner.execute(
        "SELECT (SELECT count(*) FROM allotment_auctiondecision), (SELECT count(*) FROM allotment_allotment)"
    ).fetchone()


@pytest.mark.parametrize(
    ("table", "guard", "statement", "words"), GUARDS, ids=[f"{at}-{row[1]}" for at, row in enumerate(GUARDS)]
)
def test_the_database_refuses(
    owner: psycopg.Connection[Any], table: str, guard: str, statement: str, words: str
) -> None:
    guard_is_what_refuses(owner, table=table, guard=guard, statement=statement, words=words)
    assert counts(owner) == (1, 5)


@pytest.mark.parametrize("changes", [{}, *FIGURES], ids=lambda changes: next(iter(changes), "as it is"))
def test_every_figure_of_an_allotment_is_the_decisions(owner: psycopg.Connection[Any], changes: dict[str, str]) -> None:
    """With the bid's uniqueness off, the same allotment again passes; with one figure changed it does not."""
    unique = owner.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = 'allotment_allotment'::regclass AND contype = 'u' "
        "AND pg_get_constraintdef(oid) = 'UNIQUE (bid_id)'"
    ).fetchone()
    assert unique
    owner.execute("BEGIN")
    try:
        owner.execute(f"ALTER TABLE allotment_allotment DROP CONSTRAINT {unique[0]}")
        if changes:
            with pytest.raises(psycopg.errors.CheckViolation, match=AS_DECIDED):
                owner.execute(allotment(**changes))
        else:
            assert owner.execute(allotment()).rowcount == 1
    finally:
        owner.execute("ROLLBACK")
    assert counts(owner) == (1, 5)


def test_more_than_the_target_needs_a_reason_in_the_database_too(owner: psycopg.Connection[Any]) -> None:
    """The same result with a reason gets past the insert (and would fail at commit: it is not carried out)."""
    larger = "replace(result, '\"face\": 2000000', '\"face\": 9000000')"
    said = {"result": larger, "result_sha256": sha(larger)}
    for reason, passes in (("' '", False), ("'needed'", True)):
        owner.execute("BEGIN")
        try:
            statement = decision(**said, more_than_target_reason=reason)
            if passes:
                assert owner.execute(statement).rowcount == 1
            else:
                with pytest.raises(psycopg.errors.CheckViolation, match="is taken for a reason"):
                    owner.execute(statement)
        finally:
            owner.execute("ROLLBACK")
    assert counts(owner) == (1, 5)
