"""Each guard of conclusions and looks is what refuses: the same statement, as the owner, with it off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from custody.reconciliation.conclusions.services import run_conclude
from custody.reconciliation.models import Run
from tests.factories.identity import person
from tests.factories.ledger import NOW, Books, digest
from tests.support.clones import Clone
from tests.support.controls import guard_is_what_refuses
from tokenization.assurance.models import Look

NO_CHANGE = "never rewritten or removed"
TABLE = "reconciliation_conclusion"
INSERT = """
    INSERT INTO reconciliation_conclusion (run_id, opinion, words, concluded_by_id, concluded_at)
    SELECT run_id, '{opinion}', '{words}', {who}, now() FROM reconciliation_conclusion LIMIT 1
"""
STRANGER = "(SELECT user_id FROM identity_rolegrant WHERE role = 'DEBT_CHECKER' LIMIT 1)"
GUARDS = [
    (TABLE, "conclusion_by_auditor", INSERT.format(opinion="ADVERSE", words="no", who=STRANGER), "only an auditor"),
    (
        TABLE, "conclusion_opinion", INSERT.format(opinion="FINE", words="yes", who="concluded_by_id"),
        "conclusion_opinion",
    ),
    (
        TABLE, "conclusion_in_words", INSERT.format(opinion="ADVERSE", words="  ", who="concluded_by_id"),
        "conclusion_in_words",
    ),
    (TABLE, "append_only_no_change", "UPDATE reconciliation_conclusion SET opinion = 'ADVERSE'", NO_CHANGE),
    (TABLE, "append_only_no_change", "DELETE FROM reconciliation_conclusion", NO_CHANGE),
    ("assurance_look", "append_only_no_change", "UPDATE assurance_look SET number = 1", NO_CHANGE),
    ("assurance_look", "append_only_no_change", "DELETE FROM assurance_look", NO_CHANGE),
]  # fmt: skip


@pytest.fixture(scope="module")
def owner(clone: Clone) -> Iterator[psycopg.Connection[Any]]:
    """The owner of a clone with one run, on which an auditor concluded after a look."""
    with clone.filling():
        made = Run.objects.create(
            token=Books().token, block_number=100, block_hash=digest(100), block_time=NOW, head_number=100, at=NOW,
            green=True,
        )  # fmt: skip
        auditor = person("AUDITOR")
        person("DEBT_CHECKER")
        run_conclude(run=made, opinion="UNQUALIFIED", words="Right.", actor=auditor, now=NOW)
        Look.objects.create(what="RUN", number=made.pk, who=auditor, at=NOW)
    with clone.as_owner() as connection:
        yield connection


@pytest.mark.parametrize(
    ("table", "guard", "statement", "words"), GUARDS, ids=[f"{at}-{row[1]}" for at, row in enumerate(GUARDS)]
)
def test_the_database_refuses(
    owner: psycopg.Connection[Any], table: str, guard: str, statement: str, words: str
) -> None:
    guard_is_what_refuses(owner, table=table, guard=guard, statement=statement, words=words)
    assert owner.execute("SELECT opinion, words FROM reconciliation_conclusion").fetchall() == [
        ("UNQUALIFIED", "Right.")
    ]
    assert owner.execute("SELECT what FROM assurance_look").fetchall() == [("RUN",)]
