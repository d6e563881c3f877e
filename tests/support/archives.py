"""Places for backups in tests: the cluster's own tools, new empty databases, and what a database holds."""

from __future__ import annotations

import hashlib
from pathlib import Path

import psycopg
from psycopg import sql

from tests.support.database import TestCluster
from tokenization.local.postgres import APP, OWNER
from tokenization.operations.backup.archive import Places
from tokenization.operations.backup.sealing import new_key, read_key

_TABLES = """
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1, 2
"""
_GUARDS = """
    SELECT c.relname, t.tgname, t.tgenabled, t.tgtype, t.tgdeferrable, t.tginitdeferred, p.proname, p.prosrc
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE NOT t.tgisinternal ORDER BY 1, 2
"""
_RIGHTS = """
    SELECT n.nspname, c.relname, c.relacl::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relacl IS NOT NULL ORDER BY 1, 2
"""


def backup_key(folder: Path) -> bytes:
    new_key(folder / "backup-key")
    return read_key(folder / "backup-key")


def places(cluster: TestCluster, databases: dict[str, str], keys: dict[str, Path] | None = None) -> Places:
    return Places(databases, keys or {}, cluster.postgres.bin)


def empty_database(cluster: TestCluster, owner: str = OWNER) -> str:
    """A new one, as the supervisor and roles.sh make it; its name."""
    name = cluster.signer_store(owner).rpartition("/")[2]
    cluster._sql("REVOKE ALL ON DATABASE {} FROM PUBLIC", name)
    if owner == OWNER:
        cluster._sql("GRANT CONNECT ON DATABASE {} TO {}", name, APP)
    return name


def content(url: str) -> dict[str, tuple[int, str]]:
    """Rows and their hash by table."""
    found = {}
    with psycopg.connect(url) as connection:
        for place in connection.execute(_TABLES).fetchall():
            rows = connection.execute(sql.SQL("SELECT t::text FROM {} t ORDER BY 1").format(sql.Identifier(*place)))
            lines = [row[0] for row in rows]
            found[".".join(place)] = (len(lines), hashlib.sha256("\n".join(lines).encode()).hexdigest())
    return found


def guards(url: str) -> list[tuple[object, ...]]:
    """Every trigger with its function, as it is switched on, and every right that was granted.

    Not the text of a condition: PostgreSQL writes the same one in other words once it was restored.
    """
    with psycopg.connect(url) as connection:
        return [*connection.execute(_GUARDS).fetchall(), *connection.execute(_RIGHTS).fetchall()]
