"""The fixtures keep their promises: application role, rollback, committed clones, nothing left over."""

from __future__ import annotations

import psycopg
import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from tests.support.database import TEMPLATE, TestCluster
from tokenization.local.postgres import OWNER, SUPERUSER


def role_facts() -> tuple[str, bool, bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user")
        name, superuser, createdb = cursor.fetchone()
    return name, superuser, createdb


@pytest.mark.django_db
def test_ordinary_tests_run_as_the_plain_application_role() -> None:
    assert role_facts() == ("tokenization_app", False, False)


@pytest.mark.django_db
@pytest.mark.parametrize("attempt", [1, 2])
def test_ordinary_tests_are_rolled_back(attempt: int) -> None:
    assert not ContentType.objects.filter(app_label="left-over").exists()
    ContentType.objects.create(app_label="left-over", model=f"attempt{attempt}")


def test_fresh_database_is_seen_by_other_connections_as_soon_as_committed(fresh_db: str, postgres: TestCluster) -> None:
    assert role_facts() == ("tokenization_app", False, False)
    ContentType.objects.create(app_label="committed", model="row")
    question = "SELECT model FROM django_content_type WHERE app_label = 'committed'"
    with psycopg.connect(postgres.url(fresh_db, OWNER)) as other:
        assert other.execute(question).fetchall() == [("row",)]
    with psycopg.connect(postgres.url(TEMPLATE, OWNER)) as template:
        assert template.execute(question).fetchall() == []


def test_fresh_database_starts_without_what_the_test_before_committed(fresh_db: str) -> None:
    assert not ContentType.objects.filter(app_label="committed").exists()


def test_fresh_databases_are_dropped_afterwards(postgres: TestCluster) -> None:
    with psycopg.connect(postgres.url("postgres", SUPERUSER)) as admin:
        left = admin.execute("SELECT count(*) FROM pg_database WHERE datname LIKE 'test\\_%'").fetchone()
    assert left is not None
    assert left[0] <= 1


def test_application_cannot_change_the_schema(fresh_db: str, postgres: TestCluster) -> None:
    with psycopg.connect(postgres.url(fresh_db)) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("CREATE TABLE own (id int)")


def test_application_cannot_enter_a_signers_store(postgres: TestCluster) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(postgres.url("signer_issuer"))
