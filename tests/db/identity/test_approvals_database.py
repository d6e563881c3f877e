"""What the database itself refuses about approvals: raw SQL as the application's role, with controls.

A control runs the same statement as the owner after taking the one guard away, in a transaction rolled back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from tests.db.identity.test_approvals_service import Case
from tests.factories.identity import person

Connect = Callable[..., psycopg.Connection[Any]]
CHECK = psycopg.errors.CheckViolation
RESTRICT = psycopg.errors.RestrictViolation
UNIQUE = psycopg.errors.UniqueViolation
DENIED = psycopg.errors.InsufficientPrivilege
APPROVE = (
    "UPDATE identity_approval SET state = 'APPROVED', checker_id = {by}, "
    "checker_house = {house}, decided_at = now() WHERE id = {id}"
)
COLUMNS = (
    "action, title, subject, payload, payload_hash, items_root, "
    "item_count, preview, two_houses, maker_id, maker_house, "
    "made_at, checker_house, decision_reason, state"
)


class Raw:
    """The application's raw connection, the owner's for controls, and one pending approval."""

    def __init__(self, connect: Connect) -> None:
        self.case = Case()
        self.approval = self.case.propose("test.party.rename.two")
        self.app, self.owner = connect(), connect("tokenization_owner")
        self.before = self.rows()

    def rows(self) -> list[Any]:
        approvals = self.app.execute("SELECT * FROM identity_approval ORDER BY id").fetchall()
        return approvals + self.app.execute("SELECT * FROM identity_approvalitem ORDER BY id").fetchall()

    def approve(self, by: int, house: str) -> str:
        return APPROVE.format(by=by, house=f"'{house}'", id=self.approval.pk)

    def refused(self, statement: str, kind: type[Exception], words: str = "permission denied") -> None:
        with pytest.raises(kind, match=words):
            self.app.execute(statement)
        assert self.rows() == self.before

    def works_without(self, guard: str, statement: str, table: str = "identity_approval") -> None:
        """The control: with `guard` gone and everything else in place, the statement does what it says."""
        self.owner.execute("BEGIN")
        named = self.owner.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname LIKE %s",
            [table, f"pgtrigger_{guard}%"],
        ).fetchone()
        drop = f"DISABLE TRIGGER {named[0]}" if named else f"DROP CONSTRAINT {guard}"
        self.owner.execute(f"ALTER TABLE {table} {drop}")
        assert self.owner.execute(statement).rowcount != 0
        self.owner.execute("ROLLBACK")
        assert self.rows() == self.before


@pytest.fixture
def raw(connect: Connect) -> Raw:
    return Raw(connect)


def test_approval_by_the_maker(raw: Raw) -> None:
    # Of another house by now, so that only the rule about the maker stands in the way.
    raw.app.execute("UPDATE identity_user SET house = 'REGISTRAR' WHERE id = %s", [raw.case.maker.pk])
    statement = raw.approve(raw.case.maker.pk, "REGISTRAR")
    raw.refused(statement, CHECK, "approval_checker_is_not_maker")
    raw.works_without("approval_checker_is_not_maker", statement)


def test_approval_by_the_same_house(raw: Raw) -> None:
    statement = raw.approve(raw.case.checker.pk, "ISSUER")
    raw.refused(statement, CHECK, "approval_two_houses")
    raw.works_without("approval_two_houses", statement)
    assert raw.app.execute(raw.approve(raw.case.registrar.pk, "REGISTRAR")).rowcount == 1


def test_a_house_that_is_not_the_checker_s(raw: Raw) -> None:
    statement = raw.approve(raw.case.checker.pk, "REGISTRAR")
    raw.refused(statement, RESTRICT, "not the house of the checker")
    raw.works_without("approval_guard_update", statement)


def test_a_second_approval(raw: Raw) -> None:
    raw.app.execute(raw.approve(raw.case.registrar.pk, "REGISTRAR"))
    raw.before = raw.rows()
    statement = raw.approve(person("REGISTRAR_CHECKER").pk, "REGISTRAR")
    raw.refused(statement, RESTRICT, "already decided")
    raw.refused(
        f"UPDATE identity_approval SET decision_reason = 'x' WHERE id = {raw.approval.pk}", RESTRICT, "already decided"
    )
    raw.refused(
        f"UPDATE identity_approval SET state = 'PENDING', checker_id = NULL, "
        f"decided_at = NULL WHERE id = {raw.approval.pk}",
        RESTRICT,
        "already decided",
    )
    raw.works_without("approval_guard_update", statement)


@pytest.mark.parametrize("state", ["REJECTED", "WITHDRAWN"])
def test_no_approval_after_another_decision(raw: Raw, state: str) -> None:
    by = f"checker_id = {raw.case.registrar.pk}, checker_house = 'REGISTRAR'," if state == "REJECTED" else ""
    raw.app.execute(
        f"UPDATE identity_approval SET state = '{state}', {by} decided_at = now() WHERE id = {raw.approval.pk}"
    )
    raw.before = raw.rows()
    raw.refused(raw.approve(raw.case.registrar.pk, "REGISTRAR"), RESTRICT, "already decided")


@pytest.mark.parametrize(
    "change",
    [
        "action = 'other'",
        "title = 'other'",
        "subject = 'other'",
        "payload = '{}', payload_hash = '0x44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'",
        "items_root = '0x" + "1" * 64 + "'",
        "item_count = 1",
        "preview = '{}'",
        "two_houses = false",
        "maker_id = (SELECT id FROM identity_user WHERE username = 'system')",
        "maker_house = 'TREASURY'",
        "made_at = made_at - interval '1 day'",
    ],
)
@pytest.mark.parametrize("approved", [False, True])
def test_what_is_bound_cannot_be_edited_before_or_after_approval(raw: Raw, change: str, approved: bool) -> None:
    if approved:
        raw.app.execute(raw.approve(raw.case.registrar.pk, "REGISTRAR"))
        raw.before = raw.rows()
    statement = f"UPDATE identity_approval SET {change} WHERE id = {raw.approval.pk}"
    raw.refused(statement, RESTRICT, "already decided" if approved else "cannot be edited")
    raw.works_without("approval_guard_update", statement)


def test_the_payload_must_match_its_hash(raw: Raw) -> None:
    statement = (
        f"INSERT INTO identity_approval ({COLUMNS}) SELECT "
        + COLUMNS.replace("payload,", "payload || ' ',", 1)
        + f" FROM identity_approval WHERE id = {raw.approval.pk}"
    )
    raw.refused(statement, CHECK, "approval_payload_matches_hash")
    raw.owner.execute("BEGIN")
    raw.owner.execute("DROP INDEX approval_pending_once")
    raw.owner.execute("ALTER TABLE identity_approval DROP CONSTRAINT approval_payload_matches_hash")
    assert raw.owner.execute(statement).rowcount == 1
    raw.owner.execute("ROLLBACK")


def test_an_approval_is_not_born_decided(raw: Raw) -> None:
    values = (
        COLUMNS.replace("payload,", "payload,", 1)
        .replace("state", "'APPROVED'")
        .replace("checker_house", "'REGISTRAR'")
    )
    statement = (
        f"INSERT INTO identity_approval ({COLUMNS}, checker_id, decided_at) "
        f"SELECT {values}, {raw.case.registrar.pk}, now() "
        f"FROM identity_approval WHERE id = {raw.approval.pk}"
    )
    raw.refused(statement, RESTRICT, "begins as PENDING")
    raw.works_without("approval_guard_insert", statement)


def test_the_maker_s_house_is_his_own(raw: Raw) -> None:
    statement = (
        f"INSERT INTO identity_approval ({COLUMNS}) SELECT "
        + COLUMNS.replace("maker_house", "'TREASURY'").replace("action,", "'other',")
        + f" FROM identity_approval WHERE id = {raw.approval.pk}"
    )
    raw.refused(statement, RESTRICT, "not the house of the maker")
    raw.works_without("approval_guard_insert", statement)


@pytest.mark.parametrize(
    "change",
    [
        "state = 'APPROVED', decided_at = now()",
        "state = 'APPROVED', checker_id = {registrar}, checker_house = 'REGISTRAR'",
        "checker_id = {registrar}, checker_house = 'REGISTRAR'",
        "state = 'WITHDRAWN'",
    ],
)
def test_a_decision_is_whole(raw: Raw, change: str) -> None:
    statement = (
        f"UPDATE identity_approval SET {change.format(registrar=raw.case.registrar.pk)} WHERE id = {raw.approval.pk}"
    )
    raw.refused(statement, CHECK, "approval_decided_by_somebody")
    raw.works_without("approval_decided_by_somebody", statement)


def test_an_unknown_state(raw: Raw) -> None:
    with pytest.raises((CHECK, psycopg.errors.StringDataRightTruncation)):
        raw.app.execute(f"UPDATE identity_approval SET state = 'MAYBE' WHERE id = {raw.approval.pk}")
    assert raw.rows() == raw.before


@pytest.mark.parametrize("table", ["identity_approval", "identity_approvalitem"])
def test_nothing_is_deleted(raw: Raw, table: str) -> None:
    raw.refused(f"DELETE FROM {table}", DENIED)
    raw.refused(f"TRUNCATE {table} CASCADE", DENIED)
    for statement in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        with pytest.raises(RESTRICT):
            raw.owner.execute(statement)
    assert raw.rows() == raw.before


def test_an_item_is_never_rewritten(raw: Raw) -> None:
    statement = "UPDATE identity_approvalitem SET leaf = '0x" + "1" * 64 + "' WHERE position = 0"
    raw.refused(statement, DENIED)
    with pytest.raises(RESTRICT):
        raw.owner.execute(statement)
    raw.works_without("append_only_no_change", statement, "identity_approvalitem")


def test_no_item_is_slipped_in(raw: Raw) -> None:
    insert = (
        "INSERT INTO identity_approvalitem (approval_id, position, leaf, body) VALUES ({}, {}, '0x"
        + "2" * 64
        + "', '{{}}')"
    )
    beyond = insert.format(raw.approval.pk, 2)
    raw.refused(beyond, RESTRICT, "no item can be added")
    raw.works_without("approval_item_guard", beyond, "identity_approvalitem")
    raw.refused(insert.format(raw.approval.pk, 1), UNIQUE, "approval_item_position")
    raw.app.execute(raw.approve(raw.case.registrar.pk, "REGISTRAR"))
    raw.before = raw.rows()
    raw.refused(insert.format(raw.approval.pk, 1), RESTRICT, "no item can be added")


def test_approving_fewer_items_than_were_counted(raw: Raw) -> None:
    statement = (
        f"INSERT INTO identity_approval ({COLUMNS}) SELECT "
        + COLUMNS.replace("action,", "'other',")
        + f" FROM identity_approval WHERE id = {raw.approval.pk} RETURNING id"
    )
    raw.app.execute("BEGIN")
    (bare,) = raw.app.execute(statement).fetchone() or (0,)
    with pytest.raises(RESTRICT, match="does not have the items it counts"):
        raw.app.execute(APPROVE.format(by=raw.case.registrar.pk, house="'REGISTRAR'", id=bare))
    raw.app.execute("ROLLBACK")


def test_the_session_cannot_switch_a_guard_off(raw: Raw) -> None:
    names = raw.app.execute(
        "SELECT string_agg(tgname, ',') FROM pg_trigger WHERE tgrelid = 'identity_approval'::regclass"
    ).fetchone()
    raw.app.execute("SELECT set_config('pgtrigger.ignore', %s, false)", ["{" + (names[0] if names else "") + "}"])
    raw.refused(
        f"UPDATE identity_approval SET title = 'other' WHERE id = {raw.approval.pk}", RESTRICT, "cannot be edited"
    )


def test_the_same_proposal_waits_once(raw: Raw) -> None:
    statement = (
        f"INSERT INTO identity_approval ({COLUMNS}) SELECT {COLUMNS} FROM "
        f"identity_approval WHERE id = {raw.approval.pk}"
    )
    raw.refused(statement, UNIQUE, "approval_pending_once")
