"""What the application's role may do in the database. Run by the owner of the tables after every migration."""

from __future__ import annotations

from django.apps import apps
from django.db import connection, transaction
from psycopg import sql

from tokenization.kernel.append_only import refused_operations
from tokenization.kernel.errors import Refused

# Not models of ours: the application reads which migrations ran and writes nothing there.
READ_ONLY = {"django_migrations"}
# django-pgtrigger's own triggers ask this function whether the session switched them off; the answer becomes "never".
CLOSE_IGNORE = """
    CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name NAME) RETURNS BOOLEAN AS $$
    BEGIN RETURN FALSE; END; $$ LANGUAGE plpgsql;
"""


def privileges(table: str) -> list[str]:
    """What the application may do with a table: never TRUNCATE, and not what the table's own triggers refuse anyway."""
    if table in READ_ONLY:
        return ["SELECT"]
    refused: set[str] = set()
    for model in apps.get_models(include_auto_created=True):
        if model._meta.db_table == table:
            refused |= refused_operations(model)
    return [word for word in ("SELECT", "INSERT", "UPDATE", "DELETE") if word not in refused]


@transaction.atomic
def grants_apply(*, role: str) -> dict[str, list[str]]:
    """Set the role's rights to exactly what is written here, from whatever they were. Returns them by table."""
    grantee = sql.Identifier(role)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user = %s, EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [role, role])
        same, exists = cursor.fetchone()
        if same or not exists:
            raise Refused(
                f"{role} cannot grant rights to itself." if same else f"There is no database role {role}.",
                next_step="Run this as the owner of the tables, with DATABASE_APP_ROLE naming the application's role.",
            )
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        granted = {table: privileges(table) for (table,) in cursor.fetchall()}
        for statement in (
            sql.SQL("REVOKE CREATE ON SCHEMA public FROM PUBLIC, {role}"),
            sql.SQL("GRANT USAGE ON SCHEMA public TO {role}"),
            sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {role}"),
            sql.SQL("REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, {role}"),
            sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}"),
            sql.SQL(CLOSE_IGNORE),
        ):
            cursor.execute(statement.format(role=grantee) if "{role}" in statement.as_string(None) else statement)
        for table, words in granted.items():
            cursor.execute(
                sql.SQL("GRANT {words} ON {table} TO {role}").format(
                    words=sql.SQL(", ").join(map(sql.SQL, words)), table=sql.Identifier("public", table), role=grantee
                )
            )
    return granted
