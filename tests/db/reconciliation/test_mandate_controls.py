"""Each guard of mandates is what refuses: the same statement, as the owner, with it off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from custody.reconciliation.mandates.actions import MandateEnd, MandateGive
from custody.reconciliation.models import Mandate
from tests.factories.identity import person
from tests.factories.ledger import NOW
from tests.support.clones import Clone
from tests.support.controls import guard_is_what_refuses
from tokenization.identity.approvals import approval_approve, approval_propose

NO_CHANGE = "never rewritten or removed"
MANDATE, ENDING = "reconciliation_mandate", "reconciliation_mandateending"
# An approval of each kind by its state, and those who are and are not supervisors.
ASKED = "(SELECT id FROM identity_approval WHERE action LIKE '%MandateGive' AND state = 'PENDING')"
ASKED_END = "(SELECT id FROM identity_approval WHERE action LIKE '%MandateEnd' AND state = 'PENDING')"
HIM = "(SELECT user_id FROM identity_rolegrant WHERE role = 'SUPERVISOR')"
AUDITOR = "(SELECT user_id FROM identity_rolegrant WHERE role = 'AUDITOR')"
INSERT = """
    INSERT INTO reconciliation_mandate (supervisor_id, scope, first_day, last_day, approval_id, given_at)
    VALUES ({who}, '{scope}', '2026-07-01', '{last}', {approval}, now())
"""
END = """
    INSERT INTO reconciliation_mandateending (mandate_id, reason, approval_id, ended_at)
    SELECT max(id), 'over', {approval}, now() FROM reconciliation_mandate
"""


def inserted(**more: str) -> str:
    return INSERT.format(**{"who": HIM, "scope": "DEBT", "last": "2026-07-31", "approval": "{approval}"} | more)


GUARDS = [
    (MANDATE, "mandate_decided", inserted(approval=ASKED), "two persons decide"),
    (MANDATE, "append_only_no_change", "UPDATE reconciliation_mandate SET last_day = '2030-01-01'", NO_CHANGE),
    (MANDATE, "append_only_no_change", "DELETE FROM reconciliation_mandate WHERE scope = 'CASH'", NO_CHANGE),
    (ENDING, "mandate_ending_decided", END.format(approval=ASKED_END), "two persons decide"),
    (ENDING, "append_only_no_change", "UPDATE reconciliation_mandateending SET ended_at = '2030-01-01'", NO_CHANGE),
    (ENDING, "append_only_no_change", "DELETE FROM reconciliation_mandateending", NO_CHANGE),
]
# These need an approved approval that no mandate has used yet: the test frees one in its own transaction.
REFUSED = [
    (inserted(who=AUDITOR), "mandate_of_supervisor", "DISABLE TRIGGER"),
    (inserted(scope="ALL"), "mandate_scope", "DROP CONSTRAINT"),
    (inserted(scope="SERIES"), "mandate_scope", "DROP CONSTRAINT"),
    (inserted(last="2026-06-30"), "mandate_days", "DROP CONSTRAINT"),
]


@pytest.fixture(scope="module")
def owner(clone: Clone) -> Iterator[psycopg.Connection[Any]]:
    """The owner of a clone with two mandates, of which one was ended; another giving and another end wait."""
    with clone.filling():
        supervisor, asks, decides = (person(r) for r in ("SUPERVISOR", "COMPLIANCE_OFFICER", "COMPLIANCE_CHECKER"))
        person("AUDITOR")

        def ask(action: str, payload: dict[str, Any], *, decide: bool = True) -> None:
            made = approval_propose(action=action, payload=payload, actor=asks, now=NOW)
            if decide:
                approval_approve(approval_id=made.pk, actor=decides, now=NOW)

        days = {"first_day": "2026-07-01", "last_day": "2026-07-31", "series": None, "programme": None}
        for scope in ("DEBT", "CASH", "RESERVE"):
            payload = {"supervisor": supervisor.pk, "scope": scope} | days
            ask(MandateGive.name, payload, decide=scope != "RESERVE")
        first, last = Mandate.objects.order_by("pk")
        ask(MandateEnd.name, {"mandate": first.pk, "reason": "over"})
        ask(MandateEnd.name, {"mandate": last.pk, "reason": "over"}, decide=False)
    with clone.as_owner() as connection:
        yield connection


def kept(owner: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    return owner.execute(
        "SELECT m.scope, e.reason FROM reconciliation_mandate m "
        "LEFT JOIN reconciliation_mandateending e ON e.mandate_id = m.id ORDER BY m.id"
    ).fetchall()


@pytest.mark.parametrize(
    ("table", "guard", "statement", "words"), GUARDS, ids=[f"{at}-{row[1]}" for at, row in enumerate(GUARDS)]
)
def test_the_database_refuses(
    owner: psycopg.Connection[Any], table: str, guard: str, statement: str, words: str
) -> None:
    guard_is_what_refuses(owner, table=table, guard=guard, statement=statement, words=words)
    assert kept(owner) == [("DEBT", "over"), ("CASH", None)]


@pytest.mark.parametrize(("statement", "guard", "change"), REFUSED)
def test_the_database_refuses_what_two_approved(
    owner: psycopg.Connection[Any], statement: str, guard: str, change: str
) -> None:
    """Under an approval that is approved and unused; with the guard off the same statement passes."""
    for off in (False, True, False):
        owner.execute("BEGIN")
        try:
            owner.execute("ALTER TABLE reconciliation_mandate DISABLE TRIGGER USER")
            freed = owner.execute("DELETE FROM reconciliation_mandate WHERE scope = 'CASH' RETURNING approval_id")
            approval = freed.fetchone()
            assert approval is not None
            owner.execute("SET CONSTRAINTS ALL IMMEDIATE")
            owner.execute("ALTER TABLE reconciliation_mandate ENABLE TRIGGER USER")
            if off:
                found = owner.execute(
                    "SELECT tgname FROM pg_trigger WHERE tgrelid = 'reconciliation_mandate'::regclass "
                    "AND tgname LIKE %s", [f"pgtrigger_{guard}_%"],
                ).fetchone()  # fmt: skip
                name = found[0] if found else guard
                owner.execute(f'ALTER TABLE reconciliation_mandate {change} "{name}"')
                assert owner.execute(statement.format(approval=approval[0])).rowcount == 1
            else:
                with pytest.raises(psycopg.errors.IntegrityError, match=guard):
                    owner.execute(statement.format(approval=approval[0]))
        finally:
            owner.execute("ROLLBACK")
    assert kept(owner) == [("DEBT", "over"), ("CASH", None)]
