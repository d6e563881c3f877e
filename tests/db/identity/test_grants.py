"""The application's role: what it may do, tried as that role."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import connection

from tokenization.identity.grants import grants_apply, privileges
from tokenization.kernel.append_only import append_only_models, refused_operations
from tokenization.kernel.errors import Refused

Connect = Callable[..., psycopg.Connection[Any]]
DENIED = psycopg.errors.InsufficientPrivilege
OURS = {"identity.AuditEntry": {"UPDATE", "DELETE"}, "identity.Approval": {"DELETE"}}
OURS |= {label: {"UPDATE", "DELETE"} for label in ("identity.ApprovalItem", "identity.KycDecision", "files.StoredFile")}


def rights(connect: Connect) -> set[tuple[str, str]]:
    rows = connect("postgres").execute(
        "SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee = 'tokenization_app'"
    )
    return {(table, word) for table, word in rows.fetchall()}


@pytest.mark.parametrize(("label", "words"), OURS.items())
def test_which_models_refuse_what(label: str, words: set[str]) -> None:
    assert refused_operations(apps.get_model(label)) == words
    assert (apps.get_model(label) in append_only_models()) is (words == {"UPDATE", "DELETE"})


def test_the_application_has_no_update_or_delete_on_any_append_only_table(connect: Connect) -> None:
    held = rights(connect)
    models = append_only_models()
    assert len(models) >= 5
    for model in models:
        table = model._meta.db_table
        assert {word for name, word in held if name == table} == {"SELECT", "INSERT"}, table
    assert {word for _, word in held} == {"SELECT", "INSERT", "UPDATE", "DELETE"}, "no TRUNCATE, REFERENCES or TRIGGER"


def test_every_append_only_table_has_its_triggers_in_the_database(connect: Connect) -> None:
    for model in append_only_models():
        rows = connect("postgres").execute(
            "SELECT tgtype FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal AND tgenabled = 'O'",
            [model._meta.db_table],
        )
        bits = [kind for (kind,) in rows.fetchall()]
        # pg_trigger.tgtype: 8 DELETE, 16 UPDATE, 32 TRUNCATE.
        assert {8, 16, 32} == {bit for bit in (8, 16, 32) for kind in bits if kind & bit}, model._meta.label


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE identity_auditentry SET body = ''",
        "DELETE FROM identity_kycdecision",
        "UPDATE files_storedfile SET name = ''",
        "DELETE FROM identity_approval",
        "TRUNCATE identity_party CASCADE",
        "CREATE TABLE public.mine (id int)",
        "ALTER TABLE identity_auditentry DISABLE TRIGGER ALL",
        "DROP TABLE identity_auditentry",
        "SET session_replication_role = replica",
        "UPDATE django_migrations SET name = ''",
        "CREATE OR REPLACE FUNCTION "
        "public._pgtrigger_should_ignore(trigger_name NAME) RETURNS BOOLEAN AS 'SELECT true' LANGUAGE sql",
    ],
)
def test_the_application_is_denied(connect: Connect, statement: str) -> None:
    with pytest.raises(DENIED):
        connect().execute(statement)


def test_the_application_is_no_superuser_and_owns_nothing(connect: Connect) -> None:
    row = connect().execute(
        "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, "
        "rolreplication FROM pg_roles WHERE rolname = current_user"
    )
    assert row.fetchone() == (False, False, False, False, False)
    owned = connect().execute("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole")
    assert owned.fetchone() == (0,)


def test_applying_again_changes_nothing_and_repairs_what_was_given_by_mistake(connect: Connect) -> None:
    before = rights(connect)
    connect("tokenization_owner").execute("GRANT ALL ON identity_auditentry, identity_party TO tokenization_app")
    assert rights(connect) != before
    url = connect("tokenization_owner").info
    settings = connection.settings_dict
    kept = settings["USER"], settings["PASSWORD"]
    connection.close()
    settings["USER"], settings["PASSWORD"] = url.user, url.password
    try:
        for _ in range(2):
            granted = grants_apply(role="tokenization_app")
            assert granted["identity_auditentry"] == ["SELECT", "INSERT"]
            assert granted["identity_party"] == ["SELECT", "INSERT", "UPDATE", "DELETE"]
            assert rights(connect) == before
        with pytest.raises(Refused, match="no database role nobody_here"):
            grants_apply(role="nobody_here")
    finally:
        connection.close()
        settings["USER"], settings["PASSWORD"] = kept
    assert rights(connect) == before


def test_the_application_cannot_grant_itself_anything(connect: Connect) -> None:
    before = rights(connect)
    with pytest.raises(Refused, match="cannot grant rights to itself"):
        grants_apply(role="tokenization_app")
    assert rights(connect) == before


def test_the_door_of_pgtrigger_is_shut(connect: Connect) -> None:
    other = connect()
    other.execute("SET pgtrigger.ignore = '{anything}'")
    assert other.execute("SELECT public._pgtrigger_should_ignore('anything')").fetchone() == (False,)


def test_privileges_by_table() -> None:
    assert privileges("django_migrations") == ["SELECT"]
    assert privileges("identity_approval") == ["SELECT", "INSERT", "UPDATE"]
    assert privileges("django_session") == ["SELECT", "INSERT", "UPDATE", "DELETE"]
